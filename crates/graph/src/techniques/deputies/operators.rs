//! Which operators there are, what they act on, and what that gives.
//!
//! Beside each row stands the field that makes the controller do so, by its sources or its guide. Rows that run pods from
//! a template take whatever a pod may have; those that do not are told apart.

use crate::fact::Ability;

/// An operator and what it does for those who write its resources.
#[derive(Debug)]
pub(super) struct Operator {
    pub group: &'static str,
    pub resources: &'static [&'static str],
    pub place: Place,
    pub program: Program,
    pub gains: &'static [(Gain, Needs)],
    /// Arguments with which it does less than is said here, or does it nobody knows where: a name, and the value that
    /// matters, if it is not any.
    pub tamed_by: Flags,
    /// Arguments with which it looks at its own namespace alone.
    pub confined_by: Flags,
    /// The variable that names the only namespace it looks at, where that is not empty.
    pub confined_in: Option<&'static str>,
}

pub(super) type Flags = &'static [(&'static str, Option<&'static str>)];

/// Where its resources count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In each namespace.
    Namespaces,
    /// In its own namespace.
    Own,
    /// In one namespace, for the program that runs in another.
    Named { program: &'static str, resource: &'static str },
    /// They have no namespace.
    Cluster,
}

/// What gives it away.
#[derive(Clone, Copy, Debug)]
pub(super) enum Program {
    /// The image of a container.
    Image {
        names: &'static [&'static str],
        /// A word that its command has besides, where one image holds several programs.
        command: Option<&'static str>,
        /// Words that the other programs of the image have.
        others: &'static [&'static str],
    },
    /// What the versions of kubelets have in them: it is a part of the distribution.
    Distribution(&'static [&'static str]),
}

/// What telling the operator gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gain {
    /// Acting as its own service account.
    Itself,
    /// An ability where the resource is.
    There(Ability),
    /// An ability in the whole cluster, wherever the resource is.
    Everywhere(Ability),
    /// An ability in the operator's own namespace, or in that which the argument names.
    Home(Ability, &'static str),
    /// Rewriting objects where the resource is, but not in these namespaces and not in the operator's own.
    Rewrite(&'static [&'static str]),
    /// Rewriting objects of the namespaces that get to webhooks of services in the operator's own.
    RewriteByWebhook,
    /// Everything.
    All,
}

/// A verb, an API group and a resource that the operator itself has to have; `None` for what it has by its default.
pub(super) type Needs = Option<(&'static str, &'static str, &'static str)>;

use Ability::{CreatePods, ReadSecrets, RunInPods, UseServiceAccounts};

const ITSELF: &[(Gain, Needs)] = &[(Gain::Itself, None)];
const PODS: Needs = Some(("create", "", "pods"));
const JOBS: Needs = Some(("create", "batch", "jobs"));
const SECRETS: Needs = Some(("get", "", "secrets"));
const TOKENS: Needs = Some(("create", "", "serviceaccounts/token"));
const BINDINGS: Needs = Some(("create", "rbac.authorization.k8s.io", "clusterrolebindings"));

/// Namespaces that Kyverno's own configuration has it leave alone (`resourceFilters` of its chart).
const KYVERNO_LEAVES: &[&str] = &["kube-system", "kube-public", "kube-node-lease"];

/// With a default account Flux acts as one of the resource's namespace (its guide on multi-tenancy).
const FLUX_TAMED: Flags = &[("default-service-account", None)];
const FLUX_CONFINED: Flags = &[("watch-all-namespaces", Some("false"))];

impl Operator {
    const fn new(
        group: &'static str,
        resources: &'static [&'static str],
        names: &'static [&'static str],
        gains: &'static [(Gain, Needs)],
    ) -> Self {
        Self {
            group,
            resources,
            place: Place::Namespaces,
            program: Program::Image { names, command: None, others: &[] },
            gains,
            tamed_by: &[],
            confined_by: &[],
            confined_in: None,
        }
    }

    /// One that is told from the others of its image by a word of its command.
    const fn command(mut self, word: &'static str) -> Self {
        if let Program::Image { names, others, .. } = self.program {
            self.program = Program::Image { names, command: Some(word), others };
        }
        self
    }

    const fn not(mut self, others: &'static [&'static str]) -> Self {
        if let Program::Image { names, command, .. } = self.program {
            self.program = Program::Image { names, command, others };
        }
        self
    }

    const fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    const fn tamed(mut self, flags: Flags) -> Self {
        self.tamed_by = flags;
        self
    }

    const fn confined(mut self, flags: Flags) -> Self {
        self.confined_by = flags;
        self
    }
}

pub(super) static OPERATORS: &[Operator] = &[
    // Other namespaces have to be allowed in the project as well.
    Operator::new(
        "argoproj.io",
        &["applications", "applicationsets"],
        &["argoproj/argocd"],
        ITSELF,
    )
    .command("argocd-application-controller")
    .at(Place::Own),
    Operator::new(
        "kustomize.toolkit.fluxcd.io",
        &["kustomizations"],
        &["fluxcd/kustomize-controller"],
        ITSELF,
    )
    .tamed(FLUX_TAMED)
    .confined(FLUX_CONFINED),
    Operator::new("helm.toolkit.fluxcd.io", &["helmreleases"], &["fluxcd/helm-controller"], ITSELF)
        .tamed(FLUX_TAMED)
        .confined(FLUX_CONFINED),
    Operator::new("helm.cattle.io", &["helmcharts"], &["rancher/helm-controller"], ITSELF),
    // The same inside of K3s and RKE2: each chart has a service account bound to cluster-admin (`roleBinding` of
    // k3s-io/helm-controller/pkg/controllers/chart, `jobClusterRole`).
    Operator {
        program: Program::Distribution(&["+k3s", "+rke2"]),
        ..Operator::new("helm.cattle.io", &["helmcharts"], &[], &[(Gain::All, None)])
    },
    // The agent of the cluster that Fleet itself runs in acts as itself, unless the resource names an account beside it
    // (`getServiceAccount` of rancher/fleet/internal/helmdeployer). Those of other clusters read theirs from afar.
    Operator::new("fleet.cattle.io", &["bundles", "gitrepos"], &["rancher/fleet-agent"], ITSELF)
        .at(Place::Named { program: "cattle-fleet-local-system", resource: "fleet-local" }),
    // Pods run as whichever service account the resource names.
    Operator::new(
        "argoproj.io",
        &["workflows", "cronworkflows"],
        &["argoproj/workflow-controller"],
        &[(Gain::There(CreatePods), None)],
    )
    .confined(&[("namespaced", None), ("managed-namespace", None)]),
    Operator::new(
        "tekton.dev",
        &["taskruns", "pipelineruns"],
        &["tektoncd/pipeline/cmd/controller", "tektoncd/pipeline/controller-"],
        &[(Gain::There(CreatePods), None)],
    )
    .confined(&[("namespace", None)]),
    // `spec.jobTargetRef.template`.
    Operator {
        confined_in: Some("WATCH_NAMESPACE"),
        ..Operator::new(
            "keda.sh",
            &["scaledjobs"],
            &["kedacore/keda"],
            &[(Gain::There(CreatePods), JOBS)],
        )
    },
    // `spec.template`, as a deployment has it.
    Operator::new(
        "argoproj.io",
        &["rollouts"],
        &["argoproj/argo-rollouts"],
        &[(Gain::There(CreatePods), Some(("create", "apps", "replicasets")))],
    )
    .confined(&[("namespaced", None)]),
    Operator::new(
        "jobset.x-k8s.io",
        &["jobsets"],
        &["jobset/jobset"],
        &[(Gain::There(CreatePods), JOBS)],
    ),
    // `spec.tasks[].template`.
    Operator::new(
        "batch.volcano.sh",
        &["jobs"],
        &["volcanosh/vc-controller-manager"],
        &[(Gain::There(CreatePods), PODS)],
    ),
    // `spec.headGroupSpec.template` and `workerGroupSpecs[].template`.
    Operator::new(
        "ray.io",
        &["rayclusters", "rayjobs", "rayservices"],
        &["kuberay/operator"],
        &[(Gain::There(CreatePods), PODS)],
    )
    .tamed(&[("watch-namespace", None)]),
    // `spec.*ReplicaSpecs.*.template`.
    Operator::new(
        "kubeflow.org",
        &["tfjobs", "pytorchjobs", "mpijobs", "xgboostjobs", "paddlejobs", "jaxjobs"],
        &["kubeflow/training-operator"],
        &[(Gain::There(CreatePods), PODS)],
    )
    .tamed(&[("namespace", None)]),
    Operator::new(
        "apps.kruise.io",
        &["clonesets", "statefulsets", "daemonsets", "broadcastjobs"],
        &["openkruise/kruise-manager"],
        &[(Gain::There(CreatePods), PODS)],
    ),
    // `spec.containers` and `spec.volumes` are merged into the pods, which run as `spec.serviceAccountName`.
    Operator::new(
        "monitoring.coreos.com",
        &["prometheuses", "prometheusagents", "alertmanagers", "thanosrulers"],
        &["prometheus-operator/prometheus-operator"],
        &[(Gain::There(CreatePods), Some(("create", "apps", "statefulsets")))],
    )
    .tamed(&[
        ("namespaces", None),
        ("deny-namespaces", None),
        ("prometheus-instance-namespaces", None),
        ("alertmanager-instance-namespaces", None),
        ("thanos-ruler-instance-namespaces", None),
    ]),
    // Its pods name service accounts and secrets, but neither directories of the node nor more privileges, unless
    // features are turned on that are off by default (`kubernetes.podspec-*` of config-features).
    Operator::new(
        "serving.knative.dev",
        &["services", "configurations"],
        &["knative.dev/serving/cmd/controller"],
        &[
            (Gain::There(UseServiceAccounts), Some(("create", "apps", "deployments"))),
            (Gain::There(ReadSecrets), Some(("create", "apps", "deployments"))),
        ],
    ),
    // `spec.provider.kubernetes` names the server that is sent a token of the namespace's account, or a secret's value
    // (`serviceAccountToken` and `fetchSecretKey` of its provider for Kubernetes).
    Operator::new(
        "external-secrets.io",
        &["secretstores"],
        &["external-secrets/external-secrets"],
        &[(Gain::There(UseServiceAccounts), TOKENS), (Gain::There(ReadSecrets), SECRETS)],
    )
    .not(&["webhook", "certcontroller"])
    .tamed(&[("namespace", None)]),
    Operator::new(
        "external-secrets.io",
        &["clustersecretstores"],
        &["external-secrets/external-secrets"],
        &[(Gain::Everywhere(UseServiceAccounts), TOKENS), (Gain::Everywhere(ReadSecrets), SECRETS)],
    )
    .not(&["webhook", "certcontroller"])
    .at(Place::Cluster)
    .tamed(&[("namespace", None), ("enable-cluster-store-reconciler", Some("false"))]),
    // `spec.vault` names the server that is sent a secret's value, or a token of the namespace's account for audiences
    // of one's choice (`setToken` of cert-manager/internal/vault). It may request tokens only where it was given that.
    Operator::new(
        "cert-manager.io",
        &["issuers"],
        &["jetstack/cert-manager-controller"],
        &[(Gain::There(ReadSecrets), SECRETS), (Gain::There(UseServiceAccounts), TOKENS)],
    )
    .tamed(&[("namespace", None)]),
    Operator::new(
        "cert-manager.io",
        &["clusterissuers"],
        &["jetstack/cert-manager-controller"],
        &[
            (Gain::Home(ReadSecrets, "cluster-resource-namespace"), SECRETS),
            (Gain::Home(UseServiceAccounts, "cluster-resource-namespace"), TOKENS),
        ],
    )
    .at(Place::Cluster)
    .tamed(&[("namespace", None)]),
    // `spec.hooks` are commands that are run in the pods that are backed up. What is restored comes from where backups
    // are kept, so restores alone give nothing.
    Operator::new(
        "velero.io",
        &["backups", "schedules"],
        &["velero/velero"],
        &[(Gain::Everywhere(RunInPods), Some(("create", "", "pods/exec")))],
    )
    .command("server")
    .not(&["node-agent", "restic"])
    .at(Place::Own),
    Operator::new(
        "kyverno.io",
        &["clusterpolicies"],
        &["kyverno/kyverno"],
        &[(Gain::Rewrite(KYVERNO_LEAVES), None)],
    )
    .at(Place::Cluster),
    Operator::new(
        "kyverno.io",
        &["policies"],
        &["kyverno/kyverno"],
        &[(Gain::Rewrite(KYVERNO_LEAVES), None)],
    ),
    Operator::new(
        "policies.kyverno.io",
        &["mutatingpolicies"],
        &["kyverno/kyverno"],
        &[(Gain::Rewrite(KYVERNO_LEAVES), None)],
    )
    .at(Place::Cluster),
    // Objects are generated, and those that exist changed, with its account's rights; it is asked whether they suffice,
    // not whether those of the policy's author do. Policies of a namespace stay within it and are left out.
    Operator::new("kyverno.io", &["clusterpolicies"], &["kyverno/background-controller"], ITSELF)
        .at(Place::Cluster),
    Operator::new(
        "policies.kyverno.io",
        &["generatingpolicies"],
        &["kyverno/background-controller"],
        ITSELF,
    )
    .at(Place::Cluster),
    // `spec.location` may be any field, that of the service account too.
    Operator::new(
        "mutations.gatekeeper.sh",
        &["assign"],
        &["openpolicyagent/gatekeeper"],
        &[(Gain::RewriteByWebhook, None)],
    )
    .at(Place::Cluster),
    // Providers are programs. The manager of roles gives each rights on all secrets (`rulesSystemExtra` of
    // crossplane/internal/controller/rbac/provider/roles).
    Operator::new(
        "pkg.crossplane.io",
        &["providers"],
        &["crossplane/crossplane"],
        &[(Gain::Everywhere(ReadSecrets), BINDINGS)],
    )
    .command("rbac")
    .at(Place::Cluster),
    Operator::new(
        "apiextensions.crossplane.io",
        &["compositions"],
        &["crossplane/crossplane"],
        ITSELF,
    )
    .command("core")
    .at(Place::Cluster),
    // With credentials of source `InjectedIdentity`, as its guide has it.
    Operator::new(
        "kubernetes.crossplane.io",
        &["objects"],
        &["crossplane-contrib/provider-kubernetes"],
        ITSELF,
    )
    .at(Place::Cluster),
    Operator::new(
        "helm.crossplane.io",
        &["releases"],
        &["crossplane-contrib/provider-helm"],
        ITSELF,
    )
    .at(Place::Cluster),
];
