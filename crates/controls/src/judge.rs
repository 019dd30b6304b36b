use merlon_model::{Action, Component, Evidence, Finding, Location, Outcome, Severity, Text};
use merlon_views::{NodeView, Presence};

use crate::control::{Applies, Check, Control, Parameters};
use crate::{file, plugin, setting, sysctl};

/// Takes down what one control finds on one node.
#[derive(Debug)]
pub struct Judge<'v, 'a> {
    control: &'static Control,
    node: &'v NodeView<'a>,
    findings: Vec<Finding>,
}

impl<'v, 'a> Judge<'v, 'a> {
    pub(crate) fn new(control: &'static Control, node: &'v NodeView<'a>) -> Self {
        Self { control, node, findings: Vec::new() }
    }

    /// Judges the node: first whether the control concerns it, then the logic.
    pub(crate) fn evaluate(&mut self, with: &Parameters) {
        if !self.concerns_node() {
            return;
        }
        match self.control.check {
            Check::Setting(check) => setting::judge(&check, self.node, with, self),
            Check::File(check) => file::judge(&check, self.node, with, self),
            Check::Sysctl(checks) => sysctl::judge(checks, self.node, with, self),
            Check::Plugin(check) => plugin::judge(&check, self.node, self),
            Check::Node(judge) => judge(self.node, with, self),
            // Objects are judged by `crate::objects`, where there are any.
            Check::Pod { .. }
            | Check::Container { .. }
            | Check::Object { .. }
            | Check::Inventory { .. } => {}
            Check::Manual(steps) => self.leave_to_person(steps),
        }
        if self.findings.is_empty() {
            // A logic that says nothing has seen nothing, which is never a pass.
            self.error("node", "the control came to no result");
        }
    }

    fn concerns_node(&mut self) -> bool {
        match self.control.applies {
            Applies::Objects if self.node.has_kubernetes() => {
                self.ask_for_objects();
                false
            }
            Applies::Kubernetes if self.node.has_kubernetes() => true,
            Applies::Kubernetes | Applies::Objects => self.without_kubernetes(),
            Applies::Component(component) => match self.node.component(component) {
                Presence::Present(_) => true,
                Presence::Absent { why } => {
                    self.not_applicable(component.as_str(), why);
                    false
                }
                Presence::Unknown { why } => {
                    let why = format!("whether {component} runs here is not known: {why}");
                    self.error(component.as_str(), why);
                    false
                }
            },
        }
    }

    /// A node shows no objects: somebody has to scan the cluster.
    fn ask_for_objects(&mut self) {
        let entry =
            self.enter("cluster", Outcome::Manual, "the cluster's objects tell, not the node");
        entry.actions.push(Action::Manual {
            instruction: "scan the cluster's objects".to_owned(),
            commands: vec![format!("merlon scan --cluster --control {}", entry.control)],
        });
    }

    fn without_kubernetes(&mut self) -> bool {
        let unknown = Component::ALL.into_iter().find_map(|c| match self.node.component(c) {
            Presence::Unknown { why } => Some(why),
            _ => None,
        });
        match unknown {
            Some(gap) => {
                let why = format!("whether Kubernetes runs here is not known: {gap}");
                self.error("node", why);
            }
            None => {
                self.not_applicable("node", "nothing of Kubernetes is on this node");
            }
        }
        false
    }

    fn leave_to_person(&mut self, steps: &[&str]) {
        let entry = self.enter("cluster", Outcome::Manual, "a person has to judge this");
        entry.actions.extend(steps.iter().map(|step| self::step(step)));
    }

    /// The resource was seen and is as asked.
    pub fn pass(&mut self, resource: &str, message: impl Into<Text>) -> Entry<'_> {
        Entry(self.enter(resource, Outcome::Pass, message))
    }

    /// The resource was seen and is not as asked.
    pub fn fail(&mut self, resource: &str, message: impl Into<Text>) -> Entry<'_> {
        Entry(self.enter(resource, Outcome::Fail, message))
    }

    /// The resource could not be judged.
    pub fn error(&mut self, resource: &str, message: impl Into<Text>) -> Entry<'_> {
        Entry(self.enter(resource, Outcome::Error, message))
    }

    /// The control does not concern the resource.
    pub fn not_applicable(&mut self, resource: &str, message: impl Into<Text>) -> Entry<'_> {
        Entry(self.enter(resource, Outcome::NotApplicable, message))
    }

    /// A person has to judge the resource.
    pub fn manual(&mut self, resource: &str, message: impl Into<Text>) -> Entry<'_> {
        Entry(self.enter(resource, Outcome::Manual, message))
    }

    fn enter(
        &mut self,
        resource: &str,
        outcome: Outcome,
        message: impl Into<Text>,
    ) -> &mut Finding {
        self.findings.push(Finding {
            control: self.control.id.into(),
            severity: self.control.severity(),
            scope: (&self.node.node.name).into(),
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

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// A step is an instruction; lines that begin with `$ ` are its commands.
pub(crate) fn step(step: &str) -> Action {
    let (commands, words): (Vec<&str>, Vec<&str>) =
        step.lines().map(str::trim).partition(|line| line.starts_with("$ "));
    let commands = commands.into_iter().map(|line| line[2..].to_owned()).collect();
    Action::Manual { instruction: words.join(" ").trim().to_owned(), commands }
}

/// A finding that is being taken down.
pub struct Entry<'f>(&'f mut Finding);

impl Entry<'_> {
    /// Says what would pass.
    pub fn expected(self, expected: impl Into<Text>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Lowers the severity to this one, where what was seen is less than the control's worst case.
    pub fn at_most(self, severity: Severity) -> Self {
        self.0.severity = self.0.severity.min(severity);
        self
    }

    /// Adds what was seen, and where.
    pub fn evidence(self, statement: impl Into<Text>, location: Location) -> Self {
        self.0.evidence.push(Evidence::at(statement, location));
        self
    }

    /// Adds what was seen about the host as a whole.
    pub fn host_evidence(self, statement: impl Into<Text>) -> Self {
        self.0.evidence.push(Evidence::of_host(statement));
        self
    }

    /// Adds what to change.
    pub fn action(self, action: Action) -> Self {
        self.0.actions.push(action);
        self
    }

    /// Adds all of what to change.
    pub fn actions(self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.0.actions.extend(actions);
        self
    }
}
