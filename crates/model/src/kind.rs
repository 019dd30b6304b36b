use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares the kinds: name, API group, plural, whether it lives in a namespace.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $group:literal $plural:literal $scope:ident,)*) => {
        /// A kind of object that Merlon knows.
        ///
        /// Objects of other kinds are kept too, as far as they are read at all; no control looks
        /// at them by kind.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            JsonSchema,
        )]
        pub enum Kind {
            $($(#[$doc])* #[doc = concat!("`", stringify!($kind), "` of `", $group, "`.")] $kind,)*
        }

        impl Kind {
            /// Every kind, sorted by group and then as it matters.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The kind's name; where two groups share one, with the project's name before it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind),)* }
            }

            /// The API group; empty for the core group.
            #[must_use]
            pub fn group(self) -> &'static str {
                match self { $(Self::$kind => $group,)* }
            }

            /// The name of its resource in paths and RBAC rules: `pods`.
            #[must_use]
            pub fn plural(self) -> &'static str {
                match self { $(Self::$kind => $plural,)* }
            }

            /// Whether its objects live in namespaces.
            #[must_use]
            pub fn is_namespaced(self) -> bool {
                match self { $(Self::$kind => kinds!(@$scope),)* }
            }
        }
    };
    (@namespaced) => { true };
    (@cluster) => { false };
}

kinds! {
    Pod "" "pods" namespaced,
    PodTemplate "" "podtemplates" namespaced,
    ReplicationController "" "replicationcontrollers" namespaced,
    Service "" "services" namespaced,
    Endpoints "" "endpoints" namespaced,
    ServiceAccount "" "serviceaccounts" namespaced,
    ConfigMap "" "configmaps" namespaced,
    Secret "" "secrets" namespaced,
    PersistentVolumeClaim "" "persistentvolumeclaims" namespaced,
    PersistentVolume "" "persistentvolumes" cluster,
    ResourceQuota "" "resourcequotas" namespaced,
    LimitRange "" "limitranges" namespaced,
    Namespace "" "namespaces" cluster,
    Node "" "nodes" cluster,
    Deployment "apps" "deployments" namespaced,
    StatefulSet "apps" "statefulsets" namespaced,
    DaemonSet "apps" "daemonsets" namespaced,
    ReplicaSet "apps" "replicasets" namespaced,
    Job "batch" "jobs" namespaced,
    CronJob "batch" "cronjobs" namespaced,
    HorizontalPodAutoscaler "autoscaling" "horizontalpodautoscalers" namespaced,
    PodDisruptionBudget "policy" "poddisruptionbudgets" namespaced,
    PodSecurityPolicy "policy" "podsecuritypolicies" cluster,
    Ingress "networking.k8s.io" "ingresses" namespaced,
    IngressClass "networking.k8s.io" "ingressclasses" cluster,
    NetworkPolicy "networking.k8s.io" "networkpolicies" namespaced,
    EndpointSlice "discovery.k8s.io" "endpointslices" namespaced,
    Role "rbac.authorization.k8s.io" "roles" namespaced,
    RoleBinding "rbac.authorization.k8s.io" "rolebindings" namespaced,
    ClusterRole "rbac.authorization.k8s.io" "clusterroles" cluster,
    ClusterRoleBinding "rbac.authorization.k8s.io" "clusterrolebindings" cluster,
    StorageClass "storage.k8s.io" "storageclasses" cluster,
    CSIDriver "storage.k8s.io" "csidrivers" cluster,
    PriorityClass "scheduling.k8s.io" "priorityclasses" cluster,
    RuntimeClass "node.k8s.io" "runtimeclasses" cluster,
    CertificateSigningRequest "certificates.k8s.io" "certificatesigningrequests" cluster,
    MutatingWebhookConfiguration
        "admissionregistration.k8s.io" "mutatingwebhookconfigurations" cluster,
    ValidatingWebhookConfiguration
        "admissionregistration.k8s.io" "validatingwebhookconfigurations" cluster,
    ValidatingAdmissionPolicy
        "admissionregistration.k8s.io" "validatingadmissionpolicies" cluster,
    ValidatingAdmissionPolicyBinding
        "admissionregistration.k8s.io" "validatingadmissionpolicybindings" cluster,
    MutatingAdmissionPolicy "admissionregistration.k8s.io" "mutatingadmissionpolicies" cluster,
    MutatingAdmissionPolicyBinding
        "admissionregistration.k8s.io" "mutatingadmissionpolicybindings" cluster,
    CustomResourceDefinition "apiextensions.k8s.io" "customresourcedefinitions" cluster,
    APIService "apiregistration.k8s.io" "apiservices" cluster,
    FlowSchema "flowcontrol.apiserver.k8s.io" "flowschemas" cluster,
    AdminNetworkPolicy "policy.networking.k8s.io" "adminnetworkpolicies" cluster,
    BaselineAdminNetworkPolicy "policy.networking.k8s.io" "baselineadminnetworkpolicies" cluster,
    ClusterNetworkPolicy "policy.networking.k8s.io" "clusternetworkpolicies" cluster,
    Gateway "gateway.networking.k8s.io" "gateways" namespaced,
    GatewayClass "gateway.networking.k8s.io" "gatewayclasses" cluster,
    HTTPRoute "gateway.networking.k8s.io" "httproutes" namespaced,
    GRPCRoute "gateway.networking.k8s.io" "grpcroutes" namespaced,
    TLSRoute "gateway.networking.k8s.io" "tlsroutes" namespaced,
    TCPRoute "gateway.networking.k8s.io" "tcproutes" namespaced,
    UDPRoute "gateway.networking.k8s.io" "udproutes" namespaced,
    ReferenceGrant "gateway.networking.k8s.io" "referencegrants" namespaced,
    VirtualService "networking.istio.io" "virtualservices" namespaced,
    IstioGateway "networking.istio.io" "gateways" namespaced,
    PeerAuthentication "security.istio.io" "peerauthentications" namespaced,
    AuthorizationPolicy "security.istio.io" "authorizationpolicies" namespaced,
    CiliumNetworkPolicy "cilium.io" "ciliumnetworkpolicies" namespaced,
    CiliumClusterwideNetworkPolicy "cilium.io" "ciliumclusterwidenetworkpolicies" cluster,
    CalicoNetworkPolicy "crd.projectcalico.org" "networkpolicies" namespaced,
    GlobalNetworkPolicy "crd.projectcalico.org" "globalnetworkpolicies" cluster,
    Rollout "argoproj.io" "rollouts" namespaced,
    Application "argoproj.io" "applications" namespaced,
    AppProject "argoproj.io" "appprojects" namespaced,
    Workflow "argoproj.io" "workflows" namespaced,
    WorkflowTemplate "argoproj.io" "workflowtemplates" namespaced,
    ClusterWorkflowTemplate "argoproj.io" "clusterworkflowtemplates" cluster,
    CronWorkflow "argoproj.io" "cronworkflows" namespaced,
    KnativeService "serving.knative.dev" "services" namespaced,
    DeploymentConfig "apps.openshift.io" "deploymentconfigs" namespaced,
    SecurityContextConstraints
        "security.openshift.io" "securitycontextconstraints" cluster,
    Route "route.openshift.io" "routes" namespaced,
    CloneSet "apps.kruise.io" "clonesets" namespaced,
    SandboxTemplate "extensions.agents.x-k8s.io" "sandboxtemplates" namespaced,
    Sandbox "agents.x-k8s.io" "sandboxes" namespaced,
    ServiceMonitor "monitoring.coreos.com" "servicemonitors" namespaced,
    PodMonitor "monitoring.coreos.com" "podmonitors" namespaced,
    ExternalSecret "external-secrets.io" "externalsecrets" namespaced,
    SecretProviderClass "secrets-store.csi.x-k8s.io" "secretproviderclasses" namespaced,
    SealedSecret "bitnami.com" "sealedsecrets" namespaced,
    K8sAllowedRepos "constraints.gatekeeper.sh" "k8sallowedrepos" cluster,
    ClusterPolicy "kyverno.io" "clusterpolicies" cluster,
    Policy "kyverno.io" "policies" namespaced,
}

/// Every kind by its group and its name in manifests.
static BY_NAME: LazyLock<HashMap<(&str, &str), Kind>> = LazyLock::new(|| {
    Kind::ALL.iter().map(|kind| ((kind.group(), kind.spelling()), *kind)).collect()
});

impl Kind {
    /// The kind of an object by what stands in its `apiVersion` and `kind`, whatever the version
    /// within the group.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        // Where the workload kinds and ingresses came from before 1.16 and 1.22.
        let group = match (group, kind) {
            ("extensions", "Ingress" | "NetworkPolicy") => "networking.k8s.io",
            ("extensions", "PodSecurityPolicy") => "policy",
            ("extensions", _) => "apps",
            _ => group,
        };
        BY_NAME.get(&(group, kind)).copied()
    }

    /// The name as manifests spell it in `kind:`.
    #[must_use]
    pub fn spelling(self) -> &'static str {
        match self {
            Self::IstioGateway => "Gateway",
            Self::CalicoNetworkPolicy => "NetworkPolicy",
            Self::KnativeService => "Service",
            other => other.as_str(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn kinds_are_told_by_group_and_name() {
        let check = |version: &str, kind: &str, expected: Option<Kind>| {
            assert_eq!(Kind::of(version, kind), expected, "{version} {kind}");
        };
        check("v1", "Pod", Some(Kind::Pod));
        check("apps/v1", "Deployment", Some(Kind::Deployment));
        check("apps/v1beta2", "Deployment", Some(Kind::Deployment));
        check("extensions/v1beta1", "Deployment", Some(Kind::Deployment));
        check("extensions/v1beta1", "Ingress", Some(Kind::Ingress));
        check("v1", "Service", Some(Kind::Service));
        check("serving.knative.dev/v1", "Service", Some(Kind::KnativeService));
        check("networking.istio.io/v1", "Gateway", Some(Kind::IstioGateway));
        check("gateway.networking.k8s.io/v1", "Gateway", Some(Kind::Gateway));
        check("crd.projectcalico.org/v1", "NetworkPolicy", Some(Kind::CalicoNetworkPolicy));
        check("example.com/v1", "Deployment", None);
        check("v1", "Deployment", None);
        check("", "", None);
    }

    #[test]
    fn no_two_kinds_are_the_same() {
        for kind in Kind::ALL {
            let version = if kind.group().is_empty() {
                "v1".to_owned()
            } else {
                format!("{}/v1", kind.group())
            };
            assert_eq!(Kind::of(&version, kind.spelling()), Some(*kind));
        }
    }
}
