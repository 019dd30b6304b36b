//! What looks at or answers requests in the API server's place.

use super::super::primitive::{Condition, Effect, Place, Primitive, Right};
use super::{CHANGE, CORE, REMOVE, WRITE};

const ADMISSION: &[&str] = &["admissionregistration.k8s.io"];

pub(super) static PRIMITIVES: &[Primitive] = &[
    Primitive::new(
        "write-mutating-webhooks",
        "rewrite every object on its way in",
        Effect::Admission,
        &[&[Right::to(WRITE, ADMISSION, &["mutatingwebhookconfigurations"])]],
        "the webhook answers with changes, such as another service account or a container of its own",
    )
    .at(Place::Cluster)
    .known_as(&["MS-TA9015"]),
    Primitive::new(
        "write-validating-webhooks",
        "read every object on its way in",
        Effect::Secrets,
        &[&[Right::to(WRITE, ADMISSION, &["validatingwebhookconfigurations"])]],
        "the webhook is sent whole objects, secrets included",
    )
    .at(Place::Cluster)
    .known_as(&["MS-TA9015"]),
    Primitive::new(
        "remove-webhooks",
        "turn off a policy engine",
        Effect::Admission,
        &[&[Right::to(
            REMOVE,
            ADMISSION,
            &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        )]],
        "without its webhook, or with one that matches nothing, the engine is never asked",
    )
    .at(Place::Cluster),
    Primitive::new(
        "write-mutating-policies",
        "rewrite every object inside of the API server",
        Effect::Admission,
        &[&[Right::to(
            WRITE,
            ADMISSION,
            &["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
        )]],
        "a policy changes objects as a webhook does, with no service that could be noticed",
    )
    .at(Place::Cluster)
    .since(32),
    Primitive::new(
        "change-validating-policies",
        "weaken a policy of the API server",
        Effect::Admission,
        &[&[Right::to(
            &["create", "update", "patch", "delete", "deletecollection"],
            ADMISSION,
            &["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
        )]],
        "what the policy refused then passes",
    )
    .at(Place::Cluster),
    Primitive::new(
        "change-namespaces",
        "lower what a namespace asks of its pods",
        Effect::Admission,
        &[&[Right::to(CHANGE, CORE, &["namespaces"])]],
        "labels choose the pod security level and are what webhooks and network policies select by; a right within the namespace is enough",
    ),
    Primitive::new(
        "write-api-services",
        "serve a part of the API",
        Effect::Traffic,
        &[&[Right::to(WRITE, &["apiregistration.k8s.io"], &["apiservices"])]],
        "the API server hands on requests for the group, with who makes them and what is in them",
    )
    .at(Place::Cluster),
    Primitive::new(
        "write-custom-resource-definitions",
        "see and change all objects of a kind",
        Effect::Data,
        &[&[Right::to(WRITE, &["apiextensions.k8s.io"], &["customresourcedefinitions"])]],
        "a conversion webhook is sent every object of the kind and answers with what is stored",
    )
    .at(Place::Cluster),
    Primitive::new(
        "write-operator-resources",
        "have an operator do it",
        Effect::Rights,
        &[&[
            Right::to(WRITE, &["argoproj.io"], &[
                "applications",
                "applicationsets",
                "workflows",
                "cronworkflows",
                "workflowtemplates",
            ]),
            Right::to(WRITE, &["kustomize.toolkit.fluxcd.io"], &["kustomizations"]),
            Right::to(WRITE, &["helm.toolkit.fluxcd.io"], &["helmreleases"]),
            Right::to(WRITE, &["tekton.dev"], &["tasks", "taskruns", "pipelines", "pipelineruns"]),
            Right::to(WRITE, &["cert-manager.io"], &["certificates", "issuers", "clusterissuers"]),
            Right::to(WRITE, &["external-secrets.io"], &[
                "externalsecrets",
                "clusterexternalsecrets",
                "secretstores",
                "clustersecretstores",
            ]),
            Right::to(WRITE, &["velero.io"], &["restores", "backups"]),
            Right::to(WRITE, &["pkg.crossplane.io"], &["providers", "configurations"]),
            Right::to(WRITE, &["apiextensions.crossplane.io"], &["compositions"]),
        ]],
        "the operator makes what the resource describes with its own rights, which are usually wide",
    )
    .when(Condition::Controller),
    Primitive::new(
        "write-policy-resources",
        "exempt itself from a policy engine, or let it change objects",
        Effect::Admission,
        &[&[
            Right::to(&["create", "update", "patch", "delete", "deletecollection"], &["kyverno.io"], &[
                "clusterpolicies",
                "policies",
                "policyexceptions",
            ]),
            Right::to(
                &["create", "update", "patch", "delete", "deletecollection"],
                &["templates.gatekeeper.sh"],
                &["constrainttemplates"],
            ),
            Right::to(
                &["create", "update", "patch", "delete", "deletecollection"],
                &["config.gatekeeper.sh"],
                &["configs"],
            ),
            Right::to(
                &["create", "update", "patch", "delete", "deletecollection"],
                &["mutations.gatekeeper.sh"],
                &["assign", "assignmetadata", "modifyset", "assignimage"],
            ),
        ]],
        "the engine enforces what these say, generates and rewrites what they describe, and skips what they except",
    )
    .when(Condition::Controller),
];
