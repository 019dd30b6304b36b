//! What is kept of the objects of each kind.
//!
//! Objects are kept whole but for what no control can want: bookkeeping, most of the status, copies
//! of the whole in annotations, schemas, and every value that is a secret by its place.

use merlon_model::Kind;

/// What is kept of a value. A list passes its rule to its items.
#[derive(Debug, PartialEq)]
pub(crate) enum Rule {
    /// All of it.
    Whole,
    /// Nothing, not even that it is there.
    Drop,
    /// That it is there.
    Hide,
    /// The named fields by their rules, any others by the last.
    Fields(&'static [(&'static str, Rule)], &'static Rule),
}

impl Rule {
    /// The rule of a field.
    pub(crate) fn of(&self, field: &str) -> &Rule {
        match self {
            Rule::Fields(fields, others) => {
                let named = fields.iter().find(|(name, _)| *name == field);
                named.map_or(*others, |(_, rule)| rule)
            }
            other => other,
        }
    }
}

/// The rule of a kind's objects. `apiVersion` and `kind` are always there.
pub(crate) fn rule(kind: Kind) -> &'static Rule {
    match kind {
        Kind::Secret => &SECRET,
        Kind::ConfigMap => &CONFIG_MAP,
        Kind::SealedSecret => &SEALED_SECRET,
        Kind::CustomResourceDefinition => &DEFINITION,
        Kind::Pod => &POD,
        Kind::Service | Kind::Ingress => &BALANCED,
        Kind::Node => &NODE,
        Kind::Namespace | Kind::PersistentVolume | Kind::PersistentVolumeClaim => &PHASE,
        Kind::CertificateSigningRequest => &SIGNING_REQUEST,
        Kind::Gateway => &ADDRESSES,
        Kind::APIService => &CONDITIONS,
        Kind::Job => &JOB,
        _ => &OTHER,
    }
}

/// The named fields and no others.
macro_rules! only {
    ($($name:literal $(: $rule:expr)?),* $(,)?) => {
        Rule::Fields(&[$(($name, only!(@ $($rule)?))),*], &Rule::Drop)
    };
    (@) => { Rule::Whole };
    (@ $rule:expr) => { $rule };
}

/// All fields; the named ones by their rules.
macro_rules! all_but {
    ($($name:literal: $rule:expr),* $(,)?) => {
        Rule::Fields(&[$(($name, $rule)),*], &Rule::Whole)
    };
}

/// All fields of an object but its bookkeeping, and of its status what is named.
macro_rules! object {
    ($status:expr) => {
        all_but! { "metadata": METADATA, "status": $status }
    };
}

const METADATA: Rule = all_but! {
    "managedFields": Rule::Drop,
    "resourceVersion": Rule::Drop,
    "generation": Rule::Drop,
    "selfLink": Rule::Drop,
    "uid": Rule::Drop,
    "ownerReferences": OWNERS,
    "annotations": ANNOTATIONS,
};

/// Kind and name say who owns; no two objects of a kind have one name at a time.
const OWNERS: Rule = all_but! { "uid": Rule::Drop, "blockOwnerDeletion": Rule::Drop };

/// Annotations in which tools keep the object as it was applied, secrets and all.
const ANNOTATIONS: Rule = all_but! {
    "kubectl.kubernetes.io/last-applied-configuration": Rule::Drop,
    "objectset.rio.cattle.io/applied": Rule::Drop,
    "kapp.k14s.io/original": Rule::Drop,
    "banzaicloud.com/last-applied": Rule::Drop,
    "kopf.zalando.org/last-handled-configuration": Rule::Drop,
};

const CONDITION: Rule = only! { "type", "status", "reason" };
const CONTAINER: Rule = only! { "name", "image", "imageID" };

static OTHER: Rule = object!(Rule::Drop);
static BALANCED: Rule = object!(only! { "loadBalancer" });
static PHASE: Rule = object!(only! { "phase" });
static ADDRESSES: Rule = object!(only! { "addresses" });
static CONDITIONS: Rule = object!(only! { "conditions": CONDITION });
static JOB: Rule = object!(only! { "active", "succeeded", "failed", "completionTime" });

static POD: Rule = object!(only! {
    "phase",
    "hostIP",
    "podIPs",
    "containerStatuses": CONTAINER,
    "initContainerStatuses": CONTAINER,
    "ephemeralContainerStatuses": CONTAINER,
});

static NODE: Rule = object!(only! {
    "nodeInfo",
    "addresses",
    "daemonEndpoints",
    "runtimeHandlers",
    "conditions": CONDITION,
});

static SIGNING_REQUEST: Rule =
    object!(only! { "conditions": CONDITION, "certificate": Rule::Hide });

/// Schemas make up nearly all of a definition.
static DEFINITION: Rule = all_but! {
    "metadata": METADATA,
    "status": Rule::Drop,
    "spec": all_but! {
        "versions": all_but! { "schema": Rule::Drop, "additionalPrinterColumns": Rule::Drop },
        "validation": Rule::Drop,
        "additionalPrinterColumns": Rule::Drop,
    },
};

/// The names of what it holds; `binaryData` may be anything.
static CONFIG_MAP: Rule = all_but! {
    "metadata": METADATA,
    "binaryData": Rule::Fields(&[], &Rule::Hide),
};

/// Its values are encrypted, and long.
static SEALED_SECRET: Rule = all_but! {
    "metadata": METADATA,
    "status": Rule::Drop,
    "spec": all_but! { "encryptedData": Rule::Fields(&[], &Rule::Hide), "data": Rule::Hide },
};

/// Metadata alone. Annotations are hidden where they are not Kubernetes' own: some hold what the
/// secret holds.
static SECRET: Rule = only! {
    "metadata": all_but! {
        "managedFields": Rule::Drop,
        "resourceVersion": Rule::Drop,
        "generation": Rule::Drop,
        "selfLink": Rule::Drop,
        "uid": Rule::Drop,
        "ownerReferences": OWNERS,
        "annotations": Rule::Fields(
            &[
                ("kubectl.kubernetes.io/last-applied-configuration", Rule::Drop),
                ("objectset.rio.cattle.io/applied", Rule::Drop),
                ("kubernetes.io/service-account.name", Rule::Whole),
                ("kubernetes.io/service-account.uid", Rule::Whole),
            ],
            &Rule::Hide,
        ),
    },
};
