//! Alibaba Cloud ACK.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "ack-leaked-kubeconfig-valid",
        "kubeconfigs that may have leaked still work",
        vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Client certificates that ACK issued to people who left, changed roles or lost them.",
            matters: "\
The certificate keeps its rights until it expires or is revoked by the provider.",
            options: "\
**Revoke in the console or by API** when in doubt; **issue temporary kubeconfigs** in the first \
place.",
            acceptable: "When none was lost and holders are reviewed.",
        },
        &["\
List who holds one and until when, and compare with who should.
$ aliyun cs ListClusterKubeconfigStates --ClusterId CLUSTER_ID
$ kubectl config view --minify --raw -o jsonpath='{.users[0].user.client-certificate-data}' | \
base64 -d | openssl x509 -noout -subject -enddate"],
    ),
    manual(
        "ack-images-unscanned",
        "images in the Alibaba registry are not scanned for known flaws",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "Whether the Container Registry scans images, or another scanner does.",
            matters: "Published flaws stay in running images until somebody looks.",
            options: "\
**Scanning on push** in the Enterprise Edition; **your pipeline's scanner** with a rule that \
stops.",
            acceptable: "For repositories that nothing deploys from.",
        },
        &["\
Look at the scan rules and results.
$ aliyun cr ListScanRule --InstanceId INSTANCE
$ aliyun cr ListRepository --InstanceId INSTANCE"],
    ),
    manual(
        "ack-registry-open-to-users",
        "more people than needed can push images to the Alibaba registry",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "RAM policies with push rights on the registry.",
            matters: "Whoever can push replaces what the cluster runs next.",
            options: "**Let pipelines push and people pull**; make tags immutable.",
            acceptable: "For registries of experiments.",
        },
        &["\
Read who holds registry policies.
$ aliyun ram ListEntitiesForPolicy --PolicyType System --PolicyName \
AliyunContainerRegistryFullAccess"],
    ),
    manual(
        "ack-registry-writable-by-nodes",
        "the ACK cluster's identity can write to the registry",
        vector("AV:L/AC:M/Au:N/C:P/I:C/A:P"),
        Documentation {
            finds: "The RAM role of the worker nodes; pulling is all it needs.",
            matters: "\
A pod that gets the role's token from the metadata service could replace images.",
            options: "**Grant read only** and use the password-free pull component.",
            acceptable: "For build clusters with a role of their own.",
        },
        &["\
Find the role and its policies.
$ aliyun cs GET /clusters/CLUSTER_ID
$ aliyun ram ListPoliciesForRole --RoleName ROLE"],
    ),
    manual(
        "ack-secrets-unencrypted",
        "secrets in ACK are not encrypted with a KMS key",
        vector("AV:L/AC:M/Au:N/C:C/I:N/A:N"),
        Documentation {
            finds: "Whether the cluster encrypts secrets at rest with a key of KMS.",
            matters: "Without it a copy of the store is a copy of all credentials.",
            options: "**Switch it on** for ACK Pro clusters; losing the key is losing the secrets.",
            acceptable: "For clusters without credentials of worth.",
        },
        &["\
Look at the cluster's encryption setting and the key's policy.
$ aliyun cs GET /clusters/CLUSTER_ID
$ aliyun kms ListKeys"],
    ),
    manual(
        "ack-disks-unencrypted",
        "disks of ACK nodes or volumes are not encrypted",
        vector("AV:L/AC:M/Au:N/C:C/I:N/A:N"),
        Documentation {
            finds: "System disks, data disks and the storage classes that volumes come from.",
            matters: "Snapshots and disks that leave your hands can be read.",
            options: "\
**Encrypt in node pools and storage classes** (`encrypted: \"true\"` with a key of KMS).",
            acceptable: "For disks that hold nothing of worth.",
        },
        &["\
Look at the disks and the classes.
$ aliyun ecs DescribeDisks --RegionId REGION --Encrypted false
$ kubectl get storageclasses -o yaml"],
    ),
    manual(
        "ack-audit-logs-off",
        "the ACK cluster keeps no audit log",
        vector("AV:N/AC:L/Au:N/C:N/I:P/A:N"),
        Documentation {
            finds: "Whether audit events go to the Log Service, and how long they are kept.",
            matters: "Without them nobody can tell afterwards who did what.",
            options: "**Switch on cluster auditing**; the Log Service charges by volume.",
            acceptable: "For clusters that live for hours.",
        },
        &["\
Look at the audit project of the cluster.
$ aliyun cs GET /clusters/CLUSTER_ID/audit"],
    ),
    manual(
        "ack-security-center-off",
        "Security Center does not watch the ACK cluster",
        vector("AV:N/AC:H/Au:N/C:N/I:P/A:N"),
        Documentation {
            finds: "\
Whether Alibaba's Security Center, or another watcher at run time, covers nodes and containers.",
            matters: "Intrusions that no configuration check can see stay unseen.",
            options: "**Security Center's container plan**, or **a sensor of another maker**.",
            acceptable: "Where another sensor does the work.",
        },
        &["\
See which nodes it covers.
$ aliyun sas DescribeCloudCenterInstances
$ kubectl get daemonsets -A"],
    ),
    manual(
        "ack-confidential-computing-unused",
        "confidential data is processed in memory that the host can read",
        vector("AV:L/AC:H/Au:M/C:C/I:N/A:N"),
        Documentation {
            finds: "\
Workloads whose data nobody else, the provider included, may read, and whether they run in a \
trusted execution environment.",
            matters: "Whoever controls the host reads the memory of ordinary containers.",
            options: "\
**TEE node pools** (SGX, TDX) for those workloads; programs may need changes.",
            acceptable: "For all data that the provider may process.",
        },
        &["\
Ask which data that is, and whether its nodes offer it.
$ kubectl get nodes -o json | jq -r '.items[] | \"\\(.metadata.name) \\(.status.allocatable | \
keys)\"'"],
    ),
    manual(
        "ack-projected-tokens-unused",
        "workloads use service account tokens that never expire",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        Documentation {
            finds: "Pods that mount tokens from Secrets rather than projected, bound tokens.",
            matters: "A token from a Secret works from anywhere until the Secret is deleted.",
            options: "\
**Projected tokens** (the default since 1.21), with an audience of their own for other services.",
            acceptable: "For old programs that read a token once and never again.",
        },
        &["\
List tokens in Secrets and pods that mount them.
$ kubectl get secrets -A --field-selector type=kubernetes.io/service-account-token
$ kubectl get pods -A -o json | jq -r '.items[] | .metadata as $m | .spec.volumes[]? | \
select(.projected.sources[]?.serviceAccountToken) | \"\\($m.namespace)/\\($m.name)\"'"],
    ),
];
