//! What is told beside the messages: places, and values of the wrong type.

use merlon_yaml::{Limits, LineIndex, Node, parse};
use proptest::prelude::*;

use crate::{
    Check, ContainerList, Evaluation, Expected, Level, Place, Policy, PolicyVersion, evaluate,
    message,
};

fn tree(text: &str) -> Node {
    let mut parsed = parse(text, &Limits::default());
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    parsed.documents.remove(0).root
}

fn restricted(pod: &Node) -> Evaluation<'_> {
    let policy = Policy::new(Level::Restricted, PolicyVersion::Latest);
    evaluate(pod.get("metadata"), pod.get("spec").expect("a spec"), policy)
}

/// Gives `check line:column` for each value that offends, and `check line:column -> keys` for each
/// that is missing, with the container.
fn places(text: &str) -> Vec<String> {
    let pod = tree(text);
    let index = LineIndex::new(text);
    let at = |node: &Node| {
        let position = index.position(node.span.start());
        format!("{}:{}", position.line, position.column)
    };
    let evaluation = restricted(&pod);
    let offences = evaluation.violations.iter().flat_map(|violation| {
        violation.offences.iter().map(move |offence| (violation.check, offence))
    });
    let describe = |(check, offence): (Check, &crate::Offence<'_>)| {
        let place = match offence.place {
            Place::Node(node) => at(node),
            Place::Missing { parent, keys } => format!("{} -> {}", at(parent), keys.join(".")),
        };
        let container = offence.container.map_or(String::new(), |container| {
            format!(" {}[{}]", container.list.field(), container.index)
        });
        format!("{} {place}{container}", check.id())
    };
    offences.map(describe).collect()
}

#[test]
fn offences_point_at_what_is_there() {
    let check = |text: &str, expected: &[&str]| assert_eq!(places(text), expected, "{text}");
    check("spec:\n  hostPID: true\n", &["hostNamespaces 2:12"]);
    check(
        "metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/x: u\nspec: {}\n",
        &["appArmorProfile 3:55"],
    );
    check(
        "spec:\n  volumes:\n  - name: v\n    nfs: {server: s}\n  - {name: w, future: {}}\n",
        &["restrictedVolumes 4:10", "restrictedVolumes 5:23"],
    );
    check(
        "spec:\n  securityContext:\n    sysctls:\n    - name: kernel.x\n    seccompProfile: {}\n",
        &["sysctls 4:13", "seccompProfile_restricted 5:21 -> type"],
    );
}

#[test]
fn offences_point_below_the_nearest_mapping_for_what_is_missing() {
    let check = |container: &str, expected: &[&str]| {
        let context = "{runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}";
        let text =
            format!("spec:\n  securityContext: {context}\n  initContainers:\n  - {container}\n");
        assert_eq!(places(&text), expected, "{text}");
    };
    check(
        "{name: a}",
        &[
            "allowPrivilegeEscalation 4:5 -> securityContext.allowPrivilegeEscalation initContainers[0]",
            "capabilities_restricted 4:5 -> securityContext.capabilities.drop initContainers[0]",
        ],
    );
    check(
        "{name: a, securityContext: ~}",
        &[
            "allowPrivilegeEscalation 4:5 -> securityContext.allowPrivilegeEscalation initContainers[0]",
            "capabilities_restricted 4:5 -> securityContext.capabilities.drop initContainers[0]",
        ],
    );
    check(
        "{name: a, securityContext: {capabilities: {add: [X]}}}",
        &[
            "allowPrivilegeEscalation 4:32 -> allowPrivilegeEscalation initContainers[0]",
            "capabilities_restricted 4:47 -> drop initContainers[0]",
            "capabilities_restricted 4:54 initContainers[0]",
        ],
    );
    check(
        "{name: a, securityContext: {allowPrivilegeEscalation: true, capabilities: {drop: [all]}}}",
        &[
            "allowPrivilegeEscalation 4:59 initContainers[0]",
            "capabilities_restricted 4:86 initContainers[0]",
        ],
    );
}

#[test]
fn containers_that_the_message_is_silent_on_are_places_too() {
    let context = "allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}";
    let text = format!(
        "spec:\n  securityContext: {{seccompProfile: {{type: Localhost}}}}\n  containers:\n  - {{name: a, securityContext: {{{context}}}}}\n  - {{name: b, securityContext: {{{context}, runAsNonRoot: false}}}}\n"
    );
    let pod = tree(&text);
    let evaluation = restricted(&pod);
    let [violation] = evaluation.violations.as_slice() else { panic!("{evaluation:?}") };
    assert_eq!(violation.detail, "container \"b\" must not set securityContext.runAsNonRoot=false");
    let containers: Vec<_> = violation
        .offences
        .iter()
        .map(|offence| offence.container.expect("a container"))
        .map(|container| (container.list, container.index, container.name))
        .collect();
    assert_eq!(containers, [(ContainerList::Regular, 0, "a"), (ContainerList::Regular, 1, "b")]);
}

#[test]
fn values_of_the_wrong_type_are_told() {
    let check = |spec: &str, expected: &[Expected]| {
        let pod = tree(&format!("spec: {spec}"));
        let found: Vec<Expected> =
            restricted(&pod).malformed.iter().map(|malformed| malformed.expected).collect();
        assert_eq!(found, expected, "{spec}");
    };
    use Expected::*;
    check("text", &[Mapping]);
    check("[]", &[Mapping]);
    check("{hostNetwork: 'true', hostPID: 1, hostIPC: []}", &[Boolean, Boolean, Boolean]);
    check("{hostNetwork: yes, hostPID: off}", &[]);
    check("{hostUsers: 'false', os: windows}", &[Boolean, Mapping]);
    check("{os: {name: 5}}", &[String]);
    check("{volumes: {a: b}, containers: a, initContainers: {}}", &[List, List, List]);
    check("{volumes: [a, {name: 5, hostPath: /etc}, {secret: x}]}", &[Mapping, Mapping, Mapping]);
    check("{volumes: [{name: 5, hostPath: {}}]}", &[String]);
    check("{containers: [a, 1, []]}", &[Mapping, Mapping, Mapping]);
    check("{containers: [{name: 1, ports: [1, {hostPort: '80'}]}]}", &[String, Mapping, Integer]);
    check("{containers: [{ports: [{hostPort: 80.5}, {hostPort: 2147483648}]}]}", &[Integer; 2]);
    check("{containers: [{ports: [{hostPort: 80.0}, {hostPort: 2147483647}]}]}", &[]);
    check(
        "{containers: [{livenessProbe: x, lifecycle: 1, startupProbe: {httpGet: {host: 1}}}]}",
        &[Mapping, String, Mapping],
    );
    check("{securityContext: x}", &[Mapping]);
    check(
        "{securityContext: {runAsNonRoot: 1, runAsUser: root, seccompProfile: RuntimeDefault}}",
        &[Boolean, Integer, Mapping],
    );
    check(
        "{securityContext: {seLinuxOptions: {type: 1, user: 2, role: 3, level: 4}}}",
        &[String; 3],
    );
    check(
        "{securityContext: {sysctls: [x, {name: 1}], windowsOptions: {hostProcess: 'true'}}}",
        &[Boolean, Mapping, String],
    );
    check("{securityContext: {appArmorProfile: {type: [x]}}}", &[String]);
    // Not fields of a pod's security context.
    check("{securityContext: {privileged: 'true', capabilities: 1}}", &[]);
    check(
        "{containers: [{securityContext: {privileged: 'true', procMount: 1, allowPrivilegeEscalation: 'false', capabilities: {add: ALL, drop: ALL}}}]}",
        &[Boolean, String, Boolean, List, List],
    );
    check(
        "{containers: [{securityContext: {capabilities: {add: [1], drop: [2, ALL]}}}]}",
        &[String; 2],
    );
    check("{containers: [{securityContext: {capabilities: {add: [~], drop: [~, ALL]}}}]}", &[]);
}

#[test]
fn annotations_of_the_wrong_type_are_told() {
    let key = "container.apparmor.security.beta.kubernetes.io/a";
    for (metadata, expected) in [
        ("x".to_owned(), Some(Expected::Mapping)),
        ("{annotations: [x]}".to_owned(), Some(Expected::Mapping)),
        (format!("{{annotations: {{{key}: 1}}}}"), Some(Expected::String)),
        ("~".to_owned(), None),
        ("{annotations: ~}".to_owned(), None),
    ] {
        let pod = tree(&format!("metadata: {metadata}\nspec: {{}}"));
        let evaluation = restricted(&pod);
        let found: Vec<_> = evaluation.malformed.iter().map(|it| it.expected).collect();
        assert_eq!(found, Vec::from_iter(expected), "{metadata}");
        assert_eq!(evaluation.is_clean(), expected.is_none());
    }
}

#[test]
fn what_is_malformed_counts_as_not_set() {
    let pod = tree(
        "spec: {hostPID: 'true', containers: [{name: a, securityContext: {runAsNonRoot: 'true'}}]}",
    );
    let evaluation = restricted(&pod);
    let reasons: Vec<_> = evaluation.violations.iter().map(|it| it.reason).collect();
    assert_eq!(
        reasons,
        [
            "allowPrivilegeEscalation != false",
            "unrestricted capabilities",
            "runAsNonRoot != true",
            "seccompProfile"
        ]
    );
    assert_eq!(evaluation.malformed.len(), 2);
}

#[test]
fn privileged_says_nothing() {
    let pod = tree("spec: {hostPID: true, containers: x}");
    assert!(evaluate(None, pod.get("spec").expect("a spec"), Policy::default()).is_clean());
}

/// Text that is often a pod, in YAML's flow style.
fn pods() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("true"),
        Just("false"),
        Just("~"),
        Just("0"),
        Just("1"),
        Just("-3.5"),
        Just("''"),
        Just("ALL"),
        Just("NET_RAW"),
        Just("RuntimeDefault"),
        Just("Unconfined"),
        Just("Unmasked"),
        Just("windows"),
        Just("a"),
        Just("kernel.x"),
        Just("localhost/x"),
        Just("spc_t"),
        Just("\"\\u200b\\\"\""),
    ]
    .prop_map(str::to_owned);
    let key = prop_oneof![
        Just("hostNetwork"),
        Just("hostPID"),
        Just("hostUsers"),
        Just("os"),
        Just("name"),
        Just("securityContext"),
        Just("volumes"),
        Just("hostPath"),
        Just("emptyDir"),
        Just("nfs"),
        Just("initContainers"),
        Just("containers"),
        Just("ephemeralContainers"),
        Just("type"),
        Just("runAsNonRoot"),
        Just("runAsUser"),
        Just("seccompProfile"),
        Just("appArmorProfile"),
        Just("seLinuxOptions"),
        Just("user"),
        Just("role"),
        Just("sysctls"),
        Just("privileged"),
        Just("windowsOptions"),
        Just("hostProcess"),
        Just("allowPrivilegeEscalation"),
        Just("procMount"),
        Just("capabilities"),
        Just("add"),
        Just("drop"),
        Just("ports"),
        Just("hostPort"),
        Just("livenessProbe"),
        Just("lifecycle"),
        Just("preStop"),
        Just("httpGet"),
        Just("tcpSocket"),
        Just("host"),
        Just("annotations"),
        Just("container.apparmor.security.beta.kubernetes.io/a"),
        Just("container.seccomp.security.alpha.kubernetes.io/a"),
        Just("seccomp.security.alpha.kubernetes.io/pod"),
    ];
    scalar.prop_recursive(7, 120, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((key.clone(), inner), 0..7).prop_map(|entries| {
                let entries = entries.iter().map(|(key, value)| format!("{key}: {value}"));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }),
        ]
    })
}

/// Well-typed pods: mixtures of what each field may hold.
fn typed_pods() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let context = prop::sample::subsequence(
        vec![
            "privileged: true",
            "procMount: Unmasked",
            "runAsNonRoot: true",
            "runAsUser: 0",
            "seccompProfile: {type: Unconfined}",
            "appArmorProfile: {type: Unconfined}",
            "allowPrivilegeEscalation: false",
            "capabilities: {drop: [ALL], add: [NET_RAW, KILL]}",
            "seLinuxOptions: {type: spc_t, user: u}",
            "windowsOptions: {hostProcess: true}",
        ],
        0..=10,
    );
    let container = (
        context,
        prop::sample::subsequence(
            vec!["ports: [{hostPort: 80}]", "livenessProbe: {tcpSocket: {host: h}}"],
            0..=2,
        ),
    )
        .prop_map(|(context, mut rest)| {
            let context = format!("securityContext: {{{}}}", context.join(", "));
            rest.push(&context);
            format!("{{name: a, {}}}", rest.join(", "))
        });
    let fields = prop::sample::subsequence(
        vec![
            "hostNetwork: true",
            "hostIPC: true",
            "hostUsers: false",
            "os: {name: windows}",
            "volumes: [{name: v, hostPath: {}}, {name: w, nfs: {}}]",
            "securityContext: {runAsNonRoot: true, seccompProfile: {type: Localhost}, sysctls: [{name: kernel.x}]}",
        ],
        0..=6,
    );
    (fields, prop::collection::vec(container, 0..3)).prop_map(|(fields, containers)| {
        (fields.into_iter().map(str::to_owned).collect(), containers)
    })
}

fn assembled(fields: &[String], containers: &[String]) -> Node {
    let mut all = fields.to_vec();
    all.push(format!("containers: [{}]", containers.join(", ")));
    tree(&format!("spec: {{{}}}", all.join(", ")))
}

proptest! {
    #[test]
    fn no_tree_makes_it_panic(metadata in pods(), spec in pods(), minor in 0_u64..40) {
        let parsed = parse(&format!("metadata: {metadata}\nspec: {spec}"), &Limits::default());
        for document in &parsed.documents {
            for level in Level::ALL {
                let policy = Policy::new(level, PolicyVersion::Minor(minor));
                let root = &document.root;
                let evaluation = evaluate(root.get("metadata"), root.get("spec").unwrap_or(root), policy);
                for violation in &evaluation.violations {
                    prop_assert!(violation.check.applies(policy));
                    prop_assert!(!violation.offences.is_empty());
                }
                let ordered = evaluation.violations.is_sorted_by_key(|violation| violation.check);
                prop_assert!(ordered);
            }
        }
    }

    #[test]
    fn restricted_finds_what_baseline_finds((fields, containers) in typed_pods(), minor in 0_u64..40) {
        let pod = assembled(&fields, &containers);
        let spec = pod.get("spec").expect("a spec");
        let at = |level| Policy::new(level, PolicyVersion::Minor(minor));
        let restricted = evaluate(None, spec, at(Level::Restricted));
        for violation in evaluate(None, spec, at(Level::Baseline)).violations {
            let check = violation.check;
            let same = restricted.violations.iter().find(|other| other.check == check);
            prop_assert_eq!(same.is_some(), check.applies(at(Level::Restricted)));
            if let Some(same) = same {
                prop_assert_eq!(&same.detail, &violation.detail);
            }
        }
    }

    #[test]
    fn what_baseline_forbids_restricted_does_not_allow((fields, containers) in typed_pods(), minor in 0_u64..40) {
        let pod = assembled(&fields, &containers);
        let spec = pod.get("spec").expect("a spec");
        let at = |level| evaluate(None, spec, Policy::new(level, PolicyVersion::Minor(minor)));
        let (baseline, restricted) = (at(Level::Baseline), at(Level::Restricted));
        prop_assert!(baseline.violations.is_empty() || !restricted.violations.is_empty());
    }

    #[test]
    fn the_order_of_keys_does_not_matter((fields, containers) in typed_pods(), minor in 0_u64..40) {
        let mut reversed = fields.clone();
        reversed.reverse();
        let (one, other) = (assembled(&fields, &containers), assembled(&reversed, &containers));
        let policy = Policy::new(Level::Restricted, PolicyVersion::Minor(minor));
        let text = |pod: &Node| message(&evaluate(None, pod.get("spec").expect("a spec"), policy).violations);
        prop_assert_eq!(text(&one), text(&other));
    }

    #[test]
    fn wrapping_in_a_template_does_not_matter((fields, containers) in typed_pods()) {
        let pod = assembled(&fields, &containers);
        let expected = message(&restricted(&pod).violations);
        let body = merlon_yaml::to_json(&pod).to_string();
        for (workload, wrapped) in [
            (crate::Workload::PodTemplate, format!("template: {body}")),
            (crate::Workload::Job, format!("spec: {{template: {body}}}")),
            (crate::Workload::CronJob, format!("spec: {{jobTemplate: {{spec: {{template: {body}}}}}}}")),
        ] {
            let object = tree(&wrapped);
            let (metadata, spec) = workload.pod(&object).expect("a pod");
            let policy = Policy::new(Level::Restricted, PolicyVersion::Latest);
            prop_assert_eq!(message(&evaluate(metadata, spec, policy).violations), expected.clone());
        }
    }
}
