//! Cases of the technique, which are its tests; those of each operator stand in `tests/peers_reach.rs`.

use crate::technique::Example;

pub(super) static EXAMPLES: &[Example] = &[
    Example {
        objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer, namespace: shop}
rules: [{apiGroups: [kustomize.toolkit.fluxcd.io], resources: [kustomizations], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: kustomize-controller, namespace: flux-system}
spec:
  template:
    spec:
      serviceAccountName: kustomize-controller
      containers: [{name: manager, image: 'ghcr.io/fluxcd/kustomize-controller:v1.7.0', args: [--watch-all-namespaces]}]
",
        from: "user jane",
        to: "serviceaccount flux-system/kustomize-controller",
        without: &[
            ("verbs: [create]", "verbs: [list]"),
            ("resources: [kustomizations]", "resources: [kustomizations/status]"),
            ("[kustomize.toolkit.fluxcd.io]", "[helm.toolkit.fluxcd.io]"),
            ("fluxcd/kustomize-controller:", "fluxcd/source-controller:"),
            ("[--watch-all-namespaces]", "[--watch-all-namespaces=false]"),
            ("[--watch-all-namespaces]", "[--default-service-account=default]"),
        ],
    },
    // Argo CD acts on Applications in its own namespace.
    Example {
        objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer, namespace: argocd}
rules: [{apiGroups: [argoproj.io], resources: [applications], verbs: [patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer, namespace: argocd}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: argocd-application-controller, namespace: argocd}
spec:
  template:
    spec:
      serviceAccountName: argocd-application-controller
      containers: [{name: controller, image: 'quay.io/argoproj/argocd:v3.2.0', args: [/usr/local/bin/argocd-application-controller]}]
",
        from: "user jane",
        to: "serviceaccount argocd/argocd-application-controller",
        without: &[
            ("argocd-application-controller, namespace: argocd}", "argocd-application-controller, namespace: other}"),
            ("bin/argocd-application-controller]", "bin/argocd-server]"),
            ("resources: [applications]", "resources: [rollouts]"),
        ],
    },
    // Workflows run as any service account of their namespace.
    Example {
        objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: runner}
rules: [{apiGroups: [argoproj.io], resources: [workflows], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: runner, namespace: jobs}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: runner}
subjects: [{kind: ServiceAccount, name: runner, namespace: shop}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: admin, namespace: jobs}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: workflow-controller, namespace: argo}
spec:
  template:
    spec:
      serviceAccountName: argo
      containers: [{name: workflow-controller, image: 'quay.io/argoproj/workflow-controller:v3.7.0', args: [--loglevel, info]}]
",
        from: "serviceaccount shop/runner",
        to: "serviceaccount jobs/admin",
        without: &[
            ("resources: [workflows]", "resources: [workflowtemplates]"),
            ("{name: admin, namespace: jobs}", "{name: admin, namespace: shop}"),
            ("[--loglevel, info]", "[--namespaced]"),
            ("quay.io/argoproj/workflow-controller", "quay.io/acme/workflow-controller"),
        ],
    },
    // Velero runs the hooks of backups with its own rights.
    Example {
        objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: backups, namespace: velero}
rules: [{apiGroups: [velero.io], resources: [backups], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: backups, namespace: velero}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: backups}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: velero}
rules: [{apiGroups: [''], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: velero}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: velero}
subjects: [{kind: ServiceAccount, name: velero, namespace: velero}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: velero, namespace: velero}
spec:
  template:
    spec:
      serviceAccountName: velero
      containers: [{name: velero, image: 'velero/velero:v1.17.0', command: [/velero], args: [server]}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: web}]}
",
        from: "user jane",
        to: "pod shop/web",
        without: &[
            ("resources: [backups]", "resources: [downloadrequests]"),
            ("args: [server]", "args: [node-agent, server]"),
            ("resources: [pods/exec]", "resources: [pods]"),
            ("velero, namespace: velero}\nspec", "velero, namespace: other}\nspec"),
        ],
    },
    // A store names the server that is sent the token.
    Example {
        objects: "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: stores, namespace: shop}
rules: [{apiGroups: [external-secrets.io], resources: [secretstores], verbs: [update]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: stores, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: stores}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: eso}
rules:
- {apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: eso}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: eso}
subjects: [{kind: ServiceAccount, name: eso, namespace: eso}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: eso, namespace: eso}
spec:
  template:
    spec:
      serviceAccountName: eso
      containers: [{name: eso, image: 'ghcr.io/external-secrets/external-secrets:v1.0.0', args: [--concurrent=1]}]
",
        from: "user jane",
        to: "serviceaccount shop/robot",
        without: &[
            ("resources: [secretstores]", "resources: [externalsecrets]"),
            ("serviceaccounts/token", "serviceaccounts"),
            ("{name: robot, namespace: shop}", "{name: robot, namespace: other}"),
            ("[--concurrent=1]", "[certcontroller]"),
            ("[--concurrent=1]", "[--namespace=eso]"),
        ],
    },
];
