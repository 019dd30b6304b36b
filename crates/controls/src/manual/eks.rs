//! Amazon EKS.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "eks-control-plane-logs-off",
        "the EKS control plane sends no audit log",
        vector("AV:N/AC:L/Au:N/C:N/I:P/A:N"),
        Documentation {
            finds: "\
Which log types of the control plane go to CloudWatch: `api`, `audit`, `authenticator`, \
`controllerManager`, `scheduler`.",
            matters: "Without `audit` and `authenticator` nobody can tell afterwards who did what.",
            options: "**Switch on all five**, or at least these two; CloudWatch charges by volume.",
            acceptable: "For clusters that live for hours.",
        },
        &[
            "\
Look at the types that are on.
$ aws eks describe-cluster --name CLUSTER --query cluster.logging.clusterLogging",
        ],
    ),
    manual(
        "eks-audit-logs-not-kept",
        "audit logs of the EKS control plane are not kept or read",
        vector("AV:N/AC:L/Au:S/C:N/I:P/A:N"),
        Documentation {
            finds: "\
How long the log group keeps events, where they go from there, and what raises an alarm.",
            matters: "\
Logs that expire within days, or that nobody reads, show an intrusion too late.",
            options: "\
**Set a retention** that matches your duties; **export** to storage that administrators of the \
cluster cannot delete; **GuardDuty** reads audit logs by itself.",
            acceptable: "Where another system receives the events.",
        },
        &[
            "\
Look at retention, subscriptions and alarms.
$ aws logs describe-log-groups --log-group-name-prefix /aws/eks/CLUSTER/cluster --query \
'logGroups[].[logGroupName,retentionInDays]'
$ aws logs describe-subscription-filters --log-group-name /aws/eks/CLUSTER/cluster
$ aws guardduty list-detectors",
        ],
    ),
    manual(
        "eks-images-unscanned",
        "images in ECR are not scanned for known flaws",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
The scanning settings of the registry and its repositories, or a scanner of another maker.",
            matters: "Published flaws stay in running images until somebody looks.",
            options: "\
**Basic scanning on push** is free, **enhanced scanning** repeats as new flaws appear. **Your \
pipeline's scanner** as well, with a rule that stops.",
            acceptable: "For repositories that nothing deploys from.",
        },
        &[
            "\
Look at the registry's rules and at each repository.
$ aws ecr get-registry-scanning-configuration
$ aws ecr describe-repositories --query \
'repositories[].[repositoryName,imageScanningConfiguration.scanOnPush]'",
        ],
    ),
    manual(
        "eks-registry-open-to-users",
        "more people than needed can push images to ECR",
        vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "IAM policies and repository policies with `ecr:PutImage` and related actions.",
            matters: "Whoever can push replaces what the cluster runs next.",
            options: "**Let pipelines push and people pull**; make tags immutable.",
            acceptable: "For registries of experiments.",
        },
        &[
            "\
Read the repository policies and who else may push by IAM.
$ aws ecr get-repository-policy --repository-name REPOSITORY
$ aws ecr describe-repositories --query 'repositories[].[repositoryName,imageTagMutability]'
$ aws iam list-entities-for-policy --policy-arn \
arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser",
        ],
    ),
    manual(
        "eks-registry-writable-by-nodes",
        "nodes can write to ECR",
        vector("AV:L/AC:M/Au:N/C:P/I:C/A:P"),
        Documentation {
            finds: "The node role's rights on the registry; pulling is all a node needs.",
            matters: "\
A pod that gets the node's credentials from the metadata service could replace images for the \
whole fleet.",
            options: "\
**Attach only `AmazonEC2ContainerRegistryPullOnly` or `AmazonEC2ContainerRegistryReadOnly`.**",
            acceptable: "For build nodes with a role of their own.",
        },
        &[
            "\
Read what the node role carries.
$ aws eks describe-nodegroup --cluster-name CLUSTER --nodegroup-name GROUP --query \
nodegroup.nodeRole
$ aws iam list-attached-role-policies --role-name ROLE
$ aws iam list-role-policies --role-name ROLE",
        ],
    ),
    manual(
        "eks-workloads-share-node-identity",
        "pods use the node's IAM role",
        vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Workloads that call AWS without a role of their own, and whether pods reach the instance metadata \
service.",
            matters: "\
Every pod of the node then has the sum of all rights, and one compromised pod has them too.",
            options: "\
**EKS Pod Identity** or **IAM roles for service accounts**, together with a hop limit of 1 for \
instance metadata.",
            acceptable: "For agents that act for the node itself.",
        },
        &[
            "\
See which accounts have roles, and how far metadata reaches.
$ aws eks list-pod-identity-associations --cluster-name CLUSTER
$ kubectl get sa -A -o \
custom-columns=NS:.metadata.namespace,SA:.metadata.name,ROLE:.metadata.annotations.eks\\.amazonaws\\.com/role-arn
$ aws ec2 describe-instances --query \
'Reservations[].Instances[].[InstanceId,MetadataOptions.HttpTokens,MetadataOptions.HttpPutResponseHopLimit]'",
        ],
    ),
    manual(
        "eks-secrets-unencrypted",
        "secrets in EKS are not encrypted with a key of your own",
        vector("AV:L/AC:H/Au:M/C:C/I:N/A:N"),
        Documentation {
            finds: "The cluster's `encryptionConfig`, and the policy of the KMS key it names.",
            matters: "\
With a key of your own, reading a copy of the store needs a right that you grant and a call that \
CloudTrail shows.",
            options: "\
**Add the key**; it can be done on a running cluster and cannot be taken back. Since 1.28 AWS \
encrypts all objects with a key it owns.",
            acceptable: "Where the provider's own encryption meets your duties.",
        },
        &[
            "\
Look for the configuration and who may use the key.
$ aws eks describe-cluster --name CLUSTER --query cluster.encryptionConfig
$ aws kms get-key-policy --key-id KEY --policy-name default",
        ],
    ),
    manual(
        "eks-users-outside-iam",
        "people reach the EKS cluster past IAM",
        vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "\
How people authenticate: by IAM through access entries or the `aws-auth` map, by OpenID Connect, \
or with tokens and certificates made in the cluster.",
            matters: "\
Credentials made in the cluster outlive the person's account and have no second factor.",
            options: "\
**IAM roles that people assume**, mapped to groups; old clients need an update to fetch tokens by \
themselves.",
            acceptable: "For one break-glass credential.",
        },
        &[
            "\
Read how identities are mapped, and look for tokens in use by people.
$ aws eks list-access-entries --cluster-name CLUSTER
$ kubectl get configmap aws-auth -n kube-system -o yaml
$ kubectl get secrets -A --field-selector type=kubernetes.io/service-account-token",
        ],
    ),
    manual(
        "eks-access-entries-unused",
        "access to the EKS cluster is managed in a ConfigMap only",
        vector("AV:N/AC:H/Au:M/C:C/I:C/A:C"),
        Documentation {
            finds: "\
The cluster's authentication mode, access entries with their policies, and who still stands in \
`aws-auth`.",
            matters: "\
The ConfigMap has no history, and who may edit it makes themselves administrator; a broken one \
locks everybody out. Whoever created the cluster stays a hidden administrator.",
            options: "\
**Mode `API`** ends the ConfigMap. **`API_AND_CONFIG_MAP`** for the time of moving.",
            acceptable: "While moving.",
        },
        &[
            "\
Read the mode and the entries.
$ aws eks describe-cluster --name CLUSTER --query cluster.accessConfig
$ aws eks list-access-entries --cluster-name CLUSTER
$ aws eks list-associated-access-policies --cluster-name CLUSTER --principal-arn ARN",
        ],
    ),
];
