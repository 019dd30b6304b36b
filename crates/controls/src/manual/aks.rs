//! Azure AKS.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "aks-audit-logs-off",
        "the AKS control plane sends no audit log",
        vector("AV:N/AC:L/Au:N/C:N/I:P/A:N"),
        Documentation {
            finds: "\
Diagnostic settings of the cluster: `kube-audit` or `kube-audit-admin`, `guard`, and where they \
go.",
            matters: "Without them nobody can tell afterwards who did what.",
            options: "\
**`kube-audit-admin`** leaves out reads and costs far less; **`kube-audit`** shows reads of \
secrets as well.",
            acceptable: "For clusters that live for hours.",
        },
        &[
            "\
Look at the settings.
$ az monitor diagnostic-settings list --resource CLUSTER_RESOURCE_ID --query '[].[name,logs]'",
        ],
    ),
    manual(
        "aks-admission-untested",
        "nobody has tried whether the AKS cluster's admission rules refuse what they should",
        vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        Documentation {
            finds: "\
Azure Policy, Pod Security labels and other admission steps: whether they are on, deny rather than \
audit, and cover all namespaces.",
            matters: "\
A rule that only audits, or that exempts a namespace by mistake, gives false comfort.",
            options: "**Try it with dry runs** after every change; a pipeline can do so.",
            acceptable: "Where tests of the policies run elsewhere.",
        },
        &[
            "\
See what is there, then try a pod that has to be refused.
$ az aks show -g GROUP -n CLUSTER --query addonProfiles.azurepolicy.enabled
$ kubectl get validatingwebhookconfigurations,constrainttemplates
$ kubectl run probe -n NAMESPACE --image=scratch --privileged --dry-run=server",
        ],
    ),
    manual(
        "aks-images-unscanned",
        "images in the Azure registry are not scanned for known flaws",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Whether Defender for Containers or another scanner looks at the registry's images.",
            matters: "Published flaws stay in running images until somebody looks.",
            options: "\
**Defender's plan for containers** scans on push and again while an image is in use. **Your \
pipeline's scanner**, with a rule that stops.",
            acceptable: "For registries that nothing deploys from.",
        },
        &[
            "\
Look at the plan and its findings.
$ az security pricing show -n Containers --query pricingTier
$ az security assessment list --query \
\"[?contains(displayName,'vulnerabilit')].[displayName,status.code]\"",
        ],
    ),
    manual(
        "aks-registry-open-to-users",
        "more people than needed can push images to the Azure registry",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Role assignments on the registry (`AcrPush`, `Contributor`, `Owner`) and its admin user.",
            matters: "\
Whoever can push replaces what the cluster runs next. The admin user is one shared password.",
            options: "**Let pipelines push and people pull**; switch the admin user off.",
            acceptable: "For registries of experiments.",
        },
        &[
            "\
List assignments and the admin user.
$ az role assignment list --scope REGISTRY_RESOURCE_ID --include-inherited --query \
'[].[principalName,roleDefinitionName]'
$ az acr show -n REGISTRY --query adminUserEnabled",
        ],
    ),
    manual(
        "aks-registry-writable-by-nodes",
        "the cluster's identity can write to the Azure registry",
        vector("AV:L/AC:M/Au:N/C:P/I:C/A:P"),
        Documentation {
            finds: "\
Role assignments of the kubelet identity on registries; `AcrPull` is all it needs.",
            matters: "A pod that gets the node's token could replace images for every cluster.",
            options: "**Assign `AcrPull` only**, on the registries in use.",
            acceptable: "For build clusters with an identity of their own.",
        },
        &[
            "\
Find the identity and its roles.
$ az aks show -g GROUP -n CLUSTER --query identityProfile.kubeletidentity.objectId
$ az role assignment list --assignee OBJECT_ID --all --query '[].[scope,roleDefinitionName]'",
        ],
    ),
    manual(
        "aks-workloads-share-node-identity",
        "pods use the node pool's Azure identity",
        vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Workloads that call Azure without an identity of their own, and whether pods reach the instance \
metadata service.",
            matters: "\
Every pod of the node has the kubelet identity's rights, and one compromised pod has them too.",
            options: "**Workload identity**: a federated credential per service account.",
            acceptable: "For agents that act for the node itself.",
        },
        &[
            "\
See whether it is on and who uses it.
$ az aks show -g GROUP -n CLUSTER --query \
'[oidcIssuerProfile.enabled,securityProfile.workloadIdentity.enabled]'
$ kubectl get sa -A -o \
custom-columns=NS:.metadata.namespace,SA:.metadata.name,CLIENT:.metadata.annotations.azure\\.workload\\.identity/client-id",
        ],
    ),
    manual(
        "aks-secrets-unencrypted",
        "secrets in AKS are not encrypted with a key of your own",
        vector("AV:L/AC:H/Au:M/C:C/I:N/A:N"),
        Documentation {
            finds: "Whether KMS encryption with Key Vault is on, and who may use the key.",
            matters: "\
With a key of your own, reading a copy of the store needs a right that you grant and that is \
logged.",
            options: "\
**Switch on KMS with Key Vault**; losing the key is losing the secrets. The provider's own \
encryption is always on.",
            acceptable: "Where the provider's own encryption meets your duties.",
        },
        &[
            "\
Look at the profile and the vault.
$ az aks show -g GROUP -n CLUSTER --query securityProfile.azureKeyVaultKms
$ az keyvault show -n VAULT --query \
'[properties.enableRbacAuthorization,properties.accessPolicies]'",
        ],
    ),
    manual(
        "aks-local-accounts-used",
        "people reach the AKS cluster past Entra ID",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Whether the cluster is tied to Entra ID, and whether local accounts are switched off.",
            matters: "\
The local admin kubeconfig is a client certificate for full rights that no leaving employee loses.",
            options: "\
**Entra ID with `--disable-local-accounts`**; keep group-based administrators.",
            acceptable: "For one break-glass path while the identity provider is down.",
        },
        &[
            "\
Look at both.
$ az aks show -g GROUP -n CLUSTER --query \
'[aadProfile.managed,aadProfile.adminGroupObjectIDs,disableLocalAccounts]'",
        ],
    ),
    manual(
        "aks-azure-rbac-off",
        "rights in the AKS cluster are not managed in Azure",
        vector("AV:N/AC:H/Au:M/C:P/I:P/A:N"),
        Documentation {
            finds: "Whether Azure's role assignments decide about Kubernetes requests of people.",
            matters: "\
Rights then live in bindings inside the cluster, where reviews of access in Azure do not see them.",
            options: "\
**Azure RBAC** with the roles for Kubernetes; a role for secrets exists apart. **Plain RBAC with \
Entra groups** as well, when the groups are reviewed.",
            acceptable: "Where bindings come from a repository that is reviewed.",
        },
        &[
            "\
Look at the setting and the assignments.
$ az aks show -g GROUP -n CLUSTER --query aadProfile.enableAzureRbac
$ az role assignment list --scope CLUSTER_RESOURCE_ID --query \
'[].[principalName,roleDefinitionName]'",
        ],
    ),
];
