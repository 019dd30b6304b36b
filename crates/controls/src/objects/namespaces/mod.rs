//! Controls on namespaces and on what decides over requests: labels, webhooks, admission policies.

/// A namespace with those labels, for examples.
macro_rules! namespace {
    ($labels:literal) => {
        concat!("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: ", $labels, "}}")
    };
}

/// A webhook that may refuse what it is asked about, for examples.
macro_rules! engine {
    ($resources:literal) => {
        concat!(
            "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, \
             metadata: {name: engine}, webhooks: [{name: engine.example.com, failurePolicy: Fail, \
             rules: [{operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ",
            $resources,
            "}]}]}"
        )
    };
}

pub(crate) mod admitted;
pub(crate) mod labels;
pub(crate) mod pod_security_policies;
pub(crate) mod policies;
pub(crate) mod refused;
mod shipped;
mod standard;
pub(crate) mod tenancy;
pub(crate) mod webhooks;
