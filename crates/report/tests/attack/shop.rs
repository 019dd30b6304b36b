//! A small shop's cluster, written by hand: a step that needs two things, a way through a node, and
//! a route on which nothing is reached.

use merlon_model::{
    ATTACK_REPORT_FORMAT, Action, AttackChange, AttackExtent, AttackFact, AttackPath, AttackReport,
    AttackRoute, AttackStep, AttackTechnique, ChokePoints, Confidence, EditValue, Evidence,
    FactKind, Location, ObjectEdit, ObjectReference, Region, Safety,
};

use Confidence::{Assumed, Certain, Likely};

/// What `merlon paths` may find in the shop.
pub(crate) fn shop() -> AttackReport {
    AttackReport {
        format: ATTACK_REPORT_FORMAT,
        source: "shop-production".to_owned(),
        taken_at: "2026-03-01T09:30:00Z".to_owned(),
        extent: AttackExtent::default(),
        facts: facts(),
        steps: steps(),
        techniques: techniques().into_iter().collect(),
        changes: changes(),
        routes: routes(),
        gaps: vec![
            "Secrets of namespace vault could not be listed: forbidden".to_owned(),
            "The audit policy of the API server was not seen".to_owned(),
        ],
    }
}

pub(crate) fn fact(kind: FactKind, name: &str, namespace: Option<&str>, title: &str) -> AttackFact {
    AttackFact {
        kind,
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        title: title.to_owned(),
    }
}

fn facts() -> Vec<AttackFact> {
    let shop = Some("shop");
    vec![
        fact(FactKind::Outside, "internet", None, "the internet"),
        fact(FactKind::Outside, "any-pod", None, "any pod of the cluster"),
        fact(
            FactKind::Container,
            "container shop/web/app",
            shop,
            "runs code in container app of Deployment shop/web",
        ),
        fact(
            FactKind::Identity,
            "serviceaccount shop/cart",
            shop,
            "acts as serviceaccount shop/cart",
        ),
        fact(FactKind::Secret, "secret shop/deploy-token", shop, "reads Secret shop/deploy-token"),
        fact(FactKind::Ability, "api-server", None, "reaches the API server"),
        fact(
            FactKind::Identity,
            "serviceaccount ci/deployer",
            Some("ci"),
            "acts as serviceaccount ci/deployer",
        ),
        fact(
            FactKind::Container,
            "container shop/legacy/php",
            shop,
            "runs code in container php of Deployment shop/legacy",
        ),
        fact(FactKind::Node, "node worker-1", None, "is root on node worker-1"),
        fact(
            FactKind::Identity,
            "serviceaccount kube-system/operator",
            Some("kube-system"),
            "acts as serviceaccount kube-system/operator",
        ),
        fact(
            FactKind::Ability,
            "create pods in kube-system",
            Some("kube-system"),
            "creates pods in namespace kube-system",
        ),
        fact(FactKind::Cluster, "cluster-admin", None, "does anything in the cluster"),
    ]
}

fn manifest(path: &str, line: u32, field: &str, statement: &str) -> Evidence {
    let region = Region { line, column: 9, end_line: line, end_column: 30 };
    Evidence::at(statement, Location::Manifest { path: path.into(), region, field: field.into() })
}

pub(crate) fn object(kind: &str, namespace: Option<&str>, name: &str) -> ObjectReference {
    ObjectReference {
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

pub(crate) fn seen(
    kind: &str,
    namespace: Option<&str>,
    name: &str,
    field: &str,
    statement: &str,
) -> Evidence {
    let object = Box::new(object(kind, namespace, name));
    Evidence::at(statement, Location::Object { object: object.into(), field: field.into() })
}

pub(crate) fn step(
    technique: &str,
    premises: &[usize],
    conclusion: usize,
    confidence: Confidence,
    evidence: Vec<Evidence>,
    changes: &[usize],
) -> AttackStep {
    AttackStep {
        technique: technique.to_owned(),
        premises: premises.to_vec(),
        conclusion,
        confidence,
        evidence,
        changes: changes.to_vec(),
        commands: Vec::new(),
    }
}

fn steps() -> Vec<AttackStep> {
    let shop = Some("shop");
    let commands = |command: &str| vec![command.to_owned()];
    vec![
        step(
            "exposed-program",
            &[0],
            2,
            Assumed,
            vec![manifest(
                "deploy/web.yaml",
                12,
                "spec.type",
                "Service shop/web is a LoadBalancer",
            )],
            &[0],
        ),
        AttackStep {
            commands: commands(
                "kubectl -n shop exec deploy/web -- ls /var/run/secrets/kubernetes.io/serviceaccount",
            ),
            ..step(
                "mounted-token",
                &[2],
                3,
                Certain,
                vec![manifest(
                    "deploy/web.yaml",
                    41,
                    "spec.template.spec.serviceAccountName",
                    "serviceAccountName is cart, and its token is mounted",
                )],
                &[1],
            )
        },
        AttackStep {
            commands: commands(
                "kubectl auth can-i get secret/deploy-token -n shop \
                 --as system:serviceaccount:shop:cart",
            ),
            ..step(
                "read-secret",
                &[3],
                4,
                Certain,
                vec![
                    seen("Role", shop, "cart", "rules[0]", "it allows get on secrets"),
                    seen(
                        "RoleBinding",
                        shop,
                        "cart",
                        "subjects[0]",
                        "it names ServiceAccount cart",
                    ),
                ],
                &[2],
            )
        },
        step(
            "open-network",
            &[2],
            5,
            Certain,
            vec![seen("Namespace", None, "shop", "", "no NetworkPolicy selects the pods")],
            &[3],
        ),
        step(
            "use-token",
            &[4, 5],
            6,
            Likely,
            vec![seen(
                "Secret",
                shop,
                "deploy-token",
                "metadata.annotations",
                "it holds the token of serviceaccount ci/deployer",
            )],
            &[4],
        ),
        AttackStep {
            commands: commands("kubectl auth can-i '*' '*' --as system:serviceaccount:ci:deployer"),
            ..step(
                "bound-to-admin",
                &[6],
                11,
                Certain,
                vec![seen(
                    "ClusterRoleBinding",
                    None,
                    "deployer",
                    "roleRef",
                    "it gives cluster-admin to serviceaccount ci/deployer",
                )],
                &[5],
            )
        },
        step(
            "exposed-program",
            &[0],
            7,
            Assumed,
            vec![manifest(
                "deploy/legacy.yaml",
                8,
                "spec.rules[0]",
                "Ingress shop/legacy leads to it",
            )],
            &[6],
        ),
        step(
            "privileged-container",
            &[7],
            8,
            Certain,
            vec![manifest(
                "deploy/legacy.yaml",
                33,
                "spec.template.spec.containers[0].securityContext.privileged",
                "privileged is true",
            )],
            &[7],
        ),
        step(
            "tokens-on-node",
            &[8],
            9,
            Likely,
            vec![seen(
                "Pod",
                Some("kube-system"),
                "operator-5d8f",
                "spec.nodeName",
                "it runs on worker-1",
            )],
            &[8],
        ),
        step(
            "bound-to-admin",
            &[9],
            11,
            Certain,
            vec![seen(
                "ClusterRoleBinding",
                None,
                "operator",
                "roleRef",
                "it gives cluster-admin to serviceaccount kube-system/operator",
            )],
            &[9],
        ),
        step(
            "create-workload",
            &[3],
            10,
            Certain,
            vec![seen(
                "ClusterRoleBinding",
                None,
                "cart-jobs",
                "subjects[0]",
                "it lets serviceaccount shop/cart create pods everywhere",
            )],
            &[10],
        ),
        step("pod-on-node", &[10, 5], 8, Certain, vec![], &[11]),
        step("any-container", &[1], 7, Certain, vec![], &[]),
    ]
}

fn techniques() -> Vec<(String, AttackTechnique)> {
    let row = |id: &str, title: &str, reason: &str, references: &[&str]| {
        let technique = AttackTechnique {
            title: title.to_owned(),
            reason: reason.to_owned(),
            references: references.iter().map(|&each| each.to_owned()).collect(),
        };
        (id.to_owned(), technique)
    };
    vec![
        row(
            "exposed-program",
            "take over a program that answers from outside",
            "whoever can send requests to a program can use a hole in it; whether it has one is not known",
            &["T1190", "MS-TA9004"],
        ),
        row(
            "mounted-token",
            "use the token that is mounted into the container",
            "the kubelet writes the service account's token into the container, where any process can read it",
            &["T1528", "MS-TA9016"],
        ),
        row(
            "read-secret",
            "read a Secret over the API",
            "get, list and watch of secrets all show their values",
            &["T1552.007", "MS-TA9025"],
        ),
        row(
            "open-network",
            "connect to the API server from the container",
            "without a network policy every pod reaches every address of the cluster",
            &["T1046"],
        ),
        row(
            "use-token",
            "use a token found in a Secret",
            "a token of a service account works from wherever the API server can be reached",
            &["T1078.004"],
        ),
        row(
            "bound-to-admin",
            "use a binding to cluster-admin",
            "the role allows every verb on every resource",
            &["T1078", "MS-TA9018"],
        ),
        row(
            "privileged-container",
            "leave a privileged container",
            "it sees the devices of the node, so its disk can be mounted and written",
            &["T1611", "MS-TA9018"],
        ),
        row(
            "tokens-on-node",
            "take the tokens of pods on the node",
            "root on a node reads what the kubelet mounted into every pod there",
            &["T1552", "T1528"],
        ),
        row(
            "create-workload",
            "create a pod in another namespace",
            "a pod runs as any service account of its namespace",
            &["T1610"],
        ),
        row(
            "pod-on-node",
            "start a privileged pod",
            "the namespace enforces no Pod Security Standard",
            &["T1611"],
        ),
        row("any-container", "be any container", "any of them may be taken over", &[]),
    ]
}

fn changes() -> Vec<AttackChange> {
    let manual = |title: &str, weight, instruction: &str, commands: &[&str]| AttackChange {
        title: title.to_owned(),
        weight,
        actions: vec![Action::Manual {
            instruction: instruction.to_owned(),
            commands: commands.iter().map(|&each| each.to_owned()).collect(),
        }],
    };
    let edit = |title: &str,
                weight,
                object: ObjectReference,
                manifest: Option<&str>,
                edits: Vec<ObjectEdit>| AttackChange {
        title: title.to_owned(),
        weight,
        actions: vec![Action::EditObject {
            object: object.into(),
            manifest: manifest.map(Into::into),
            document: 0,
            guards: std::collections::BTreeMap::new(),
            edits: edits.into(),
            safety: Safety::NeedsReview,
        }],
    };
    let shop = Some("shop");
    let set = |pointer: &str, value: serde_json::Value| ObjectEdit::Set {
        pointer: pointer.to_owned(),
        value: EditValue(value),
    };
    vec![
        manual(
            "take Service shop/web off the internet",
            8,
            "give Service shop/web the type ClusterIP",
            &["kubectl -n shop patch service web -p '{\"spec\":{\"type\":\"ClusterIP\"}}'"],
        ),
        edit(
            "mount no token into Deployment shop/web",
            2,
            object("Deployment", shop, "web"),
            Some("deploy/web.yaml"),
            vec![set("/spec/template/spec/automountServiceAccountToken", false.into())],
        ),
        edit(
            "take secrets out of Role shop/cart",
            2,
            object("Role", shop, "cart"),
            None,
            vec![ObjectEdit::Remove { pointer: "/rules/0".to_owned() }],
        ),
        manual("select the pods of namespace shop by a NetworkPolicy", 3, "write a policy", &[]),
        manual("let Secret shop/deploy-token expire", 3, "use bound tokens instead", &[]),
        manual(
            "take serviceaccount ci/deployer out of ClusterRoleBinding deployer",
            2,
            "give it a Role in the namespaces that it deploys to",
            &["kubectl delete clusterrolebinding deployer"],
        ),
        manual("take Ingress shop/legacy away", 8, "remove it when nobody needs it", &[]),
        edit(
            "run container php of Deployment shop/legacy unprivileged",
            2,
            object("Deployment", shop, "legacy"),
            Some("deploy/legacy.yaml"),
            vec![set("/spec/template/spec/containers/0/securityContext/privileged", false.into())],
        ),
        manual("keep pods of kube-system on nodes of their own", 5, "taint the nodes", &[]),
        manual(
            "take serviceaccount kube-system/operator out of ClusterRoleBinding operator",
            2,
            "give it the rights that the operator asks for in its documents",
            &["kubectl delete clusterrolebinding operator"],
        ),
        manual(
            "take serviceaccount shop/cart out of ClusterRoleBinding cart-jobs",
            2,
            "bind it in namespace shop only",
            &["kubectl delete clusterrolebinding cart-jobs"],
        ),
        manual(
            "enforce Pod Security baseline in namespace kube-system",
            6,
            "label the namespace",
            &["kubectl label namespace kube-system pod-security.kubernetes.io/enforce=baseline"],
        ),
    ]
}

fn path(steps: &[usize], confidence: Confidence) -> AttackPath {
    AttackPath { steps: steps.to_vec(), confidence }
}

fn routes() -> Vec<AttackRoute> {
    vec![
        AttackRoute {
            entries: Vec::new(),
            furthest: Vec::new(),
            gained: None,
            entry: "internet".to_owned(),
            target: "cluster-admin".to_owned(),
            paths: vec![
                path(&[6, 7, 8, 9], Assumed),
                path(&[0, 1, 2, 3, 4, 5], Assumed),
                path(&[0, 1, 10, 3, 11, 8, 9], Assumed),
            ],
            choke_points: Some(ChokePoints::Cut {
                changes: vec![5, 9],
                minimal: true,
                at_least: 4,
            }),
        },
        AttackRoute {
            entries: Vec::new(),
            furthest: Vec::new(),
            gained: None,
            entry: "any-pod".to_owned(),
            target: "node worker-1".to_owned(),
            paths: vec![path(&[12, 7], Certain)],
            choke_points: Some(ChokePoints::Cut { changes: vec![7], minimal: true, at_least: 2 }),
        },
        AttackRoute {
            entries: Vec::new(),
            furthest: Vec::new(),
            gained: None,
            entry: "serviceaccount monitoring/prometheus".to_owned(),
            target: "cluster-admin".to_owned(),
            paths: Vec::new(),
            choke_points: None,
        },
    ]
}
