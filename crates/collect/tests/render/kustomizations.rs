use super::{check, origin};

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      hostPID: true
      containers:
      - name: sidecar
        image: busybox
      - name: web
        image: nginx
        securityContext:
          privileged: true
";

const PATCH: &str =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 5}\n";

const BASE: &str = "resources: [config.yaml, deployment.yaml, service.yaml]\n";

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";

const OVERLAY: &str = "\
resources: [../../base]
namePrefix: prod-
namespace: shop
patches: [{path: patch.yaml}]
configMapGenerator: [{name: settings, files: [settings.yaml]}]
";

fn shop() -> Vec<(&'static str, &'static str)> {
    vec![
        ("base/kustomization.yaml", BASE),
        ("base/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: set\n"),
        ("base/deployment.yaml", DEPLOYMENT),
        ("base/service.yaml", SERVICE),
        ("overlays/prod/kustomization.yaml", OVERLAY),
        ("overlays/prod/patch.yaml", PATCH),
        ("overlays/prod/settings.yaml", SERVICE),
        ("loose.yaml", SERVICE),
    ]
}

pub(crate) fn overlays_are_built_and_their_parts_are_not_read() {
    let directory = super::tree(&shop());
    let inventory = super::read(&directory, &super::options());
    let told = super::told(&inventory, &directory);
    assert_eq!(
        told[..4],
        [
            "base/config.yaml ConfigMap prod-set",
            "base/deployment.yaml Deployment prod-web",
            "base/service.yaml Service prod-web",
            "loose.yaml Service web",
        ]
    );
    // Its name ends with a hash of its contents.
    assert!(told[4].starts_with("overlays/prod ConfigMap prod-settings-"), "{told:?}");
    assert_eq!(told.len(), 5, "{told:?}");
    assert_eq!(inventory.objects[0].namespace(), Some("shop"));
}

pub(crate) fn built_objects_lead_to_their_files() {
    let directory = super::tree(&shop());
    let inventory = super::read(&directory, &super::options());
    let check = |pointer: &str, line: Option<u32>| {
        assert_eq!(origin(&inventory, "Deployment", pointer), (line, Vec::new()), "{pointer}");
    };
    check("/kind", Some(2));
    check("/metadata/name", None);
    check("/spec/replicas", None);
    check("/spec/template/spec/hostPID", Some(9));
    check("/spec/template/spec/containers/1/image", Some(14));
    check("/spec/template/spec/containers/1/securityContext/privileged", Some(16));
}

pub(crate) fn what_kustomize_refuses_is_a_gap_in_its_words() {
    let inventory = check(
        &[
            ("kustomization.yaml", "resources: [gone.yaml, service.yaml]\n"),
            ("service.yaml", SERVICE),
        ],
        &["service.yaml Service web", ".: failed"],
    );
    assert!(inventory.gaps[0].detail.contains("gone.yaml"), "{:?}", inventory.gaps);
    check(
        &[("kustomization.yaml", "resources: [\n"), ("service.yaml", SERVICE)],
        &["service.yaml Service web", ".: failed"],
    );
}

pub(crate) fn a_broken_overlay_leaves_its_base() {
    check(
        &[
            ("base/kustomization.yaml", "namePrefix: base-\nresources: [service.yaml]\n"),
            ("base/service.yaml", SERVICE),
            ("over/kustomization.yaml", "resources: [../base, gone.yaml]\n"),
        ],
        &["base/service.yaml Service base-web", "over: failed"],
    );
}

pub(crate) fn a_component_is_nothing_on_its_own() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n\
                     resources: [service.yaml]\npatches: [{path: patch.yaml}]\n";
    let parts = [
        ("part/kustomization.yaml", component),
        ("part/service.yaml", SERVICE),
        ("part/patch.yaml", PATCH),
    ];
    check(&parts, &["part/service.yaml Service web"]);
    let mut used = parts.to_vec();
    used.push(("kustomization.yaml", "resources: [deployment.yaml]\ncomponents: [part]\n"));
    used.push(("deployment.yaml", DEPLOYMENT));
    check(&used, &["deployment.yaml Deployment web", "part/service.yaml Service web"]);
}

pub(crate) fn a_ring_is_a_gap() {
    check(
        &[
            ("a/kustomization.yaml", "resources: [../b, service.yaml]\n"),
            ("a/service.yaml", SERVICE),
            ("b/kustomization.yaml", "resources: [../a]\n"),
        ],
        &["a/service.yaml Service web", "a: failed", "b: failed"],
    );
}

pub(crate) fn generated_secrets_are_cut_out() {
    let directory = super::tree(&[(
        "kustomization.yaml",
        "secretGenerator: [{name: s, literals: [password=hunter2]}]\n",
    )]);
    let inventory = super::read(&directory, &super::options());
    assert_eq!(inventory.objects.len(), 1, "{inventory:?}");
    // In base64, as the API has it.
    assert!(!format!("{inventory:?}").contains("aHVudGVyMg"), "{inventory:?}");
    assert!(!format!("{inventory:?}").contains("hunter2"));
}
