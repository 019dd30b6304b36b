//! ingress-nginx and what Ingress objects make it do.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::objects::{Fields, Place};
use merlon_views::{ContainerView, InventoryView, PodView};

use crate::control::{Applies, Control, Documentation};
use crate::objects::images::image;
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "ingress-nginx-end-of-life",
        title: "ingress-nginx, which gets no fixes after March 2026, is in use",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(end_of_life),
        documentation: Documentation {
            finds: "\
Containers of the Kubernetes project's `ingress-nginx/controller`, of any release. The controllers \
of F5 (`nginx/nginx-ingress`) and of other vendors are other programs.",
            matters: "\
It reads Secrets of all namespaces in most installations and stands on the internet: the next hole \
stays open.",
            options: "\
- **Gateway API** with any maintained implementation; `ingress2gateway` translates.
- **Another Ingress controller** that understands the annotations in use.
- **A vendor's maintained fork** buys time.

It is no edit of an object.",
            acceptable: "Until a dated migration ends.",
        },
        examples: &[
            fail(container!("image: 'registry.k8s.io/ingress-nginx/controller:v1.14.0'")),
            fail(container!("image: 'mirror.example.com/ingress-nginx/controller:v1.9.0'")),
            pass(container!("image: 'nginx/nginx-ingress:5.0.0'")),
            not_applicable(container!("image: ''")),
            error(container!("image: 1")),
        ],
    },
    Control {
        id: "ingress-nginx-snippets-allowed",
        title: "ingress-nginx takes configuration from annotations",
        vector: vector("AV:N/AC:L/Au:S/C:C/I:P/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::ConfigMap], snippets_allowed),
        documentation: Documentation {
            finds: "\
`allow-snippet-annotations: \"true\"` in a ConfigMap (CVE-2021-25742). Since release 1.9.0 it is \
`false` where nothing is written.",
            matters: "\
Who may write an Ingress in any namespace puts lines into the proxy's configuration, and so reads \
the controller's token and, with it, the Secrets of all namespaces.",
            options: "\
**Take it away** and use annotations that do one thing (`rewrite-target`, `cors-allow-origin`). \
Ingresses with snippets are refused from then on; what they did is lost.",
            acceptable: "Where only administrators of the cluster may write Ingresses.",
        },
        examples: &[
            fail(
                "\
kind: ConfigMap
apiVersion: v1
metadata: {name: ingress-nginx-controller}
data: {allow-snippet-annotations: 'true'}",
            ),
            pass(
                "\
kind: ConfigMap
apiVersion: v1
metadata: {name: ingress-nginx-controller}
data: {allow-snippet-annotations: 'false'}",
            ),
            not_applicable("{kind: ConfigMap, apiVersion: v1, data: {a: 'true'}}"),
            error("{kind: ConfigMap, apiVersion: v1, data: {allow-snippet-annotations: true}}"),
        ],
    },
    Control {
        id: "ingress-snippet-annotation",
        title: "an Ingress brings configuration of its own into the proxy",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::Ingress], snippets),
        documentation: Documentation {
            finds: "\
Annotations of Ingresses that ingress-nginx copies into its configuration: \
`configuration-snippet`, `server-snippet`, `stream-snippet`, `auth-snippet` and \
`modsecurity-snippet`. Those with Lua code, `alias`, `root` or a token's path are named as such.",
            matters: "\
It is how CVE-2021-25742 is used, and why snippets cannot be switched off: the proxy reads files \
and runs code for whoever wrote the Ingress.",
            options: "\
**Take it away** and use annotations that do one thing; a proxy in the workload's own pod does the \
rest with the workload's own rights.",
            acceptable: "Where an administrator wrote it and nobody else may write Ingresses.",
        },
        examples: &[
            fail(ingress!(
                "{nginx.ingress.kubernetes.io/server-snippet: 'location /x { alias /etc/; }'}"
            )),
            fail(ingress!(
                "{nginx.ingress.kubernetes.io/configuration-snippet: 'more_set_headers \"A: b\";'}"
            )),
            fail(ingress!(
                "{nginx.ingress.kubernetes.io/auth-snippet: 'lua_need_request_body on;'}"
            )),
            pass(ingress!("{nginx.ingress.kubernetes.io/rewrite-target: /}")),
            // Of no effect.
            pass(ingress!("{nginx.ingress.kubernetes.io/server-snippet: ''}")),
            error(ingress!("{nginx.ingress.kubernetes.io/server-snippet: 1}")),
        ],
    },
];

/// The first second of April 2026, from when on there are no releases.
const END: i64 = 1_775_001_600;

fn end_of_life<'a>(
    view: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    const IMAGES: &[&str] = &[
        "ingress-nginx/controller",
        "ingress-nginx/controller-chroot",
        "kubernetes-ingress-controller/nginx-ingress-controller",
    ];
    let Some((image, node)) = image(container)? else { return Ok(Verdict::NotApplicable) };
    if !IMAGES.iter().any(|name| image.is_copy_of(name)) {
        return Ok(Verdict::Pass);
    }
    let message = if view.now < END {
        "ingress-nginx gets no fixes after March 2026"
    } else {
        "ingress-nginx gets no fixes since March 2026"
    };
    flaw(Place::Node(node), message)
        .step("Plan the move to a Gateway API implementation or another controller", &[])
        .into()
}

fn snippets_allowed<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let key = "allow-snippet-annotations";
    let data = Fields::of(&object.root).get("data");
    match (data.text(key)?, data.get(key).node()) {
        (Some("true"), Some(node)) => {
            let message = "ingress-nginx takes configuration from annotations";
            flaw(Place::Node(node), message).set("false").needs_review().into()
        }
        (Some(_), _) => Ok(Verdict::Pass),
        (None, _) => Ok(Verdict::NotApplicable),
    }
}

fn snippets<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let annotations = Fields::of(&object.root).get("metadata").get("annotations");
    let mut flaws = Vec::new();
    for (key, node) in Fields::of(&object.root).get("metadata").map("annotations")? {
        let Some(name) = key.strip_prefix("nginx.ingress.kubernetes.io/") else { continue };
        if !name.ends_with("-snippet") {
            continue;
        }
        let Some(text) = annotations.text(key)? else { continue };
        if text.trim().is_empty() {
            continue;
        }
        let what = danger(text).map(|what| format!(", with {what}")).unwrap_or_default();
        let message = format!("the annotation {name} brings configuration into the proxy{what}");
        flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
    }
    Ok(Verdict::of(flaws))
}

/// What makes a snippet more than a setting.
fn danger(snippet: &str) -> Option<&'static str> {
    const DANGERS: &[(&str, &str)] = &[
        ("_by_lua", "Lua code"),
        ("lua_", "Lua code"),
        ("serviceaccount", "the path of a service account's token"),
        ("alias ", "files of the controller"),
        ("root ", "files of the controller"),
        ("load_module", "a module"),
    ];
    DANGERS.iter().find(|(word, _)| snippet.contains(word)).map(|(_, what)| *what)
}
