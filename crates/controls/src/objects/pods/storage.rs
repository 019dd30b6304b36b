//! What volumes are kept on.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Malformed, Place, place};
use merlon_yaml::Node;

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "storage-class-unencrypted",
        title: "a storage class makes volumes without encryption",
        vector: vector("AV:L/AC:H/Au:M/C:C/I:N/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::StorageClass], storage_class),
        documentation: Documentation {
            finds: "\
Storage classes of drivers that encrypt on request and are not asked to: EBS, Ceph (RBD and \
CephFS), Longhorn, Portworx, Linode, Alibaba Cloud and Scaleway. Drivers whose service always \
encrypts (Azure, Google Cloud, FSx, Oracle, DigitalOcean, IBM VPC) pass; of others nothing is said.",
            matters: "\
Who gets at the disks, their snapshots or the storage service reads what programs stored.",
            options: "\
- **The driver's parameter**, for volumes made from then on: parameters of a class cannot be \
changed, so it has to be replaced or a new one made. Some drivers need a Secret with the key too.
- **Encryption below**: an account's default for EBS, encrypted disks under Ceph. The class does \
not show it.",
            acceptable: "Where what is below encrypts, or for scratch data.",
        },
        examples: &[
            fail(
                "\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: ebs.csi.aws.com
parameters: {type: gp3}",
            ),
            fail(
                "\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: openshift-storage.rbd.csi.ceph.com
parameters: {encrypted: 'false'}",
            ),
            fail(
                "{apiVersion: storage.k8s.io/v1, kind: StorageClass, provisioner: driver.longhorn.io}",
            ),
            pass(
                "\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: ebs.csi.aws.com
parameters: {encrypted: 'True'}",
            ),
            pass(
                "{apiVersion: storage.k8s.io/v1, kind: StorageClass, provisioner: pd.csi.storage.gke.io}",
            ),
            not_applicable(
                "{apiVersion: storage.k8s.io/v1, kind: StorageClass, provisioner: nfs.csi.k8s.io}",
            ),
            error("{apiVersion: storage.k8s.io/v1, kind: StorageClass, provisioner: [a]}"),
        ],
    },
    Control {
        id: "persistent-volume-unencrypted",
        title: "a persistent volume is not encrypted",
        vector: vector("AV:L/AC:H/Au:M/C:C/I:N/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::PersistentVolume], persistent_volume),
        documentation: Documentation {
            finds: "\
Persistent volumes of drivers that write into the volume whether it is encrypted: Ceph (RBD and \
CephFS) and Longhorn. Of others the volume does not tell; see `storage-class-unencrypted`.",
            matters: "\
Who gets at the disks, their snapshots or the storage service reads what programs stored.",
            options: "\
- **A new volume** of a class that encrypts, to which the data is copied: no edit turns a volume \
that exists into an encrypted one.
- **Encryption below** the driver, which the volume does not show.",
            acceptable: "Where what is below encrypts, or for scratch data.",
        },
        examples: &[
            fail(
                "\
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {csi: {driver: rook-ceph.rbd.csi.ceph.com, volumeAttributes: {pool: a}}}",
            ),
            pass(
                "\
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {csi: {driver: driver.longhorn.io, volumeAttributes: {encrypted: 'true'}}}",
            ),
            // Its attributes do not tell.
            not_applicable(
                "\
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}}",
            ),
            not_applicable(
                "{apiVersion: v1, kind: PersistentVolume, spec: {hostPath: {path: /a}}}",
            ),
            error("{apiVersion: v1, kind: PersistentVolume, spec: {csi: {driver: 1}}}"),
        ],
    },
    Control {
        id: "stateful-set-claim-shared",
        title: "the claims of a stateful set can be mounted by many nodes",
        vector: vector("AV:L/AC:H/Au:M/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::StatefulSet], claim_shared),
        documentation: Documentation {
            finds: "\
`volumeClaimTemplates` of stateful sets with `ReadWriteMany` among their `accessModes`.",
            matters: "\
Each replica has a claim of its own, so nobody has to share it: with this mode any pod of the \
namespace mounts it beside its owner and reads or changes a running program's data.",
            options: "\
- **`ReadWriteOncePod`** (since 1.29) allows one pod, **`ReadWriteOnce`** one node. The field of a \
stateful set that exists cannot be changed: it has to be deleted with `--cascade=orphan` and made \
again.",
            acceptable: "For file services that can do nothing else.",
        },
        examples: &[
            fail(
                "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  volumeClaimTemplates:
  - {metadata: {name: data}, spec: {accessModes: [ReadWriteMany]}}",
            ),
            pass(
                "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  volumeClaimTemplates:
  - {metadata: {name: data}, spec: {accessModes: [ReadWriteOncePod]}}",
            ),
            not_applicable("{apiVersion: apps/v1, kind: StatefulSet, spec: {}}"),
            error("{apiVersion: apps/v1, kind: StatefulSet, spec: {volumeClaimTemplates: {}}}"),
        ],
    },
    Control {
        id: "stateful-set-claim-unsized",
        title: "the claims of a stateful set ask for no size",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::StatefulSet], claim_unsized),
        documentation: Documentation {
            finds: "\
`volumeClaimTemplates` of stateful sets without `resources.requests.storage`.",
            matters: "\
The API server refuses a claim without it, so the set's pods wait for ever; what admission fills \
in instead may be more than the quota meant.",
            options: "\
- **A size** that fits the data. The edit offered says `1Gi`, which somebody has to replace.",
            acceptable: "Where a webhook is known to write the size.",
        },
        examples: &[
            fail(
                "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  volumeClaimTemplates:
  - {metadata: {name: data}, spec: {accessModes: [ReadWriteOnce]}}",
            ),
            pass(
                "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  volumeClaimTemplates:
  - {metadata: {name: data}, spec: {resources: {requests: {storage: 5Gi}}}}",
            ),
            not_applicable("{apiVersion: apps/v1, kind: StatefulSet, spec: {}}"),
            error("{apiVersion: apps/v1, kind: StatefulSet, spec: {volumeClaimTemplates: 1}}"),
        ],
    },
];

/// Drivers that encrypt when this parameter is `true`. A driver may stand behind a prefix, as Ceph's
/// do in the names that operators give them.
const ON_REQUEST: &[(&str, &str)] = &[
    ("ebs.csi.aws.com", "encrypted"),
    ("kubernetes.io/aws-ebs", "encrypted"),
    ("rbd.csi.ceph.com", "encrypted"),
    ("cephfs.csi.ceph.com", "encrypted"),
    ("driver.longhorn.io", "encrypted"),
    ("diskplugin.csi.alibabacloud.com", "encrypted"),
    ("csi.scaleway.com", "encrypted"),
    ("linodebs.csi.linode.com", "linodebs.csi.linode.com/luks-encrypted"),
    ("pxd.portworx.com", "secure"),
    ("kubernetes.io/portworx-volume", "secure"),
];

/// Drivers of services that always encrypt.
const ALWAYS: &[&str] = &[
    "disk.csi.azure.com",
    "file.csi.azure.com",
    "kubernetes.io/azure-disk",
    "kubernetes.io/azure-file",
    "pd.csi.storage.gke.io",
    "kubernetes.io/gce-pd",
    "filestore.csi.storage.gke.io",
    "fsx.csi.aws.com",
    "blockvolume.csi.oraclecloud.com",
    "dobs.csi.digitalocean.com",
    "vpc.block.csi.ibm.io",
];

/// Those that write the parameter into the volume.
const TELLS: &[&str] = &["rbd.csi.ceph.com", "cephfs.csi.ceph.com", "driver.longhorn.io"];

fn is_driver(written: &str, driver: &str) -> bool {
    written.strip_suffix(driver).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_true(parameter: Option<&str>) -> bool {
    parameter
        .is_some_and(|value| ["true", "1", "yes"].iter().any(|it| value.eq_ignore_ascii_case(it)))
}

fn storage_class<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let class = Fields::of(&object.root);
    let provisioner = class.text("provisioner")?.unwrap_or_default();
    if ALWAYS.contains(&provisioner) {
        return Ok(Verdict::Pass);
    }
    let Some((_, key)) = ON_REQUEST.iter().find(|(driver, _)| is_driver(provisioner, driver))
    else {
        return Ok(Verdict::NotApplicable);
    };
    let parameters = class.get("parameters");
    if is_true(parameters.text(key)?) {
        return Ok(Verdict::Pass);
    }
    let place = match (parameters.get(key).node(), *key) {
        (Some(node), _) => Place::Node(node),
        (None, "encrypted") => place(&object.root, &["parameters", "encrypted"]),
        (None, "secure") => place(&object.root, &["parameters", "secure"]),
        (None, _) => place(&object.root, &["parameters", "linodebs.csi.linode.com/luks-encrypted"]),
    };
    let message = format!("volumes of {provisioner} are not encrypted");
    flaw(place, message).set("true").needs_review().expected(format!("{key}: \"true\"")).into()
}

fn persistent_volume<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let source = Fields::of(&object.root).path(&["spec", "csi"]);
    let driver = source.text("driver")?.unwrap_or_default();
    if !TELLS.iter().any(|known| is_driver(driver, known)) {
        return Ok(Verdict::NotApplicable);
    }
    if is_true(source.get("volumeAttributes").text("encrypted")?) {
        return Ok(Verdict::Pass);
    }
    let place = place(&object.root, &["spec", "csi", "volumeAttributes", "encrypted"]);
    flaw(place, "the volume is not encrypted")
        .step("Copy the data to a volume of a storage class that encrypts", &[])
        .into()
}

/// The templates of a set's claims; none where it has none.
fn templates(object: &Object) -> Result<&[Node], Malformed<'_>> {
    Fields::of(&object.root).get("spec").list("volumeClaimTemplates")
}

fn claim_shared<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let templates = templates(object)?;
    if templates.is_empty() {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    for template in templates {
        let modes = Fields::of(template).get("spec").list("accessModes")?;
        for node in modes.iter().filter(|mode| mode.as_str() == Some("ReadWriteMany")) {
            let message = "any number of pods may mount the claims of the set";
            flaws.push(flaw(Place::Node(node), message).set("ReadWriteOnce").needs_review());
        }
    }
    Ok(Verdict::of(flaws))
}

fn claim_unsized<'a>(_: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    const SIZE: &[&str] = &["spec", "resources", "requests", "storage"];
    let templates = templates(object)?;
    if templates.is_empty() {
        return Ok(Verdict::NotApplicable);
    }
    let unsized_ones = templates.iter().filter(|it| !Fields::of(it).path(SIZE).is_set());
    let flaws = unsized_ones.map(|template| {
        flaw(place(template, SIZE), "the claims of the set ask for no size")
            .set("1Gi")
            .needs_review()
    });
    Ok(Verdict::of(flaws.collect()))
}
