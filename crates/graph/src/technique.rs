use merlon_model::Confidence;

/// A kind of step: what an attacker does, and why it works.
#[derive(Clone, Debug)]
pub struct Technique {
    /// Its name, in kebab case; never changes.
    pub id: &'static str,
    /// What the attacker does, in a few words: `mount the node's disk`.
    pub title: &'static str,
    /// Why it works, in one clause.
    pub reason: &'static str,
    /// Techniques of MITRE ATT&CK for containers (`T1611`) and of Microsoft's threat matrix (`MS-TA9018`).
    pub references: &'static [&'static str],
    /// How sure its steps are, unless one of them says otherwise.
    pub confidence: Confidence,
    /// The controls whose findings are what it rests on.
    pub controls: &'static [&'static str],
    /// Cases that are its tests.
    pub examples: &'static [Example],
}

/// Objects in which a technique leads somewhere, and the preconditions that take the way away.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The objects, as YAML; they are those of a live cluster, all of whose kinds were listed, where the first line is
    /// `# cluster`, and of its release after `# release v1.37.0`.
    pub objects: &'static str,
    /// The entry, as one writes it on the command line: `pod shop/web`.
    pub from: &'static str,
    /// The target: `node`.
    pub to: &'static str,
    /// Each takes one precondition away: the first text, which is in the objects, becomes the second, and there is no
    /// way.
    pub without: &'static [(&'static str, &'static str)],
}

impl Technique {
    /// What a step of it adds to a path's length: sure steps come before unsure ones.
    #[must_use]
    pub(crate) const fn cost(confidence: Confidence) -> u32 {
        match confidence {
            Confidence::Certain => 1,
            Confidence::Likely => 3,
            Confidence::Assumed => 10,
        }
    }
}
