//! Red Hat OpenShift: what its operators set, and constraints.

use super::manual;
use crate::control::{Control, Documentation};
use crate::row::vector;

pub(crate) const CONTROLS: &[Control] = &[
    manual(
        "openshift-anonymous-requests-unauthorized",
        "anonymous requests to OpenShift are not held by RBAC",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
Bindings of `system:unauthenticated` and `system:anonymous`. OpenShift leaves anonymous \
authentication on, for health checks and sign-in.",
            matters: "What these subjects may do, everybody may do.",
            options: "**Keep the default bindings only**; remove what was added.",
            acceptable: "For the default bindings of discovery, webhooks and sign-in.",
        },
        &["\
List the bindings and compare them with a fresh cluster of the same release.
$ oc get clusterrolebindings,rolebindings -A -o json | jq -r '.items[] | select(any(.subjects[]?; \
.name == \"system:unauthenticated\" or .name == \"system:anonymous\")) | \"\\(.kind) \
\\(.metadata.namespace // \"-\") \\(.metadata.name) -> \\(.roleRef.name)\"'"],
    ),
    manual(
        "openshift-request-priorities-off",
        "OpenShift's API server does not share its capacity by priority",
        vector("AV:N/AC:M/Au:S/C:N/I:N/A:P"),
        Documentation {
            finds: "\
Whether priority and fairness is on, with its flow schemas; OpenShift relies on it in place of the \
event rate limit.",
            matters: "One noisy client can starve controllers and nodes.",
            options: "\
**Leave it on**, as it is by default; since 1.29 it cannot be switched off by a gate.",
            acceptable: "Never on a shared cluster.",
        },
        &["\
Look at the arguments and the schemas.
$ oc get kubeapiservers.operator.openshift.io cluster -o \
jsonpath='{.spec.observedConfig.apiServerArguments}'
$ oc get flowschemas"],
    ),
    manual(
        "openshift-always-pull-images-on",
        "AlwaysPullImages is on although OpenShift does without it",
        vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        Documentation {
            finds: "\
Whether the plugin is on. OpenShift's guidance is the opposite of upstream's: nodes have to run \
cached images when the internal registry is away.",
            matters: "\
With it on, a failing registry keeps pods of the control plane from starting.",
            options: "\
**Leave it off** and keep nodes to one tenant; **switch it on** where tenants share nodes and \
private images.",
            acceptable: "When tenants share nodes.",
        },
        &["\
Look for the plugin among the enabled ones.
$ oc get configmap config -n openshift-kube-apiserver -o json | jq -r '.data[\"config.yaml\"]' | \
jq '.apiServerArguments[\"enable-admission-plugins\"]'"],
    ),
    manual(
        "openshift-apiserver-health-open",
        "health and metrics of OpenShift's API server are open to unauthorized callers",
        vector("AV:N/AC:M/Au:S/C:P/I:N/A:N"),
        Documentation {
            finds: "\
Who may read `/healthz`, `/livez`, `/readyz`, `/metrics` and `/debug` of the API server.",
            matters: "\
Details of health and profiling tell an intruder what runs and where it hurts.",
            options: "\
**RBAC on these paths**, as by default; the bare health answer may stay open for load balancers.",
            acceptable: "For the answer `ok` without details.",
        },
        &["\
Ask without and with a token that has no rights; metrics and debug have to be refused.
$ curl -k https://API:6443/metrics
$ oc auth can-i get /metrics --as=system:anonymous --as-group=system:unauthenticated"],
    ),
    manual(
        "openshift-audit-logs-not-forwarded",
        "OpenShift's audit logs stay on the cluster's nodes",
        vector("AV:N/AC:L/Au:S/C:N/I:P/A:N"),
        Documentation {
            finds: "\
Whether logs of the API servers leave the control plane nodes for a store of their own.",
            matters: "\
Who takes a control plane node can delete its traces, and the files rotate within hours or days.",
            options: "\
**The logging operator's forwarder** to a store, or **a collector of your own**.",
            acceptable: "For clusters that live for hours.",
        },
        &["\
Look for a forwarder that includes `audit`.
$ oc get clusterlogforwarders -A -o yaml"],
    ),
    manual(
        "openshift-unsupported-overrides",
        "OpenShift operators run with unsupported overrides",
        vector("AV:N/AC:H/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
`unsupportedConfigOverrides` of the operators of the API server, controller manager, scheduler and \
etcd.",
            matters: "\
Overrides bypass the operators' own checks and can switch any protection off unseen.",
            options: "**Remove them**; use the supported fields.",
            acceptable: "For the length of a support case.",
        },
        &["\
Each of these has to be empty.
$ oc get kubeapiservers.operator.openshift.io cluster -o \
jsonpath='{.spec.unsupportedConfigOverrides}'
$ oc get kubecontrollermanagers.operator.openshift.io cluster -o \
jsonpath='{.spec.unsupportedConfigOverrides}'
$ oc get kubeschedulers.operator.openshift.io cluster -o \
jsonpath='{.spec.unsupportedConfigOverrides}'
$ oc get etcds.operator.openshift.io cluster -o jsonpath='{.spec.unsupportedConfigOverrides}'"],
    ),
    manual(
        "openshift-garbage-collection-unset",
        "OpenShift nodes have no thresholds for eviction and image cleaning",
        vector("AV:L/AC:M/Au:N/C:N/I:N/A:P"),
        Documentation {
            finds: "\
`evictionHard`, `imageGCHighThresholdPercent`, `imageGCLowThresholdPercent` and \
`imageMinimumGCAge` of the kubelets.",
            matters: "A node whose disk or memory is full stops working for everybody on it.",
            options: "**A KubeletConfig object** per pool; too eager thresholds evict needlessly.",
            acceptable: "When the defaults fit the disks of the nodes.",
        },
        &["\
Look at what the kubelets run with.
$ oc get kubeletconfigs -o yaml
$ oc get --raw /api/v1/nodes/NODE/proxy/configz | jq '.kubeletconfig | {evictionHard, \
imageGCHighThresholdPercent, imageGCLowThresholdPercent, imageMinimumGCAge}'"],
    ),
    manual(
        "openshift-controller-manager-health-open",
        "OpenShift's controller manager answers callers without rights",
        vector("AV:A/AC:L/Au:S/C:P/I:N/A:N"),
        Documentation {
            finds: "\
Its secure port: metrics and health have to ask for authorization, the insecure port has to be \
off.",
            matters: "Metrics name objects of all namespaces; profiling shows memory.",
            options: "**Keep the defaults.**",
            acceptable: "For the bare health answer.",
        },
        &["\
Ask from a pod with an account without rights: the answer has to be 403.
$ oc get pods -n openshift-kube-controller-manager -l kube-controller-manager=true -o \
jsonpath='{.items[*].spec.containers[0].args}'
$ oc auth can-i get /metrics --as=system:serviceaccount:default:default"],
    ),
    manual(
        "openshift-scheduler-health-open",
        "OpenShift's scheduler answers callers without rights",
        vector("AV:A/AC:L/Au:S/C:P/I:N/A:N"),
        Documentation {
            finds: "\
Its secure port: metrics and health have to ask for authentication and authorization.",
            matters: "Metrics name objects of all namespaces; profiling shows memory.",
            options: "**Keep the defaults.**",
            acceptable: "For the bare health answer.",
        },
        &["\
Ask from a pod with an account without rights: the answer has to be 403.
$ oc get pods -n openshift-kube-scheduler -l app=openshift-kube-scheduler -o \
jsonpath='{.items[*].spec.containers[0].args}'
$ oc auth can-i get /metrics --as=system:serviceaccount:default:default"],
    ),
    manual(
        "openshift-kernel-defaults-protected",
        "\
OpenShift's kubelets set protectKernelDefaults although the platform tunes the kernel itself",
        vector("AV:L/AC:H/Au:N/C:N/I:N/A:P"),
        Documentation {
            finds: "\
Whether `protectKernelDefaults` is set. OpenShift asks for it to be absent: the platform owns \
these parameters (the node tuning operator, tuned before it).",
            matters: "\
A kubelet that refuses other values than its own does not start after the operator changed them.",
            options: "\
**Leave it unset** and let the operator tune. **Set it** once the parameters are proven equal.",
            acceptable: "When the node's parameters match the kubelet's.",
        },
        &["\
Look at what the kubelets run with.
$ oc get --raw /api/v1/nodes/NODE/proxy/configz | jq .kubeletconfig.protectKernelDefaults"],
    ),
    manual(
        "openshift-constraints-unused",
        "OpenShift's security context constraints do not hold pods",
        vector("AV:N/AC:M/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Whether constraints are in force: which exist, with which priority, and that the default for users \
is a restricted one.",
            matters: "Without them pods run privileged, as root or on the host's network.",
            options: "\
**`restricted-v2` for users**; exceptions are constraints of their own for named accounts.",
            acceptable: "Never.",
        },
        &["\
List the constraints, and what pods were admitted under.
$ oc get scc
$ oc get pods -A -o json | jq -r '.items[] | \"\\(.metadata.namespace) \
\\(.metadata.annotations[\"openshift.io/scc\"] // \"-\")\"' | sort | uniq -c"],
    ),
    manual(
        "openshift-constraints-unreviewed",
        "nobody has reviewed OpenShift's security context constraints",
        vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        Documentation {
            finds: "Constraints that were added or changed, and what they allow.",
            matters: "\
One permissive constraint with a high priority silently applies to everybody who may use it.",
            options: "**Keep the shipped ones as they are**; add narrow ones.",
            acceptable: "After a review that is on record.",
        },
        &["\
Compare them with a fresh cluster of the same release.
$ oc get scc -o yaml"],
    ),
    manual(
        "openshift-privileged-constraints-granted",
        "privileged security context constraints are granted widely",
        vector("AV:N/AC:L/Au:S/C:C/I:C/A:C"),
        Documentation {
            finds: "\
Users, groups and service accounts that may use `privileged`, `hostaccess`, `hostmount-anyuid`, \
`hostnetwork` or `anyuid`.",
            matters: "Using `privileged` is root on the node.",
            options: "**Grant by role to single service accounts** of node agents.",
            acceptable: "For agents of the platform.",
        },
        &["\
Ask who may use them.
$ oc adm policy who-can use scc privileged
$ oc adm policy who-can use scc hostaccess
$ oc adm policy who-can use scc anyuid"],
    ),
    manual(
        "openshift-image-registries-unrestricted",
        "OpenShift runs images of any registry",
        vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        Documentation {
            finds: "\
The image controller's configuration: `registrySources`, `allowedRegistriesForImport` and \
signature policies.",
            matters: "Any image that somebody can name will run.",
            options: "\
**`allowedRegistries`** must list the platform's own registries too. **`ClusterImagePolicy`** \
verifies signatures.",
            acceptable: "For development clusters without access to production.",
        },
        &["\
Look at the configuration.
$ oc get images.config.openshift.io cluster -o yaml
$ oc get clusterimagepolicies"],
    ),
    manual(
        "openshift-malformed-updates-rejected",
        "OpenShift 3 does not repair malformed updates",
        vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        Documentation {
            finds: "`repair-malformed-updates` of the master's configuration; unset is right.",
            matters: "Clients of old releases fail on updates in ways that are hard to understand.",
            options: "**Leave it unset.**",
            acceptable: "When all clients are known to send well-formed updates.",
        },
        &["\
Look at the master's configuration.
$ grep -n -A1 repair-malformed-updates /etc/origin/master/master-config.yaml"],
    ),
    manual(
        "openshift-etcd-write-ahead-log-shared",
        "etcd of OpenShift 3 keeps its write-ahead log on the disk of its data",
        vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        Documentation {
            finds: "`ETCD_WAL_DIR`, and which disk it is on.",
            matters: "Slow or full disks then stop etcd and with it the cluster.",
            options: "**A disk of its own** for heavily used clusters.",
            acceptable: "When the disk is fast and has room.",
        },
        &["\
Look at the setting and the disks.
$ grep WAL_DIR /etc/etcd/etcd.conf
$ df /var/lib/etcd"],
    ),
    manual(
        "openshift-etcd-write-ahead-log-unlimited",
        "etcd of OpenShift 3 keeps write-ahead log files without a limit",
        vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        Documentation {
            finds: "`ETCD_MAX_WALS`; 0 means no limit, the default is 5.",
            matters: "A full disk stops etcd and with it the cluster.",
            options: "**Keep the default**, or more where the disk is large.",
            acceptable: "While a failure is examined.",
        },
        &["\
Look at the setting.
$ grep MAX_WALS /etc/etcd/etcd.conf"],
    ),
    manual(
        "openshift-client-ca-overridden",
        "OpenShift 3 trusts another client CA than the one it manages",
        vector("AV:N/AC:H/Au:M/C:C/I:C/A:C"),
        Documentation {
            finds: "\
`servingInfo.clientCA` of the master's configuration. The OpenShift 3 guide asks for it to be as \
installed, where the platform's own bundle is used.",
            matters: "\
Whoever holds the key of an added CA can issue client certificates for any user.",
            options: "**Leave it to the platform**; add identity providers instead of a CA.",
            acceptable: "\
When the CA is yours, is guarded like the platform's and issues short certificates.",
        },
        &["\
Look at the configuration and at the certificates of the bundle it names.
$ grep -n -i clientCA /etc/origin/master/master-config.yaml
$ openssl x509 -noout -subject -enddate -in /etc/origin/master/ca.crt"],
    ),
];
