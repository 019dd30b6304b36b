//! Secrets, tokens, certificates and acting as others.

use super::super::primitive::{Condition, Effect, Place, Primitive, Right};
use super::{CHANGE, CORE};
use crate::release::Gate;

const AUTHENTICATION: &[&str] = &["authentication.k8s.io"];
const CERTIFICATES: &[&str] = &["certificates.k8s.io"];
const CREATE_SECRETS: Right = Right::to(&["create"], CORE, &["secrets"]);
const REQUEST: Right =
    Right::to(&["create"], CERTIFICATES, &["certificatesigningrequests"]).cluster_wide();
const APPROVAL: Right =
    Right::to(CHANGE, CERTIFICATES, &["certificatesigningrequests/approval"]).cluster_wide();

/// The API server asks for the signer by its name, then for `<domain>/*`; no other star counts.
const fn approve(names: &'static [&'static str]) -> Right {
    Right::to(&["approve"], CERTIFICATES, &["signers"]).named(names).cluster_wide()
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    Primitive::new(
        "get-secrets",
        "read secrets whose names are known",
        Effect::Secrets,
        &[&[Right::to(&["get"], CORE, &["secrets"])]],
        "names of secrets stand in pods and charts, and are easily guessed",
    )
    .known_as(&["T1552.007", "MS-TA9025"]),
    Primitive::new(
        "list-secrets",
        "read all secrets",
        Effect::Secrets,
        &[&[Right::to(&["list"], CORE, &["secrets"])]],
        "a list holds the contents and not only the names",
    )
    .known_as(&["T1552.007", "MS-TA9025"]),
    Primitive::new(
        "watch-secrets",
        "read all secrets as they change",
        Effect::Secrets,
        &[&[Right::to(&["watch"], CORE, &["secrets"])]],
        "a watch begins with the contents of everything that is there",
    )
    .known_as(&["T1552.007", "MS-TA9025"]),
    Primitive::new(
        "mint-token-secrets",
        "have a lasting token made for any service account of the namespace",
        Effect::Identity,
        &[
            &[CREATE_SECRETS],
            &[
                Right::to(&["get", "list", "watch"], CORE, &["secrets"]),
                Right::to(&["create"], CORE, &["pods"]),
            ],
        ],
        "a secret of the type for service account tokens is filled in by the token controller, and can then be read or mounted",
    )
    .known_as(&["T1528", "MS-TA9016"]),
    Primitive::new(
        "change-secrets",
        "replace credentials and keys",
        Effect::Secrets,
        &[&[Right::to(CHANGE, CORE, &["secrets"])]],
        "whoever trusts the secret then trusts what was put there; the service account of a token secret can be changed too",
    ),
    Primitive::new(
        "request-tokens",
        "get a token of a service account",
        Effect::Identity,
        &[&[Right::to(&["create"], CORE, &["serviceaccounts/token"])]],
        "the caller gets a token for the account, with an audience and a lifetime of choice",
    )
    .known_as(&["T1528", "MS-TA9016"]),
    Primitive::new(
        "impersonate-users",
        "act as any user",
        Effect::Identity,
        &[&[Right::to(&["impersonate"], CORE, &["users"])]],
        "the API server takes the name in a header for the caller's own",
    )
    .at(Place::Cluster)
    .known_as(&["T1134"]),
    Primitive::new(
        "impersonate-masters",
        "act as a member of system:masters",
        Effect::Rights,
        &[
            &[Right::to(&["impersonate"], CORE, &["groups"])
                .named(&["system:masters"])
                .cluster_wide()],
            &[
                Right::to(&["impersonate"], CORE, &["users"]).cluster_wide(),
                Right::to(&["impersonate"], CORE, &["serviceaccounts"]),
            ],
        ],
        "a group is taken on together with some user, whoever that is, and this one is never refused anything",
    )
    .known_as(&["T1134"]),
    Primitive::new(
        "impersonate-service-accounts",
        "act as a service account of the namespace",
        Effect::Identity,
        &[&[Right::to(&["impersonate"], CORE, &["serviceaccounts"])]],
        "the API server takes the name in a header for the caller's own, and adds the account's groups",
    )
    .known_as(&["T1134", "MS-TA9016"]),
    Primitive::new(
        "impersonate-extra-fields",
        "take on a UID or extra fields",
        Effect::Identity,
        &[&[Right::to(&["impersonate"], AUTHENTICATION, &["uids", "userextras", "userextras/scopes"])]],
        "RBAC looks at neither, but webhooks and other authorizers may decide by them",
    )
    .at(Place::Cluster)
    .when(Condition::OtherAuthorizer)
    .known_as(&["T1134"]),
    Primitive::new(
        "impersonate-within-limits",
        "act as another for some kinds of requests",
        Effect::Identity,
        &[&[
            Right::to(
                &["impersonate:user-info"],
                AUTHENTICATION,
                &["users"],
            )
            .cluster_wide()
            .gated(Gate::ConstrainedImpersonation, true),
            Right::to(&["impersonate:serviceaccount"], AUTHENTICATION, &["serviceaccounts"])
                .gated(Gate::ConstrainedImpersonation, true),
            Right::to(
                &["impersonate:arbitrary-node", "impersonate:associated-node"],
                AUTHENTICATION,
                &["nodes"],
            )
            .cluster_wide()
            .gated(Gate::ConstrainedImpersonation, true),
        ]],
        "together with impersonate-on for a request, the request is made with the rights of the other",
    )
    .since(35)
    .known_as(&["T1134"]),
    Primitive::new(
        "create-bootstrap-tokens",
        "make a token with which a node joins",
        Effect::Node,
        &[&[CREATE_SECRETS]],
        "a secret of the type for bootstrap tokens is a credential at once, and its holder is given a node's certificate",
    )
    .at(Place::Namespace("kube-system"))
    .when(Condition::BootstrapBindings)
    .known_as(&["T1078"]),
    Primitive::new(
        "approve-client-certificates",
        "get a certificate in any name",
        Effect::Identity,
        &[
            &[REQUEST],
            &[APPROVAL],
            &[approve(&["kubernetes.io/kube-apiserver-client", "kubernetes.io/*"])],
        ],
        "the signer believes the name in the request; only the group system:masters is refused",
    )
    .known_as(&["T1078"]),
    Primitive::new(
        "approve-node-certificates",
        "get the certificate of a node",
        Effect::Identity,
        &[
            &[REQUEST],
            &[APPROVAL],
            &[approve(&["kubernetes.io/kube-apiserver-client-kubelet", "kubernetes.io/*"])],
        ],
        "a node reads the secrets and makes the tokens of all pods that are bound to it",
    )
    .known_as(&["T1078"]),
    Primitive::new(
        "sign-certificates",
        "issue certificates in a signer's place",
        Effect::Identity,
        &[
            &[Right::to(CHANGE, CERTIFICATES, &["certificatesigningrequests/status"]).cluster_wide()],
            &[Right::to(&["sign"], CERTIFICATES, &["signers"]).cluster_wide()],
        ],
        "whoever waits for the request takes the certificate that its status holds",
    )
    .when(Condition::SignerKey),
    Primitive::new(
        "review-tokens-and-access",
        "learn whose a token is and what it may do",
        Effect::Discovery,
        &[&[
            Right::to(&["create"], AUTHENTICATION, &["tokenreviews"]).cluster_wide(),
            Right::to(&["create"], &["authorization.k8s.io"], &["subjectaccessreviews"])
                .cluster_wide(),
            Right::to(&["create"], &["authorization.k8s.io"], &["localsubjectaccessreviews"]),
        ]],
        "stolen tokens are sorted by worth without a try that would be noticed",
    )
    .known_as(&["T1613", "MS-TA9029"]),
    Primitive::new(
        "change-service-accounts",
        "give a service account another identity in the cloud",
        Effect::Cloud,
        &[&[Right::to(CHANGE, CORE, &["serviceaccounts"])]],
        "annotations name the role of the cloud that pods of the account get, and pull secrets where images come from",
    )
    .when(Condition::CloudIdentity)
    .known_as(&["T1098", "MS-TA9020"]),
];
