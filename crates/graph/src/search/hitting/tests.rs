use super::*;
use proptest::prelude::*;

const PLENTY: u64 = 1 << 40;

fn solve(sets: &[Vec<u32>], weight: &[u32], work: u64) -> Hitting {
    let preference = vec![0; weight.len()];
    let mut work = work;
    lightest(sets, &Elements { weight, preference: &preference }, &mut work)
}

/// Which elements are taken?
fn check(sets: &[&[u32]], weight: &[u32], expected: &[u32]) {
    let sets: Vec<Vec<u32>> = sets.iter().map(|set| set.to_vec()).collect();
    let found = solve(&sets, weight, PLENTY);
    assert_eq!(found.chosen, expected, "{sets:?}");
    assert_eq!(found.weight, found.bound);
}

#[test]
fn the_obvious_is_taken() {
    check(&[], &[], &[]);
    check(&[&[0]], &[9], &[0]);
    check(&[&[0, 1], &[1, 2]], &[1, 1, 1], &[1]);
    check(&[&[0, 1], &[1, 2]], &[1, 3, 1], &[0, 2]);
    check(&[&[0, 1], &[0, 1, 2]], &[1, 1, 1], &[0]);
    check(&[&[0, 1]], &[2, 1], &[1]);
}

#[test]
fn what_needs_search_is_found() {
    // An odd ring has no obvious member and a bound that is too low.
    check(&[&[0, 1], &[1, 2], &[2, 3], &[3, 4], &[0, 4]], &[1; 5], &[0, 2, 3]);
}

#[test]
fn of_equals_the_preferred_is_taken() {
    let elements = Elements { weight: &[1, 1, 1], preference: &[0, 2, 1] };
    let found = lightest(&[vec![0, 1, 2]], &elements, &mut PLENTY.clone());
    assert_eq!(found.chosen, [1]);
}

#[test]
fn what_weighs_nothing_is_free() {
    check(&[&[0, 1], &[1, 2]], &[0, 1, 0], &[0, 2]);
}

#[test]
fn ten_thousand_sets_that_fall_apart_are_solved() {
    let sets: Vec<Vec<u32>> = (0..10_000).map(|pair| vec![2 * pair, 2 * pair + 1]).collect();
    let found = solve(&sets, &vec![1; 20_000], PLENTY);
    assert_eq!((found.weight, found.bound), (10_000, 10_000));
}

fn hits(sets: &[Vec<u32>], chosen: &[u32]) -> bool {
    sets.iter().all(|set| set.iter().any(|member| chosen.contains(member)))
}

fn sets() -> impl Strategy<Value = (Vec<Vec<u32>>, Vec<u32>)> {
    let set =
        prop::collection::btree_set(0_u32..12, 1..5).prop_map(|set| set.into_iter().collect());
    let weights = prop_oneof![Just(vec![1; 12]), prop::collection::vec(0_u32..7, 12)];
    (prop::collection::vec(set, 0..24), weights)
}

proptest! {
    #[test]
    fn no_choice_is_lighter((sets, weight) in sets()) {
        let found = solve(&sets, &weight, PLENTY);
        prop_assert!(hits(&sets, &found.chosen));
        let subsets = (0_u32..1 << 12).map(|bits| (0..12).filter(|bit| bits >> bit & 1 == 1).collect());
        let lightest = subsets
            .filter(|chosen: &Vec<u32>| hits(&sets, chosen))
            .map(|chosen| chosen.iter().map(|element| u64::from(weight[*element as usize])).sum::<u64>())
            .min();
        prop_assert_eq!(Some(found.weight), lightest);
        prop_assert_eq!(found.weight, found.bound);
        let sum: u64 = found.chosen.iter().map(|element| u64::from(weight[*element as usize])).sum();
        prop_assert_eq!(sum, found.weight);
    }

    #[test]
    fn without_work_the_choice_hits_and_the_bound_holds((sets, weight) in sets(), work in 0_u64..200) {
        let exact = solve(&sets, &weight, PLENTY);
        let found = solve(&sets, &weight, work);
        prop_assert!(hits(&sets, &found.chosen));
        prop_assert!(found.bound <= exact.weight && exact.weight <= found.weight);
    }
}
