use merlon_views::objects::{ContainerView, Fields, PodView};
use merlon_yaml::Node;

/// What a volume holds that is worth something.
#[derive(Clone, Copy)]
pub(in crate::techniques) struct Content<'a> {
    /// The volume's name in the pod.
    pub volume: &'a str,
    /// The secret's name; `None` for a token of the pod's service account.
    pub secret: Option<&'a str>,
}

impl Content<'_> {
    /// Whether admission put it into the pod.
    pub(super) fn is_automatic(&self) -> bool {
        self.secret.is_none() && self.volume.starts_with("kube-api-access-")
    }
}

/// Audiences that API servers have: their issuer, which is this unless somebody chose another.
const AUDIENCES: &[&str] = &[
    "",
    "https://kubernetes.default.svc",
    "https://kubernetes.default.svc.cluster.local",
    "kubernetes.default.svc",
];

/// The secrets and tokens in a pod's volumes, in their order. What is malformed no API server has let in.
///
/// Tokens for another audience than the API server are not among them.
pub(in crate::techniques) fn volume_contents<'a>(workload: &PodView<'a>) -> Vec<Content<'a>> {
    let mut contents = Vec::new();
    for node in workload.fields().list("volumes").unwrap_or_default() {
        let fields = Fields::of(node);
        let Ok(Some(volume)) = fields.text("name") else { continue };
        if let Some(secret) = text(fields, &["secret", "secretName"]) {
            contents.push(Content { volume, secret: Some(secret) });
        }
        for source in fields.get("projected").list("sources").unwrap_or_default() {
            let source = Fields::of(source);
            if let Some(secret) = text(source, &["secret", "name"]) {
                contents.push(Content { volume, secret: Some(secret) });
            }
            let token = source.get("serviceAccountToken");
            let audience = text(token, &["audience"]).unwrap_or_default();
            if token.is_set() && AUDIENCES.contains(&audience) {
                contents.push(Content { volume, secret: None });
            }
        }
    }
    contents
}

/// The secrets in a container's variables, each with the entry that names it.
pub(in crate::techniques) fn environment<'a>(
    container: &ContainerView<'a>,
) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
    let list = |key| container.fields().list(key).unwrap_or_default().iter();
    let single = list("env").filter_map(|entry| {
        Some((text(Fields::of(entry), &["valueFrom", "secretKeyRef", "name"])?, entry))
    });
    let whole = list("envFrom")
        .filter_map(|entry| Some((text(Fields::of(entry), &["secretRef", "name"])?, entry)));
    single.chain(whole)
}

/// Where volumes name the secret that their driver is given (`VisitPodSecretNames` of `pkg/api/v1/pod/util.go`).
const DRIVERS: &[&[&str]] = &[
    &["azureFile", "secretName"],
    &["cephfs", "secretRef", "name"],
    &["cinder", "secretRef", "name"],
    &["flexVolume", "secretRef", "name"],
    &["rbd", "secretRef", "name"],
    &["scaleIO", "secretRef", "name"],
    &["iscsi", "secretRef", "name"],
    &["storageos", "secretRef", "name"],
    &["csi", "nodePublishSecretRef", "name"],
];

/// The secrets that only the kubelet reads: those for drivers of volumes and those that images are pulled with.
pub(in crate::techniques) fn handed_to_drivers<'a>(
    workload: &PodView<'a>,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let list = |key| workload.fields().list(key).unwrap_or_default().iter();
    let pull = list("imagePullSecrets").filter_map(|entry| text(Fields::of(entry), &["name"]));
    let drivers = list("volumes")
        .flat_map(|volume| DRIVERS.iter().filter_map(move |path| text(Fields::of(volume), path)));
    pull.chain(drivers)
}

fn text<'a>(fields: Fields<'a>, keys: &[&str]) -> Option<&'a str> {
    fields.path(keys).node()?.as_str().filter(|text| !text.is_empty())
}
