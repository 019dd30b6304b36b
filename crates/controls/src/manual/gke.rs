//! Google GKE.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "gke-images-unscanned",
        "images in Google's registry are not scanned for known flaws",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "Whether Artifact Analysis scans the project's images, or another scanner does.",
            matters: "Published flaws stay in running images until somebody looks.",
            options: "\
**Automatic scanning** charges by image; **your pipeline's scanner** with a rule that stops.",
            acceptable: "For projects whose images nothing runs.",
        },
        &[
            "\
See whether the service is on, and what it found.
$ gcloud services list --enabled --filter=containerscanning.googleapis.com
$ gcloud artifacts docker images list LOCATION-docker.pkg.dev/PROJECT/REPOSITORY \
--show-occurrences",
        ],
    ),
    manual(
        "gke-registry-open-to-users",
        "more people than needed can push images to Google's registry",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "\
IAM bindings with write rights on repositories, and on the bucket behind an old Container \
Registry.",
            matters: "Whoever can push replaces what the cluster runs next.",
            options: "**Let pipelines push and people pull**; make tags immutable.",
            acceptable: "For registries of experiments.",
        },
        &[
            "\
Read the bindings of the repository, the project and the old registry's bucket.
$ gcloud artifacts repositories get-iam-policy REPOSITORY --location=LOCATION
$ gcloud projects get-iam-policy PROJECT --flatten='bindings[].members' \
--filter='bindings.role:artifactregistry OR bindings.role:storage'
$ gcloud storage buckets get-iam-policy gs://artifacts.PROJECT.appspot.com",
        ],
    ),
    manual(
        "gke-registry-writable-by-nodes",
        "nodes of the GKE cluster can write to the registry",
        vector("AV:L/AC:M/Au:N/C:P/I:C/A:P"),
        Documentation {
            finds: "Roles and scopes of the node service account; reading is all it needs.",
            matters: "A pod that gets the node's token could replace images for every cluster.",
            options: "**Grant `roles/artifactregistry.reader` only.**",
            acceptable: "For build clusters with an account of their own.",
        },
        &[
            "\
Find the account, its scopes and its roles.
$ gcloud container node-pools list --cluster CLUSTER \
--format='table(name,config.serviceAccount,config.oauthScopes)'
$ gcloud projects get-iam-policy PROJECT --flatten='bindings[].members' \
--filter='bindings.members:SERVICE_ACCOUNT'",
        ],
    ),
    manual(
        "gke-default-service-account-used",
        "nodes run as the project's default service account",
        vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "Node pools whose service account is `default`.",
            matters: "\
That account is often editor of the whole project; a pod that reaches the metadata service would \
be too.",
            options: "\
**An account with the roles for logging, monitoring and pulling**, and node pools re-created with \
it.",
            acceptable: "When the default account was stripped of its project role.",
        },
        &[
            "\
Look at the pools and at autoprovisioning.
$ gcloud container node-pools list --cluster CLUSTER --format='table(name,config.serviceAccount)'
$ gcloud container clusters describe CLUSTER \
--format='value(autoscaling.autoprovisioningNodePoolDefaults.serviceAccount)'",
        ],
    ),
    manual(
        "gke-workloads-share-node-identity",
        "pods use the GKE node's service account",
        vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Workloads that call Google's APIs without an identity of their own, or with exported keys.",
            matters: "Every pod of the node has the node's rights; exported keys do not expire.",
            options: "**Workload Identity Federation** per Kubernetes service account.",
            acceptable: "For agents that act for the node itself.",
        },
        &[
            "\
See whether it is on and who uses it.
$ gcloud container clusters describe CLUSTER --format='value(workloadIdentityConfig.workloadPool)'
$ kubectl get sa -A -o \
custom-columns=NS:.metadata.namespace,SA:.metadata.name,ACCOUNT:.metadata.annotations.iam\\.gke\\.io/gcp-service-account",
        ],
    ),
    manual(
        "gke-secrets-unencrypted",
        "secrets in GKE are not encrypted with a key of your own",
        vector("AV:L/AC:H/Au:M/C:C/I:N/A:N"),
        Documentation {
            finds: "Application-layer encryption with a Cloud KMS key.",
            matters: "\
With a key of your own, reading a copy of the store needs a right that you grant and that is \
logged.",
            options: "\
**Switch it on** with a key in the same region; losing the key is losing the secrets.",
            acceptable: "Where the provider's own encryption meets your duties.",
        },
        &[
            "\
Look at the state and the key's policy.
$ gcloud container clusters describe CLUSTER \
--format='value(databaseEncryption.state,databaseEncryption.keyName)'
$ gcloud kms keys get-iam-policy KEY --keyring RING --location LOCATION",
        ],
    ),
    manual(
        "gke-legacy-metadata-enabled",
        "nodes answer on the old metadata endpoints",
        vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Node pools without `disable-legacy-endpoints=true`; the old endpoints ask for no header.",
            matters: "A program that can be made to fetch a URL then fetches the node's token.",
            options: "\
**Re-create the pools** with the endpoints off; off is the default since 1.12.",
            acceptable: "Never on current clusters.",
        },
        &[
            "\
Look at the pools' metadata.
$ gcloud container node-pools list --cluster CLUSTER --format='table(name,config.metadata)'",
        ],
    ),
    manual(
        "gke-metadata-server-off",
        "node pools expose the node's metadata to pods",
        vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "Node pools whose metadata mode is not `GKE_METADATA`.",
            matters: "Pods can then read the node's token and the kubelet's bootstrap credential.",
            options: "\
**Switch on the GKE metadata server** with workload identity; pods are restarted by it.",
            acceptable: "For pools whose pods all use the host's network, where it has no effect.",
        },
        &[
            "\
Look at the pools.
$ gcloud container node-pools list --cluster CLUSTER \
--format='table(name,config.workloadMetadataConfig.mode)'",
        ],
    ),
    manual(
        "gke-node-image-general-purpose",
        "GKE nodes run another image than Container-Optimized OS",
        vector("AV:L/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "The image type of the node pools.",
            matters: "The general images bring packages and services that pods never need.",
            options: "\
**`cos_containerd`**: small, verified at boot, updated as a whole. **Ubuntu** for drivers and file \
systems that it lacks.",
            acceptable: "For pools that need such drivers, and Windows pools.",
        },
        &[
            "\
Look at the pools.
$ gcloud container node-pools list --cluster CLUSTER --format='table(name,config.imageType)'",
        ],
    ),
    manual(
        "gke-auto-repair-off",
        "broken GKE nodes are not repaired by themselves",
        vector("AV:L/AC:H/Au:N/C:N/I:N/A:P"),
        Documentation {
            finds: "Node pools without automatic repair.",
            matters: "Nodes that no longer answer also no longer take updates and send no logs.",
            options: "**Switch it on**; a repair drains and replaces the node.",
            acceptable: "For pools whose pods must not be moved, with an alarm instead.",
        },
        &[
            "\
Look at the pools.
$ gcloud container node-pools list --cluster CLUSTER --format='table(name,management.autoRepair)'",
        ],
    ),
    manual(
        "gke-auto-upgrade-off",
        "GKE nodes are not upgraded by themselves",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "Node pools without automatic upgrades.",
            matters: "Nodes stay on releases with published flaws.",
            options: "\
**Switch it on with maintenance windows** and surge upgrades. **By hand** needs somebody who does \
it.",
            acceptable: "When upgrades are driven by a pipeline on a schedule.",
        },
        &[
            "\
Look at the pools and their versions.
$ gcloud container node-pools list --cluster CLUSTER \
--format='table(name,management.autoUpgrade,version)'",
        ],
    ),
    manual(
        "gke-release-channel-unset",
        "the GKE cluster follows no release channel",
        vector("AV:N/AC:H/Au:N/C:P/I:N/A:N"),
        Documentation {
            finds: "\
Whether the cluster is enrolled in a channel: rapid, regular, stable or extended.",
            matters: "Clusters outside a channel fall behind until they are upgraded by force.",
            options: "**Stable or regular** for production; windows and exclusions say when.",
            acceptable: "When a pipeline upgrades on a schedule.",
        },
        &[
            "\
Look at the channel.
$ gcloud container clusters describe CLUSTER \
--format='value(releaseChannel.channel,currentMasterVersion)'",
        ],
    ),
    manual(
        "gke-shielded-nodes-off",
        "GKE nodes do not prove who they are",
        vector("AV:L/AC:M/Au:N/C:C/I:P/A:N"),
        Documentation {
            finds: "\
Whether shielded nodes are on: nodes then join with an identity from the virtual TPM.",
            matters: "\
Without them, a pod with the bootstrap credential can pose as a node and get its secrets.",
            options: "**Switch it on**; nodes are re-created.",
            acceptable: "Never on current clusters, where it is the default.",
        },
        &[
            "\
Look at the setting.
$ gcloud container clusters describe CLUSTER --format='value(shieldedNodes.enabled)'",
        ],
    ),
    manual(
        "gke-integrity-monitoring-off",
        "changes to the boot of GKE nodes are not watched",
        vector("AV:L/AC:H/Au:M/C:N/I:C/A:N"),
        Documentation {
            finds: "Node pools without integrity monitoring.",
            matters: "A changed boot loader or kernel stays unseen.",
            options: "**Switch it on** and alert on failed validations.",
            acceptable: "For pools that live for hours.",
        },
        &[
            "\
Look at the pools.
$ gcloud container node-pools list --cluster CLUSTER \
--format='table(name,config.shieldedInstanceConfig.enableIntegrityMonitoring)'",
        ],
    ),
    manual(
        "gke-secure-boot-off",
        "GKE nodes boot unsigned code",
        vector("AV:L/AC:H/Au:M/C:N/I:C/A:N"),
        Documentation {
            finds: "Node pools without secure boot.",
            matters: "\
An intruder with root can make a kernel or driver of their own survive reboots.",
            options: "**Switch it on**; unsigned drivers no longer load.",
            acceptable: "For pools that need unsigned drivers, such as some for GPUs.",
        },
        &[
            "\
Look at the pools.
$ gcloud container node-pools list --cluster CLUSTER \
--format='table(name,config.shieldedInstanceConfig.enableSecureBoot)'",
        ],
    ),
    manual(
        "gke-flow-logs-off",
        "traffic between GKE pods and outside leaves no record",
        vector("AV:N/AC:H/Au:N/C:N/I:P/A:N"),
        Documentation {
            finds: "\
Flow logs of the cluster's subnets, and intranode visibility, without which traffic between pods \
of one node is not seen.",
            matters: "After an intrusion nobody can tell what was reached and what left.",
            options: "\
**Sampled flow logs** bound the cost; **the network plugin's own flow logs** show pods and \
policies.",
            acceptable: "Where the plugin logs flows.",
        },
        &[
            "\
Look at both.
$ gcloud compute networks subnets describe SUBNET --region REGION --format='value(logConfig)'
$ gcloud container clusters describe CLUSTER \
--format='value(networkConfig.enableIntraNodeVisibility)'",
        ],
    ),
    manual(
        "gke-not-vpc-native",
        "pods of the GKE cluster have no addresses of the VPC",
        vector("AV:A/AC:M/Au:N/C:P/I:P/A:N"),
        Documentation {
            finds: "Whether the cluster uses alias addresses rather than routes.",
            matters: "\
Firewall rules, private access and anti-spoofing of the VPC do not act on pods without them.",
            options: "**A new cluster**: the mode cannot be changed. All new clusters have it.",
            acceptable: "While moving to a new cluster.",
        },
        &[
            "\
Look at the mode.
$ gcloud container clusters describe CLUSTER --format='value(ipAllocationPolicy.useIpAliases)'",
        ],
    ),
    manual(
        "gke-node-firewall-missing",
        "firewall rules let more reach the GKE nodes than needed",
        vector("AV:N/AC:M/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "The VPC's firewall rules and policies that apply to the nodes, in and out.",
            matters: "\
Open node ports, SSH and kubelets are found by scanners within minutes; open egress lets data \
leave.",
            options: "**Rules by the node's service account or tag**; deny the rest.",
            acceptable: "For private nodes in a network that nobody else shares.",
        },
        &[
            "\
Find the nodes' tags, then the rules for them and for everybody.
$ gcloud container node-pools list --cluster CLUSTER --format='table(name,config.tags)'
$ gcloud compute firewall-rules list --filter='network:NETWORK' \
--format='table(name,direction,sourceRanges.list(),allowed[].map().firewall_rule().list(),targetTags.list())'",
        ],
    ),
    manual(
        "gke-managed-certificates-unused",
        "certificates of GKE load balancers are renewed by hand",
        vector("AV:N/AC:H/Au:S/C:P/I:N/A:P"),
        Documentation {
            finds: "\
Ingresses and gateways whose certificates Google does not manage, and Services that are public \
without TLS.",
            matters: "Certificates renewed by hand expire, and their keys lie in Secrets.",
            options: "\
**Managed certificates** for public names; **cert-manager** does the same in the cluster.",
            acceptable: "For private names, and where another system renews.",
        },
        &[
            "\
List certificates and what uses them.
$ kubectl get managedcertificates -A
$ kubectl get ingress -A -o \
custom-columns=NS:.metadata.namespace,NAME:.metadata.name,CERTIFICATES:.metadata.annotations.networking\\.gke\\.io/managed-certificates
$ kubectl get svc -A --field-selector spec.type=LoadBalancer",
        ],
    ),
    manual(
        "gke-logging-off",
        "the GKE cluster sends no logs or metrics",
        vector("AV:N/AC:L/Au:N/C:N/I:P/A:N"),
        Documentation {
            finds: "\
Which components' logs and metrics go to Cloud Logging and Monitoring; admin activity is always \
logged.",
            matters: "Without them intrusions and failures are found late or never.",
            options: "\
**System and workload logs**; volume is charged. **A collector of your own** as well.",
            acceptable: "Where a collector of your own does it.",
        },
        &[
            "\
Look at both.
$ gcloud container clusters describe CLUSTER \
--format='value(loggingConfig.componentConfig.enableComponents,monitoringConfig.componentConfig.enableComponents)'",
        ],
    ),
    manual(
        "gke-auditd-logging-off",
        "GKE nodes keep no operating system audit log",
        vector("AV:L/AC:L/Au:N/C:N/I:P/A:N"),
        Documentation {
            finds: "\
Whether auditd events of Container-Optimized OS are collected; a daemonset of Google's does it.",
            matters: "Logins and programs started on the node itself leave no trace outside.",
            options: "\
**The daemonset**, at the price of volume; **a sensor at run time** sees more.",
            acceptable: "Where a sensor watches the nodes.",
        },
        &[
            "\
Look for the daemonset.
$ kubectl get daemonsets -A -l app=cos-auditd-logging
$ kubectl get daemonsets -A",
        ],
    ),
    manual(
        "gke-basic-authentication-on",
        "the GKE cluster accepts a static password",
        vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "Whether basic authentication is on; it left Kubernetes with 1.19.",
            matters: "\
One password for an administrator that is never changed and can be guessed from outside.",
            options: "**Switch it off**; people sign in with their Google identity.",
            acceptable: "Never.",
        },
        &[
            "\
Look for a user name; none has to be there.
$ gcloud container clusters describe CLUSTER --format='value(masterAuth.username)'",
        ],
    ),
    manual(
        "gke-client-certificate-issued",
        "the GKE cluster has issued a client certificate",
        vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "Whether `masterAuth` holds a client certificate. It cannot be revoked alone.",
            matters: "Whoever copied it stays a user until the cluster's credentials are rotated.",
            options: "**Rotate the credentials** without issuing a new one.",
            acceptable: "When RBAC gives that user nothing.",
        },
        &[
            "\
Look for the certificate and at what its user may do.
$ gcloud container clusters describe CLUSTER --format='value(masterAuth.clientCertificate)'
$ kubectl auth can-i --list --as=client",
        ],
    ),
    manual(
        "gke-users-not-in-groups",
        "rights in the GKE cluster are given to people one by one",
        vector("AV:N/AC:H/Au:M/C:P/I:P/A:N"),
        Documentation {
            finds: "\
Whether Google Groups for RBAC is on, and whether bindings name groups or people.",
            matters: "People keep rights when they change roles, for nobody remembers the binding.",
            options: "**Groups under `gke-security-groups`** that your directory fills.",
            acceptable: "For clusters with one or two users.",
        },
        &[
            "\
Look at the setting and the subjects of bindings.
$ gcloud container clusters describe CLUSTER --format='value(authenticatorGroupsConfig)'
$ kubectl get clusterrolebindings,rolebindings -A -o json | jq -r '.items[] | .subjects[]? | \
select(.kind == \"User\") | .name' | sort | uniq -c",
        ],
    ),
    manual(
        "gke-abac-enabled",
        "the GKE cluster still uses legacy authorization",
        vector("AV:N/AC:L/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "Whether attribute-based authorization is on besides RBAC.",
            matters: "\
Every service account and static credential then has nearly full rights, whatever RBAC says.",
            options: "**Switch it off** and bind what breaks.",
            acceptable: "Never.",
        },
        &[
            "\
Look at the setting.
$ gcloud container clusters describe CLUSTER --format='value(legacyAbac.enabled)'",
        ],
    ),
    manual(
        "gke-disks-without-own-key",
        "volumes of GKE pods are not encrypted with a key of your own",
        vector("AV:L/AC:H/Au:M/C:C/I:N/A:N"),
        Documentation {
            finds: "Storage classes and disks without a Cloud KMS key.",
            matters: "With a key of your own, access can be cut at once and every use is logged.",
            options: "\
**A storage class with `disk-encryption-kms-key`**; existing volumes have to be copied.",
            acceptable: "Where the provider's own encryption meets your duties.",
        },
        &[
            "\
Look at the classes and the disks.
$ kubectl get storageclasses -o \
custom-columns=NAME:.metadata.name,KEY:.parameters.disk-encryption-kms-key
$ gcloud compute disks list --format='table(name,diskEncryptionKey.kmsKeyName)'",
        ],
    ),
    manual(
        "gke-boot-disks-without-own-key",
        "boot disks of GKE nodes are not encrypted with a key of your own",
        vector("AV:L/AC:H/Au:M/C:C/I:N/A:N"),
        Documentation {
            finds: "\
Node pools without a Cloud KMS key for boot disks, where images, logs and empty-dir volumes lie.",
            matters: "With a key of your own, access can be cut at once and every use is logged.",
            options: "**Re-create the pools** with the key.",
            acceptable: "Where the provider's own encryption meets your duties.",
        },
        &[
            "\
Look at the pools.
$ gcloud container node-pools list --cluster CLUSTER --format='table(name,config.bootDiskKmsKey)'",
        ],
    ),
    manual(
        "gke-dashboard-enabled",
        "the GKE add-on for the web dashboard is on",
        vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "Whether the cluster's dashboard add-on is enabled.",
            matters: "The old add-on ran with wide rights; whoever reached it had them.",
            options: "**Switch it off**; the console shows the same with the viewer's own rights.",
            acceptable: "Never.",
        },
        &[
            "\
Look at the add-on.
$ gcloud container clusters describe CLUSTER --format='value(addonsConfig.kubernetesDashboard)'",
        ],
    ),
    manual(
        "gke-alpha-cluster",
        "production runs on a GKE alpha cluster",
        vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Whether the cluster has all alpha features; such clusters are never upgraded and end after 30 \
days.",
            matters: "Unfinished features without security fixes.",
            options: "**A standard cluster.**",
            acceptable: "For trying features.",
        },
        &[
            "\
Look at the setting.
$ gcloud container clusters describe CLUSTER --format='value(enableKubernetesAlpha)'",
        ],
    ),
    manual(
        "gke-binary-authorization-off",
        "the GKE cluster runs images without attestation",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "Whether Binary Authorization is on, and what its policy allows.",
            matters: "Any image that somebody can name will run.",
            options: "\
**Attestations of your pipeline**, or at least an allow-list; start with dry runs. **Another \
verifier** in the cluster.",
            acceptable: "Where another verifier does it.",
        },
        &[
            "\
Look at mode and policy; `ALWAYS_ALLOW` verifies nothing.
$ gcloud container clusters describe CLUSTER --format='value(binaryAuthorization.evaluationMode)'
$ gcloud container binauthz policy export",
        ],
    ),
    manual(
        "gke-security-command-center-off",
        "Security Command Center does not watch the project",
        vector("AV:N/AC:H/Au:N/C:N/I:P/A:N"),
        Documentation {
            finds: "\
Whether the organisation's Security Command Center covers the cluster's project.",
            matters: "Findings about leaked keys, open buckets and attacks reach nobody.",
            options: "**The standard tier** is free; **premium** detects threats in containers.",
            acceptable: "Where another system does it.",
        },
        &[
            "\
See whether it is on and whether somebody reads it.
$ gcloud services list --enabled --filter=securitycenter.googleapis.com
$ gcloud scc findings list ORGANIZATION --filter='state=\"ACTIVE\"' --limit=5",
        ],
    ),
    manual(
        "gke-security-posture-off",
        "the GKE security posture dashboard is off",
        vector("AV:N/AC:H/Au:S/C:N/I:P/A:N"),
        Documentation {
            finds: "\
Whether the cluster's workloads are checked by the provider for configuration and known flaws.",
            matters: "Nobody notices drift between scans.",
            options: "\
**Basic mode** is free; **this scan on a schedule** answers the same question.",
            acceptable: "Where another system checks continuously.",
        },
        &[
            "\
Look at the setting.
$ gcloud container clusters describe CLUSTER \
--format='value(securityPostureConfig.mode,securityPostureConfig.vulnerabilityMode)'",
        ],
    ),
];
