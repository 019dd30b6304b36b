//! Programs with rights on the cluster that people forget: dashboards, Tiller, Grafana, git-sync.

use merlon_model::{Kind, Severity};
use merlon_snapshot::Object;
use merlon_views::objects::{Fields, ImageReference, Place};
use merlon_views::{ContainerView, InventoryView, PodView};

use super::arguments;
use crate::control::{Applies, Control, Documentation};
use crate::objects::images::image;
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "dashboard-deployed",
        title: "the Kubernetes dashboard is deployed",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(dashboard),
        documentation: Documentation {
            finds: "Containers of the Kubernetes dashboard, whose project was archived in January 2026.",
            matters: "\
It gets no fixes, and it shows and changes the cluster for whoever reaches it with a token, or \
without one where its login was switched off.",
            options: "\
- **Take it away**; `kubectl` and desktop programs use each person's own rights.
- **Headlamp** is what the project names as successor.

It is no edit of an object.",
            acceptable: "Where only `kubectl port-forward` reaches it, until it is replaced.",
        },
        examples: &[
            fail(container!("image: 'docker.io/kubernetesui/dashboard:v2.7.0'")),
            fail(container!("image: 'kubernetesui/dashboard-api:1.10.1'")),
            fail(container!("image: 'k8s.gcr.io/kubernetes-dashboard-amd64:v1.10.1'")),
            pass(container!("image: 'grafana/grafana:11.0.0'")),
            not_applicable(container!("image: ''")),
            error(container!("image: 1")),
        ],
    },
    Control {
        id: "dashboard-login-skipped",
        title: "the Kubernetes dashboard lets people in without a login",
        vector: vector("AV:N/AC:L/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(login_skipped),
        documentation: Documentation {
            finds: "\
`--enable-skip-login` and `--enable-insecure-login` among the dashboard's arguments.",
            matters: "\
With the first, everybody who reaches the dashboard acts with its service account; with the \
second, tokens travel in plain text.",
            options: "**Take the argument away**; people log in with their own tokens, over TLS.",
            acceptable: "Never outside a laptop's own cluster.",
        },
        examples: &[
            fail(container!("image: 'kubernetesui/dashboard:v2.7.0', args: [--enable-skip-login]")),
            fail(container!(
                "image: 'kubernetesui/dashboard:v2.7.0', args: [--a, --enable-insecure-login=true]"
            )),
            pass(container!(
                "image: 'kubernetesui/dashboard:v2.7.0', args: [--enable-skip-login=false]"
            )),
            pass(container!("image: 'kubernetesui/dashboard:v2.7.0'")),
            not_applicable(container!("image: 'acme/app:1', args: [--enable-skip-login]")),
            error(container!("image: 'kubernetesui/dashboard:v2.7.0', args: [1]")),
        ],
    },
    Control {
        id: "dashboard-cluster-admin",
        title: "the Kubernetes dashboard is bound to cluster-admin",
        vector: vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: objects(&[Kind::ClusterRoleBinding], dashboard_admin),
        documentation: Documentation {
            finds: "\
ClusterRoleBindings that give `cluster-admin` to a service account called `kubernetes-dashboard…` \
or, as its old guide had it, to `admin-user` of the namespace `kubernetes-dashboard`.",
            matters: "\
Who reaches the dashboard, or reads that account's token, has the whole cluster.",
            options: "\
**Take the account out of the binding** and let people log in with tokens of their own; a role \
that only reads is enough to look.",
            acceptable: "Never where others than cluster administrators reach the namespace.",
        },
        examples: &[
            fail(
                "\
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: a}
roleRef: {kind: ClusterRole, name: cluster-admin, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: kubernetes-dashboard, namespace: kubernetes-dashboard}]",
            ),
            pass(
                "\
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: a}
roleRef: {kind: ClusterRole, name: view, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: kubernetes-dashboard, namespace: kubernetes-dashboard}]",
            ),
            pass(
                "\
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: a}
roleRef: {kind: ClusterRole, name: cluster-admin, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: Group, name: 'system:masters', apiGroup: rbac.authorization.k8s.io}]",
            ),
            error(
                "\
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: {}",
            ),
        ],
    },
    Control {
        id: "tiller-deployed",
        title: "Tiller, the server of Helm 2, is deployed",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: containers(tiller),
        documentation: Documentation {
            finds: "\
Containers of Tiller. One that listens to `localhost` alone counts less: only who may enter its \
pod or forward ports reaches it.",
            matters: "\
It answers without authentication and does what it is told with its own rights, in most \
installations all of the cluster's. It gets no fixes since November 2020.",
            options: "**Helm 3 or later**, which has no server; `helm-2to3` moves releases.",
            acceptable: "Never.",
        },
        examples: &[
            fail(container!("image: 'gcr.io/kubernetes-helm/tiller:v2.16.1'")),
            fail(container!(
                "image: 'ghcr.io/helm/tiller:v2.17.0', args: ['--listen=localhost:44134']"
            )),
            pass(container!("image: 'alpine/helm:3.14.0'")),
            not_applicable(container!("image: ''")),
            error(container!("image: 1")),
        ],
    },
    Control {
        id: "tiller-service",
        title: "a Service leads to Tiller",
        vector: vector("AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        applies: Applies::Objects,
        check: objects(&[Kind::Service], tiller_service),
        documentation: Documentation {
            finds: "Services that select pods by `name: tiller`, as Helm 2 labels them.",
            matters: "Every pod of the cluster finds Tiller by name and may tell it what to do.",
            options: "**Delete the Service** with Tiller itself. It is no edit of the object.",
            acceptable: "Never.",
        },
        examples: &[
            fail(
                "\
kind: Service
apiVersion: v1
metadata: {name: tiller-deploy, namespace: kube-system}
spec: {selector: {app: helm, name: tiller}, ports: [{port: 44134}]}",
            ),
            pass("{kind: Service, apiVersion: v1, spec: {selector: {app: web}}}"),
            pass("{kind: Service, apiVersion: v1, spec: {selector: null}}"),
            error("{kind: Service, apiVersion: v1, spec: {selector: {name: [tiller]}}}"),
        ],
    },
    Control {
        id: "grafana-anonymous",
        title: "Grafana lets everybody in without a login",
        vector: vector("AV:N/AC:L/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(grafana),
        documentation: Documentation {
            finds: "\
`GF_AUTH_ANONYMOUS_ENABLED` set to `true`. As viewer, which is the default, it counts less than as \
editor or administrator (`GF_AUTH_ANONYMOUS_ORG_ROLE`).",
            matters: "\
Everybody who reaches it reads what its data sources hold, by queries of their own; as \
administrator they read the sources' credentials out by way of new ones.",
            options: "\
- **A login**, best by the identity provider of the organisation.
- **Public dashboards** share one board without opening the rest.",
            acceptable: "As viewer, on a screen in a network that is closed.",
        },
        examples: &[
            fail(container!("env: [{name: GF_AUTH_ANONYMOUS_ENABLED, value: 'true'}]")),
            fail(container!(
                "env: [{name: GF_AUTH_ANONYMOUS_ENABLED, value: 'true'}, \
                 {name: GF_AUTH_ANONYMOUS_ORG_ROLE, value: Admin}]"
            )),
            pass(container!("env: [{name: GF_AUTH_ANONYMOUS_ENABLED, value: 'false'}]")),
            pass(container!("env: []")),
            error(container!("env: [{name: GF_AUTH_ANONYMOUS_ENABLED, value: true}]")),
        ],
    },
    Control {
        id: "git-sync-runs-commands",
        title: "git-sync runs commands that its arguments name",
        vector: vector("AV:L/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(git_sync),
        documentation: Documentation {
            finds: "\
git-sync with `--git`, `--git-config`, `--exechook-command` or, as older releases call it, \
`--sync-hook-command`, or with the variables of the same meaning (`GITSYNC_…`, `GIT_SYNC_…`).",
            matters: "\
Who may change arguments or variables of the pod, but not its image, runs any program with the \
credentials of the repository; who may push to the repository does where the command lies in it.",
            options: "\
- **`--webhook-url`** tells another container instead; the edit takes the argument away.
- **A fixed script in the image**, so that the argument names nothing that comes from elsewhere.",
            acceptable: "For a script that the image or a read-only ConfigMap brings.",
        },
        examples: &[
            fail(container!(
                "image: 'registry.k8s.io/git-sync/git-sync:v4.2.4', args: ['--git=/tmp/git']"
            )),
            fail(container!(
                "image: 'registry.k8s.io/git-sync/git-sync:v4.2.4', \
                 args: [--exechook-command, /git/run.sh, --period=1m]"
            )),
            fail(container!(
                "image: 'registry.k8s.io/git-sync/git-sync:v4.2.4', \
                 env: [{name: GITSYNC_EXECHOOK_COMMAND, value: /git/run.sh}]"
            )),
            pass(container!(
                "image: 'registry.k8s.io/git-sync/git-sync:v4.2.4', args: ['--git-gc=off']"
            )),
            not_applicable(container!("image: 'acme/app:1', args: ['--git=/tmp/git']")),
            error(container!("image: 'registry.k8s.io/git-sync/git-sync:v4.2.4', args: [1]")),
        ],
    },
];

const DASHBOARDS: &[&str] = &[
    "kubernetesui/dashboard",
    "kubernetesui/dashboard-api",
    "kubernetesui/dashboard-auth",
    "kubernetesui/dashboard-web",
    "kubernetes-dashboard-amd64",
    "google_containers/kubernetes-dashboard-amd64",
];

fn dashboard<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let Some((image, node)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    if !DASHBOARDS.iter().any(|name| image.is_copy_of(name)) {
        return Ok(Verdict::Pass);
    }
    flaw(Place::Node(node), "the dashboard is archived and gets no fixes")
        .step("Remove the dashboard, or replace it by one that is maintained", &[])
        .into()
}

fn login_skipped<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    const SKIPPING: &[&str] = &["enable-skip-login", "enable-insecure-login"];
    let is_dashboard = |image: ImageReference<'_>| DASHBOARDS.iter().any(|it| image.is_copy_of(it));
    if !image(container)?.is_some_and(|(image, _)| is_dashboard(image)) {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for argument in arguments(container)? {
        if SKIPPING.contains(&argument.name) && argument.value != Some("false") {
            let message = format!("the dashboard runs with --{}", argument.name);
            let node = argument.node;
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn dashboard_admin<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let root = Fields::of(&object.root);
    if root.get("roleRef").text("name")? != Some("cluster-admin") {
        return Ok(Verdict::Pass);
    }
    let mut flaws = Vec::new();
    for node in root.list("subjects")? {
        let subject = Fields::of(node);
        let name = subject.text("name")?.unwrap_or_default();
        let namespace = subject.text("namespace")?.unwrap_or_default();
        let is_dashboards = name.starts_with("kubernetes-dashboard")
            || (name == "admin-user" && namespace == "kubernetes-dashboard");
        if subject.text("kind")? == Some("ServiceAccount") && is_dashboards {
            let message = format!("the dashboard's account {name} is bound to cluster-admin");
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn tiller<'a>(_: &InventoryView<'a>, _: &PodView<'a>, container: &ContainerView<'a>) -> Judged<'a> {
    const IMAGES: &[&str] = &["kubernetes-helm/tiller", "helm/tiller"];
    let Some((image, node)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    if !IMAGES.iter().any(|name| image.is_copy_of(name)) {
        return Ok(Verdict::Pass);
    }
    let is_local = |value: &str| value.starts_with("localhost:") || value.starts_with("127.0.0.1:");
    let local = arguments(container)?
        .any(|argument| argument.name == "listen" && argument.value.is_some_and(is_local));
    let flaw = flaw(Place::Node(node), "Tiller takes orders without authentication")
        .step("Move releases with helm-2to3 and remove Tiller", &["helm 2to3 cleanup"]);
    if local { flaw.at_most(Severity::High).into() } else { flaw.into() }
}

fn tiller_service<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let selector = Fields::of(&object.root).path(&["spec", "selector"]);
    match (selector.text("name")?, selector.node()) {
        (Some("tiller"), Some(node)) => flaw(Place::Node(node), "the Service leads to Tiller")
            .step("Delete the Service together with Tiller", &[])
            .into(),
        _ => Ok(Verdict::Pass),
    }
}

fn grafana<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let mut enabled = None;
    let mut role = "Viewer";
    for node in container.fields().list("env")? {
        let variable = Fields::of(node);
        match variable.text("name")? {
            Some("GF_AUTH_ANONYMOUS_ENABLED") => {
                let is_on =
                    variable.text("value")?.is_some_and(|it| it.eq_ignore_ascii_case("true"));
                enabled = variable.get("value").node().filter(|_| is_on);
            }
            Some("GF_AUTH_ANONYMOUS_ORG_ROLE") => role = variable.text("value")?.unwrap_or(role),
            _ => {}
        }
    }
    let Some(node) = enabled else { return Ok(Verdict::Pass) };
    let message = format!("everybody is let in, with the role {role}");
    let flaw = flaw(Place::Node(node), message).set("false").needs_review();
    if role == "Viewer" { flaw.at_most(Severity::Medium).into() } else { flaw.into() }
}

fn git_sync<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    const FLAGS: &[&str] = &["git", "git-config", "exechook-command", "sync-hook-command"];
    let is_git_sync = image(container)?.is_some_and(|(image, _)| {
        ["git-sync/git-sync", "git-sync"].iter().any(|it| image.is_copy_of(it))
    });
    if !is_git_sync {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for argument in arguments(container)? {
        if FLAGS.contains(&argument.name) {
            let message = format!("git-sync runs what --{} names", argument.name);
            let flaw = flaw(Place::Node(argument.node), message).needs_review();
            let following = argument.following.filter(|_| argument.value.is_none());
            let flaw = following.into_iter().fold(flaw, |flaw, node| flaw.remove(node));
            flaws.push(flaw.remove(argument.node));
        }
    }
    for node in container.fields().list("env")? {
        let name = Fields::of(node).text("name")?.unwrap_or_default();
        if is_command_variable(name) {
            let message = format!("git-sync runs what {name} names");
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn is_command_variable(name: &str) -> bool {
    const MEANINGS: &[&str] =
        &["GIT", "GIT_CONFIG", "EXECHOOK_COMMAND", "HOOK_COMMAND", "SYNC_HOOK_COMMAND"];
    let rest = name.strip_prefix("GITSYNC_").or_else(|| name.strip_prefix("GIT_SYNC_"));
    rest.is_some_and(|rest| MEANINGS.contains(&rest))
}
