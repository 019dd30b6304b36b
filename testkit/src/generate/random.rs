/// SplitMix64: small, fast, the same on every machine. Not for secrets.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// A sequence that depends on every part of `parts`.
    pub(super) fn from_parts(parts: &[&[u8]]) -> Random {
        let mut state = 0xcbf2_9ce4_8422_2325_u64;
        for part in parts {
            for byte in *part {
                state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
            // Keeps ("a", "bc") and ("ab", "c") apart.
            state = (state ^ 0xff).wrapping_mul(0x0100_0000_01b3);
        }
        Random(state)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let value = self.next() % (bound as u64);
        usize::try_from(value).expect("below a usize")
    }

    /// True in `percent` of 100 cases.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn choose<'items, T>(&mut self, items: &'items [T]) -> &'items T {
        &items[self.below(items.len())]
    }

    /// `length` letters and digits of those that Kubernetes puts into generated names.
    pub(super) fn suffix(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..length).map(|_| char::from(*self.choose(LETTERS))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_depends_on_all_parts_and_on_nothing_else() {
        let first = |parts: &[&[u8]]| Random::from_parts(parts).next();
        assert_eq!(first(&[b"a", b"bc"]), first(&[b"a", b"bc"]));
        assert_ne!(first(&[b"a", b"bc"]), first(&[b"ab", b"c"]));
        assert_ne!(first(&[b"a"]), first(&[b"a", b""]));
    }

    #[test]
    fn chances_are_met() {
        let mut random = Random::from_parts(&[b"chances"]);
        let hits = (0..10_000).filter(|_| random.chance(30)).count();
        assert!((2_700..3_300).contains(&hits), "{hits}");
        assert!(!random.chance(0));
        assert!(random.chance(100));
    }
}
