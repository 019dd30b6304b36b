/// Whether policies let packets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Passage {
    /// They do.
    Open,
    /// They do not.
    Shut,
    /// Nobody can tell: rules name what no object shows, several of the same rank disagree, or the
    /// API server would refuse them.
    Unknown,
}

impl Passage {
    /// Whether packets get through, or may.
    #[must_use]
    pub fn may(self) -> bool {
        self != Self::Shut
    }

    pub(super) fn of(is_open: bool) -> Self {
        if is_open { Self::Open } else { Self::Shut }
    }

    /// What holds of several together, where one that is open makes the whole open.
    #[must_use]
    pub fn any(all: impl IntoIterator<Item = Self>) -> Self {
        let rank = |it: &Self| match it {
            Self::Open => 2,
            Self::Unknown => 1,
            Self::Shut => 0,
        };
        all.into_iter().max_by_key(rank).unwrap_or(Self::Shut)
    }

    /// What holds of two one after the other.
    pub(super) fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Shut => Self::Shut,
            Self::Open => other(),
            Self::Unknown => match other() {
                Self::Shut => Self::Shut,
                _ => Self::Unknown,
            },
        }
    }
}
