/// A text with what had to be cut out replaced, and how many pieces that were.
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) redactions: u32,
}
