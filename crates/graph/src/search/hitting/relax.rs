//! A bound by Lagrangian relaxation, which comes close to that of the linear relaxation.

use super::super::rows::narrow;
use super::Elements;
use super::instance::Instance;

/// Rounds at most.
const ROUNDS: u64 = 1000;
/// Rounds without a better bound until steps become half as long.
const PATIENCE: u32 = 20;
/// Steps shorter than this share of the distance lead nowhere.
const SHORTEST: f64 = 0.001;
/// Far more than what adding up floating-point numbers loses.
const TOLERANCE: f64 = 1e-5;

/// What the relaxation tells.
pub(super) struct Relaxed {
    /// No choice weighs less.
    pub(super) bound: u64,
    /// What an element weighs beyond the shares of its sets; it pays to take what has less than nothing.
    pub(super) reduced: Vec<f64>,
    value: f64,
}

impl Relaxed {
    /// Whether no choice that weighs less than this has the element.
    pub(super) fn is_out(&self, local: u32, upper: u64) -> bool {
        let reduced = self.reduced[local as usize];
        reduced > 0.0 && whole(self.value + reduced) >= upper
    }

    /// Whether every choice that weighs less than this has the element.
    pub(super) fn is_in(&self, local: u32, upper: u64) -> bool {
        let reduced = self.reduced[local as usize];
        reduced < 0.0 && whole(self.value - reduced) >= upper
    }
}

/// Weights are whole numbers, so a bound is rounded up.
fn whole(bound: f64) -> u64 {
    // A conversion from floating point ends at the limits of the type.
    (bound - TOLERANCE * bound.abs().max(1.0)).ceil() as u64
}

/// Improves shares of sets, whose sum is a bound where no element pays more than it weighs, until the bound reaches
/// `upper` or does not grow.
///
/// A subgradient method: sets that are not hit by what it pays to take get a larger share, those that are hit more than
/// once a smaller. Only sums and products of floating-point numbers in a fixed order: the same on every machine.
pub(super) fn relax(
    instance: &Instance,
    known: &Elements<'_>,
    shares: &[u64],
    upper: u64,
    work: &mut u64,
) -> Relaxed {
    let sets = 0..narrow(instance.sets.len());
    let members: u64 = sets.clone().map(|set| instance.sets.row(set).len() as u64).sum();
    let mut shares: Vec<f64> = shares.iter().map(|share| *share as f64).collect();
    let mut best = Relaxed { bound: 0, reduced: Vec::new(), value: f64::MIN };
    let mut best_shares = Vec::new();
    let (mut length, mut idle) = (1.0, 0);
    let mut excess: Vec<f64> = vec![0.0; shares.len()];
    for _ in 0..ROUNDS {
        *work = work.saturating_sub(members);
        let paid = |local: u32| -> f64 {
            instance.within.row(local).iter().map(|set| shares[*set as usize]).sum()
        };
        let weight = |local: u32| known.weight(instance.outside(local)) as f64;
        let reduced: Vec<f64> = instance.each().map(|local| weight(local) - paid(local)).collect();
        let gain: f64 = reduced.iter().filter(|reduced| **reduced < 0.0).sum();
        let value = shares.iter().sum::<f64>() + gain;
        for set in sets.clone() {
            let row = instance.sets.row(set).iter();
            let hits = row.filter(|member| reduced[**member as usize] < 0.0).count();
            excess[set as usize] = 1.0 - hits as f64;
        }
        if value > best.value + TOLERANCE {
            best = Relaxed { bound: whole(value), reduced, value };
            best_shares.clone_from(&shares);
            idle = 0;
        } else {
            idle += 1;
        }
        let norm: f64 = excess.iter().map(|excess| excess * excess).sum();
        if best.bound >= upper || norm == 0.0 || *work == 0 {
            break;
        }
        if idle > PATIENCE {
            idle = 0;
            length /= 2.0;
            shares.clone_from(&best_shares);
            if length < SHORTEST {
                break;
            }
            continue;
        }
        let step = length * (upper as f64 - value).max(1.0) / norm;
        for (share, excess) in shares.iter_mut().zip(&excess) {
            *share = (*share + step * excess).max(0.0);
        }
    }
    best
}
