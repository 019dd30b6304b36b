use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use merlon_model::{
    Action, EditValue, Evidence, Finding, Kind, Location, ObjectEdit, ObjectReference, Outcome,
    Part, Severity, Text,
};
use merlon_snapshot::{Object, Source};
use merlon_views::objects::{ContainerView, InventoryView, Place, Stretch};

use super::evaluate::{Answer, Said};
use super::shared::Shared;
use super::verdict::{Edit, Flaw, Judged, Verdict};
use crate::control::{Check, Control};

/// The built-in kinds that pods are written in.
pub(crate) const WORKLOADS: &[Kind] = &[
    Kind::Pod,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::ReplicaSet,
    Kind::ReplicationController,
    Kind::Job,
    Kind::CronJob,
];

/// How findings call all objects together.
const WHOLE: &str = "cluster";

/// Turns what one control says into findings.
pub(super) struct Judge<'v, 'a> {
    control: &'static Control,
    id: Text,
    scope: Text,
    view: &'v InventoryView<'a>,
    findings: Vec<Finding>,
    passed: usize,
    other: usize,
    said: HashMap<What<'a>, Vec<Once<'a>>>,
    /// Messages, statements and fields: a control says the same of many objects.
    texts: Shared<str, Text>,
    /// And so they are mended.
    edits: Shared<[ObjectEdit], Arc<[ObjectEdit]>>,
}

/// What was said: in which manifest, of which object and container of it, the outcome and the message.
type What<'a> = (Option<usize>, Arc<ObjectReference>, Option<&'a str>, Outcome, Text);

/// A place that was found.
struct Found {
    /// The JSON pointer from the object's root.
    pointer: String,
    /// The field for people.
    field: Text,
    location: Location,
}

/// What was said once: of which object, and of which field of it.
type Once<'a> = (&'a Object, Option<Text>);

impl<'v, 'a> Judge<'v, 'a> {
    pub(super) fn new(control: &'static Control, view: &'v InventoryView<'a>) -> Self {
        Self {
            control,
            id: control.id.into(),
            scope: (&view.inventory.name).into(),
            view,
            findings: Vec::new(),
            passed: 0,
            other: 0,
            said: HashMap::new(),
            texts: Shared::default(),
            edits: Shared::default(),
        }
    }

    /// Says what can be said before anything is looked at.
    pub(super) fn begin(&mut self) {
        match self.control.check {
            Check::Pod { reads, .. } | Check::Container { reads, .. } => {
                self.report_gaps(WORKLOADS, reads);
            }
            Check::Object { kinds, reads, .. } => self.report_gaps(kinds, reads),
            Check::Inventory { reads, .. } => self.report_gaps(reads, &[]),
            Check::Manual(steps) => self.leave_to_person(steps),
            _ => {}
        }
    }

    /// Makes room for so many findings.
    pub(super) fn reserve(&mut self, number: usize) {
        self.findings.reserve_exact(number);
        self.said.reserve(number);
    }

    pub(super) fn add(&mut self, answer: Answer<'v, 'a>) {
        self.passed += answer.passed;
        self.other += answer.other;
        for Said { objects, container, judged } in answer.said {
            match objects {
                Some((object, owner)) => self.take(object, owner, container, judged),
                None => self.take_whole(judged),
            }
        }
    }

    /// What could not be listed cannot be judged, whatever the rest is like.
    fn report_gaps(&mut self, kinds: &[Kind], further: &[Kind]) {
        let kinds: BTreeSet<Kind> = kinds.iter().chain(further).copied().collect();
        for kind in kinds {
            if let Some(gap) = self.view.inventory.gap_of(kind) {
                let message = format!("not all {} could be read: {gap}", kind.plural());
                self.enter(kind.plural(), Outcome::Error, message);
            }
        }
    }

    fn leave_to_person(&mut self, steps: &[&str]) {
        let finding = self.enter(WHOLE, Outcome::Manual, "a person has to judge this");
        finding.actions = steps.iter().map(|step| crate::judge::step(step)).collect();
    }

    fn take(
        &mut self,
        object: &'a Object,
        owner: &'a Object,
        container: Option<&ContainerView<'a>>,
        judged: Judged<'a>,
    ) {
        match judged {
            Ok(Verdict::Pass) => self.passed += 1,
            Ok(Verdict::NotApplicable) => self.other += 1,
            Ok(Verdict::Fail(flaws)) => {
                for flaw in flaws {
                    self.fail(object, owner, container, flaw);
                }
            }
            Ok(Verdict::Error(why)) => {
                self.unjudged(object, owner, container, Outcome::Error, why);
            }
            Ok(Verdict::Manual(why)) => {
                self.unjudged(object, owner, container, Outcome::Manual, why);
            }
            Err(malformed) => {
                let place = Place::Node(malformed.node);
                let located = self.locate(object, place);
                let field = located.as_ref().map_or("a field", |found| found.field.as_str());
                let why = format!(
                    "{field} has to be {}: the API server refuses the object",
                    malformed.expected
                );
                let finding = self.unjudged(object, owner, container, Outcome::Error, why);
                if let (Some(found), Some(finding)) = (located, finding) {
                    finding.evidence.push(Evidence::at("this is of another type", found.location));
                }
            }
        }
    }

    fn take_whole(&mut self, judged: Judged<'a>) {
        match judged {
            Ok(Verdict::Pass) => self.passed += 1,
            Ok(Verdict::NotApplicable) => self.other += 1,
            Ok(Verdict::Fail(flaws)) => {
                for flaw in flaws {
                    match flaw.object {
                        Some(object) => self.fail(object, object, None, flaw),
                        None => self.fail_whole(flaw),
                    }
                }
            }
            Ok(Verdict::Error(why)) => {
                self.enter(WHOLE, Outcome::Error, why);
            }
            Ok(Verdict::Manual(why)) => {
                self.enter(WHOLE, Outcome::Manual, why);
            }
            Err(malformed) => {
                let why = format!("a field has to be {}", malformed.expected);
                self.enter(WHOLE, Outcome::Error, why);
            }
        }
    }

    fn fail(
        &mut self,
        object: &'a Object,
        owner: &'a Object,
        container: Option<&ContainerView<'a>>,
        flaw: Flaw<'a>,
    ) {
        let (object, owner) = flaw.object.map_or((object, owner), |other| (other, other));
        let found = self.locate(object, flaw.place);
        let field = found.as_ref().map(|found| found.field.clone());
        let message = self.texts.one(flaw.message.clone());
        let part = self.part(owner, container, field);
        if self.is_said((object, owner), container, &part, Outcome::Fail, &message) {
            return;
        }
        let actions = self.actions(object, owner, &flaw, found.as_ref());
        // Exactly as long as needed: there are many findings at a time.
        let mut evidence = Vec::with_capacity(1 + flaw.further.len());
        if let Some(found) = found {
            let statement = match flaw.place {
                Place::Node(node) => shown(&found.field, node),
                Place::Missing { .. } => format!("{} is not set", found.field),
            };
            evidence.push(Evidence::at(self.texts.one(statement), found.location));
        }
        for (statement, object, place) in flaw.further {
            if let Some(found) = self.locate(object, place) {
                evidence.push(Evidence::at(self.texts.one(statement), found.location));
            }
        }
        let expected = flaw.expected.map(|expected| self.texts.one(expected));
        let resource = self.resource(owner, container);
        let finding = self.enter(resource, Outcome::Fail, message);
        finding.severity = finding.severity.min(flaw.at_most.unwrap_or(Severity::Critical));
        finding.part = Some(part);
        finding.expected = expected;
        finding.evidence = evidence;
        finding.actions = actions;
    }

    /// Where a place of an object is, in words and in its manifest.
    fn locate(&mut self, object: &Object, place: Place<'_>) -> Option<Found> {
        let Stretch { pointer, field, span } = place.stretch(&object.root)?;
        let field = self.texts.one(field);
        let location = self.view.location(object, span, field.clone());
        Some(Found { pointer, field, location })
    }

    fn fail_whole(&mut self, flaw: Flaw<'a>) {
        let message: Text = flaw.message.into();
        let finding = self.enter(WHOLE, Outcome::Fail, message.clone());
        finding.severity = finding.severity.min(flaw.at_most.unwrap_or(Severity::Critical));
        finding.expected = flaw.expected.map(Into::into);
        finding.evidence = vec![Evidence::of_host(message)];
        let steps = flaw.steps.into_iter();
        finding.actions =
            steps.map(|(instruction, commands)| Action::Manual { instruction, commands }).collect();
    }

    fn unjudged(
        &mut self,
        object: &'a Object,
        owner: &'a Object,
        container: Option<&ContainerView<'a>>,
        outcome: Outcome,
        why: String,
    ) -> Option<&mut Finding> {
        let part = self.part(owner, container, None);
        let why = self.texts.one(why);
        if self.is_said((object, owner), container, &part, outcome, &why) {
            return None;
        }
        let resource = self.resource(owner, container);
        let finding = self.enter(resource, outcome, why);
        finding.part = Some(part);
        Some(finding)
    }

    fn part(
        &mut self,
        object: &Object,
        container: Option<&ContainerView<'_>>,
        field: Option<Text>,
    ) -> Part {
        let object = self.view.names(object).reference.clone();
        Part { object, container: container.map(|container| self.texts.one(container.name)), field }
    }

    /// How reports call an object, or a container in it.
    fn resource(&self, object: &Object, container: Option<&ContainerView<'_>>) -> Text {
        let names = self.view.names(object);
        match container {
            Some(container) => format!("{} container {}", names.shown, container.name).into(),
            None => names.shown.clone(),
        }
    }

    /// Whether the same was said of this field, or of another object that belongs to the same
    /// workload: a pod that differs from its template may have the template's flaws as well. Files
    /// for several clusters hold workloads of one name, which are others.
    fn is_said(
        &mut self,
        (object, owner): (&'a Object, &'a Object),
        container: Option<&ContainerView<'a>>,
        part: &Part,
        outcome: Outcome,
        message: &Text,
    ) -> bool {
        let manifest = match owner.source {
            Source::Manifest { manifest, .. } => Some(manifest),
            Source::Api => None,
        };
        let container = container.map(|container| container.name);
        let what = (manifest, part.object.clone(), container, outcome, message.clone());
        let said = self.said.entry(what).or_default();
        let again =
            said.iter().any(|(other, field)| !std::ptr::eq(*other, object) || *field == part.field);
        if !again {
            said.push((object, part.field.clone()));
        }
        again
    }

    fn enter(
        &mut self,
        resource: impl Into<Text>,
        outcome: Outcome,
        message: impl Into<Text>,
    ) -> &mut Finding {
        self.findings.push(Finding {
            control: self.id.clone(),
            severity: self.control.severity(),
            scope: self.scope.clone(),
            resource: resource.into(),
            part: None,
            count: 1,
            outcome,
            message: message.into(),
            expected: None,
            evidence: Vec::new(),
            actions: Vec::new(),
            cause: None,
            risk: None,
            baseline: None,
            justification: None,
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    fn actions(
        &mut self,
        object: &'a Object,
        owner: &'a Object,
        flaw: &Flaw<'a>,
        found: Option<&Found>,
    ) -> Vec<Action> {
        let mut actions =
            Vec::with_capacity(usize::from(!flaw.edits.is_empty()) + flaw.steps.len());
        if !flaw.edits.is_empty() && !std::ptr::eq(object, owner) {
            actions.push(change_maker(object, owner));
        } else if !flaw.edits.is_empty() {
            actions.extend(self.edit_object(object, flaw, found));
        }
        for (instruction, commands) in &flaw.steps {
            let (instruction, commands) = (instruction.clone(), commands.clone());
            actions.push(Action::Manual { instruction, commands });
        }
        actions
    }

    fn edit_object(
        &mut self,
        object: &'a Object,
        flaw: &Flaw<'a>,
        found: Option<&Found>,
    ) -> Option<Action> {
        let (manifest, document, prefix) = match object.source {
            Source::Api => (None, 0, String::new()),
            Source::Manifest { manifest, document, item } => {
                let path = self.view.path(manifest);
                let prefix = item.map_or_else(String::new, |item| format!("/items/{item}"));
                (Some(path), document, prefix)
            }
        };
        let pointer = |place: Place<'a>| {
            // Mostly the flaw's place itself is changed, which has been found already.
            if place.is(flaw.place) {
                return Some(found?.pointer.clone());
            }
            Some(place.stretch(&object.root)?.pointer)
        };
        let mut edits = Vec::with_capacity(flaw.edits.len());
        for edit in &flaw.edits {
            edits.push(match edit {
                Edit::Set(place, value) => {
                    ObjectEdit::Set { pointer: pointer(*place)?, value: EditValue(value.clone()) }
                }
                Edit::Append(place, value) => ObjectEdit::Set {
                    pointer: format!("{}/-", pointer(*place)?),
                    value: EditValue(value.clone()),
                },
                Edit::Remove(node) => ObjectEdit::Remove { pointer: pointer(Place::Node(node))? },
            });
        }
        let mut edits = super::patch::in_order(edits);
        let mut guards = BTreeMap::new();
        if manifest.is_none() {
            guards = super::patch::guards(&object.root, &edits);
            edits = super::patch::with_parents(&object.root, edits);
        }
        for edit in &mut edits {
            let (ObjectEdit::Set { pointer, .. } | ObjectEdit::Remove { pointer }) = edit;
            pointer.insert_str(0, &prefix);
        }
        if let Some((chart, values)) = self.view.chart(object, flaw.place) {
            return Some(change_chart(chart, &values, manifest.as_deref(), &edits));
        }
        let object = self.view.names(object).reference.clone();
        let (edits, safety) = (self.edits.one(edits), flaw.safety);
        Some(Action::EditObject { object, manifest, document, edits, guards, safety })
    }

    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        if self.passed > 0 {
            let (count, one) = (self.passed, self.passed == 1);
            let what = match self.control.check {
                Check::Pod { .. } => {
                    if one {
                        "pod"
                    } else {
                        "pods"
                    }
                }
                Check::Container { .. } => {
                    if one {
                        "container"
                    } else {
                        "containers"
                    }
                }
                _ => {
                    if one {
                        "object"
                    } else {
                        "objects"
                    }
                }
            };
            let is_whole = matches!(self.control.check, Check::Inventory { .. });
            let (resource, message) = if is_whole {
                (WHOLE.to_owned(), "all objects together are as asked".to_owned())
            } else {
                let verb = if one { "is" } else { "are" };
                (format!("{count} {what}"), format!("{count} {what} {verb} as asked"))
            };
            self.enter(resource, Outcome::Pass, message).count = count;
        }
        if self.findings.is_empty() {
            let message = match self.other {
                0 => "there is no object that the control is about".to_owned(),
                1 => {
                    "the one object that was looked at is none that the control is about".to_owned()
                }
                other => format!("none of {other} objects is one that the control is about"),
            };
            self.enter("objects", Outcome::NotApplicable, message);
        }
        self.findings.sort_by(|a, b| a.resource.cmp(&b.resource));
        self.findings
    }
}

/// What to do about an object that another one makes, and that is not as that one says: no edit of
/// it would last.
fn change_maker(object: &Object, owner: &Object) -> Action {
    let instruction = format!(
        "change {}, or what changes the objects it makes (a webhook, a person): an edit of {} does \
         not last",
        owner.reference(),
        object.reference()
    );
    Action::Manual { instruction, commands: Vec::new() }
}

/// What to do about an object that a chart renders: no edit of rendered text would last.
fn change_chart(
    chart: &str,
    values: &[&str],
    template: Option<&str>,
    edits: &[ObjectEdit],
) -> Action {
    let edits: Vec<String> = edits
        .iter()
        .map(|edit| match edit {
            ObjectEdit::Set { pointer, value } => match pointer.strip_suffix("/-") {
                Some(list) => format!("{} has {}", dotted(list), value.0),
                None => format!("{} is {}", dotted(pointer), value.0),
            },
            ObjectEdit::Remove { pointer } => format!("{} is not set", dotted(pointer)),
        })
        .collect();
    let edits = edits.join(" and ");
    let instruction = if values.is_empty() {
        format!(
            "change {} of the chart {chart} so that {edits}",
            template.unwrap_or("the template")
        )
    } else {
        format!("set {} in the values of the chart {chart} so that {edits}", values.join(" or "))
    };
    Action::Manual { instruction, commands: Vec::new() }
}

fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// The longest value that evidence shows.
const MAX_SHOWN: usize = 80;

/// What stands at a field, when it is short enough to be shown.
fn shown(field: &str, node: &merlon_yaml::Node) -> String {
    let text = merlon_yaml::to_json(node).to_string();
    if text.len() <= MAX_SHOWN && !field.is_empty() {
        format!("{field}: {text}")
    } else {
        format!("{field} is set")
    }
}
