use std::borrow::Cow;

use merlon_model::{Safety, Severity};
use merlon_snapshot::Object;
use merlon_views::objects::{Malformed, Place};
use merlon_yaml::Node;

/// What a control says of one object, pod or container.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// It is as asked.
    Pass,
    /// The control does not concern it.
    NotApplicable,
    /// It is not as asked, at each of these places.
    Fail(Vec<Flaw<'a>>),
    /// It could not be judged, and why: in one sentence without a final stop.
    Error(String),
    /// A person has to judge it, and why: in one sentence without a final stop.
    Manual(String),
}

/// A verdict, or a value that the API server would refuse, which is an error of its own.
pub type Judged<'a> = Result<Verdict<'a>, Malformed<'a>>;

/// One thing that is not as asked, where it stands, and what mends it.
#[derive(Debug)]
pub struct Flaw<'a> {
    pub(crate) message: Cow<'static, str>,
    pub(crate) place: Place<'a>,
    pub(crate) object: Option<&'a Object>,
    pub(crate) expected: Option<Cow<'static, str>>,
    pub(crate) at_most: Option<Severity>,
    pub(crate) further: Vec<(String, &'a Object, Place<'a>)>,
    pub(crate) edits: Vec<Edit<'a>>,
    pub(crate) safety: Safety,
    pub(crate) steps: Vec<(String, Vec<String>)>,
}

/// A change that mends a flaw.
#[derive(Debug)]
pub(crate) enum Edit<'a> {
    Set(Place<'a>, serde_json::Value),
    Append(Place<'a>, serde_json::Value),
    Remove(&'a Node),
}

impl<'a> Verdict<'a> {
    /// A fail for each flaw; a pass when there is none.
    #[must_use]
    pub fn of(flaws: Vec<Flaw<'a>>) -> Self {
        if flaws.is_empty() { Self::Pass } else { Self::Fail(flaws) }
    }
}

impl<'a> From<Flaw<'a>> for Verdict<'a> {
    fn from(flaw: Flaw<'a>) -> Self {
        Self::Fail(vec![flaw])
    }
}

impl<'a> From<Flaw<'a>> for Judged<'a> {
    fn from(flaw: Flaw<'a>) -> Self {
        Ok(flaw.into())
    }
}

/// A flaw at a place: what is wrong there, in one sentence without a final stop.
pub fn flaw<'a>(place: Place<'a>, message: impl Into<Cow<'static, str>>) -> Flaw<'a> {
    Flaw {
        message: message.into(),
        place,
        object: None,
        expected: None,
        at_most: None,
        further: Vec::new(),
        edits: Vec::new(),
        safety: Safety::Safe,
        steps: Vec::new(),
    }
}

impl<'a> Flaw<'a> {
    /// Says what would pass.
    pub fn expected(mut self, expected: impl Into<Cow<'static, str>>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Lowers the severity to this one, where what was seen is less than the control's worst case.
    pub fn at_most(mut self, severity: Severity) -> Self {
        self.at_most = Some(severity);
        self
    }

    /// The flaw is in another object than the one that was judged; its place is there.
    pub fn of_object(mut self, object: &'a Object) -> Self {
        self.object = Some(object);
        self
    }

    /// Adds something else that the outcome rests on, and where it stands.
    pub fn because(
        mut self,
        statement: impl Into<String>,
        object: &'a Object,
        place: Place<'a>,
    ) -> Self {
        self.further.push((statement.into(), object, place));
        self
    }

    /// Mends it by giving the flaw's place a value.
    pub fn set(self, value: impl Into<serde_json::Value>) -> Self {
        let place = self.place;
        self.edit(Edit::Set(place, value.into()))
    }

    /// Mends it by giving another place of the same object a value.
    pub fn set_at(self, place: Place<'a>, value: impl Into<serde_json::Value>) -> Self {
        self.edit(Edit::Set(place, value.into()))
    }

    /// Mends it by adding an item to a list of the same object, which is made when it is missing.
    pub fn append_at(self, place: Place<'a>, value: impl Into<serde_json::Value>) -> Self {
        self.edit(Edit::Append(place, value.into()))
    }

    /// Mends it by taking away a value of the same object.
    pub fn remove(self, node: &'a Node) -> Self {
        self.edit(Edit::Remove(node))
    }

    fn edit(mut self, edit: Edit<'a>) -> Self {
        // Most have one, and there are many flaws at a time.
        self.edits.reserve_exact(1);
        self.edits.push(edit);
        self
    }

    /// The change may break a program: somebody has to look at it, or to try.
    pub fn needs_review(mut self) -> Self {
        self.safety = Safety::NeedsReview;
        self
    }

    /// Something a person has to do, in the imperative and without a final stop, where no edit of
    /// the object can mend it.
    pub fn step(mut self, instruction: impl Into<String>, commands: &[&str]) -> Self {
        let commands = commands.iter().map(|&command| command.to_owned()).collect();
        self.steps.push((instruction.into(), commands));
        self
    }
}
