//! The Pod Security labels of a namespace, as the admission plugin PodSecurity reads them.

use merlon_pod_security::{LabelFault, Mode, NamespacePolicy, Policy};
use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::Malformed;

/// The effective policy of one mode, and what stands in its labels.
#[derive(Clone, Copy, Debug)]
pub struct PodSecurityMode<'a> {
    /// The level that applies, and whose rules.
    pub policy: Policy,
    /// The label that holds the level, if there is one.
    pub level_label: Option<&'a Node>,
    /// The label that holds the version, if there is one.
    pub version_label: Option<&'a Node>,
    /// Whether the level's label makes no sense.
    pub level_is_malformed: bool,
    /// Whether the version's label makes no sense.
    pub version_is_malformed: bool,
}

/// The effective policies of a namespace.
///
/// Without labels they are `privileged`, unless the configuration of the API server says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct PodSecurity<'a> {
    /// Pods that violate it are refused.
    pub enforce: PodSecurityMode<'a>,
    /// Pods that violate it are noted in the audit log.
    pub audit: PodSecurityMode<'a>,
    /// Whoever creates pods that violate it is told.
    pub warn: PodSecurityMode<'a>,
}

impl<'a> PodSecurity<'a> {
    /// Reads the labels of a namespace, as [`NamespacePolicy::read`] says.
    ///
    /// # Errors
    /// When a label is no text: the API server refuses such an object.
    pub fn of(namespace: &'a Object) -> Result<Self, Malformed<'a>> {
        let labels = namespace.root.path(&["metadata", "labels"]);
        let (policy, problems) = NamespacePolicy::read(labels, &NamespacePolicy::default());
        for problem in &problems {
            if let LabelFault::Malformed(expected) = problem.why {
                return Err(Malformed { node: problem.node, expected: expected.as_str() });
            }
        }
        let is_problem = |label| problems.iter().any(|problem| problem.label == Some(label));
        let label = |label| labels.and_then(|labels| labels.get(label));
        let mode = |mode: Mode| PodSecurityMode {
            policy: policy.of(mode),
            level_label: label(mode.level_label()),
            version_label: label(mode.version_label()),
            level_is_malformed: is_problem(mode.level_label()),
            version_is_malformed: is_problem(mode.version_label()),
        };
        Ok(Self { enforce: mode(Mode::Enforce), audit: mode(Mode::Audit), warn: mode(Mode::Warn) })
    }

    /// The three modes by the names that labels have for them.
    #[must_use]
    pub fn modes(&self) -> [(&'static str, PodSecurityMode<'a>); 3] {
        [("enforce", self.enforce), ("audit", self.audit), ("warn", self.warn)]
    }
}

#[cfg(test)]
mod tests {
    use merlon_snapshot::{Manifest, Object};

    use super::PodSecurity;

    fn namespace(labels: &str) -> Object {
        let text =
            format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: a, labels: {labels}}}}}");
        let manifest = Manifest { path: "a.yaml".to_owned(), text, rendered: None };
        manifest.contents(0).objects.remove(0)
    }

    #[test]
    fn labels_give_policies_and_say_which_of_them_make_no_sense() {
        let check = |labels: &[(&str, &str)], expected: &str| {
            let labels: Vec<String> = labels
                .iter()
                .map(|(key, value)| format!("pod-security.kubernetes.io/{key}: '{value}'"))
                .collect();
            let object = namespace(&format!("{{{}}}", labels.join(", ")));
            let read = PodSecurity::of(&object).expect("texts");
            let said = read.modes().map(|(_, mode)| {
                let odd = mode.level_is_malformed || mode.version_is_malformed;
                format!("{}{}", mode.policy, if odd { "!" } else { "" })
            });
            assert_eq!(said.join(", "), expected, "{labels:?}");
        };
        check(&[], "privileged:latest, privileged:latest, privileged:latest");
        check(
            &[("enforce", "baseline"), ("enforce-version", "v1.30")],
            "baseline:v1.30, privileged:latest, baseline:v1.30",
        );
        check(
            &[("enforce", "Baseline")],
            "restricted:latest!, privileged:latest, privileged:latest",
        );
        check(&[("audit", "high")], "privileged:latest, privileged:latest!, privileged:latest");
        check(
            &[("warn", "baseline"), ("warn-version", "v1.030")],
            "privileged:latest, privileged:latest, baseline:latest!",
        );
    }

    #[test]
    fn labels_are_found_where_they_stand() {
        let object = namespace("{pod-security.kubernetes.io/enforce: restricted}");
        let enforce = PodSecurity::of(&object).expect("texts").enforce;
        assert_eq!(enforce.level_label.and_then(|node| node.as_str()), Some("restricted"));
        assert!(enforce.version_label.is_none());
    }

    #[test]
    fn a_label_that_is_no_text_is_refused() {
        for labels in ["{pod-security.kubernetes.io/enforce: true}", "[a]", "a"] {
            assert!(PodSecurity::of(&namespace(labels)).is_err(), "{labels}");
        }
    }
}
