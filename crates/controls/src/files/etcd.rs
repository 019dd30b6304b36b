//! Files of etcd.

use merlon_model::{Action, Component::Etcd, Location};
use merlon_snapshot::File;
use merlon_views::{
    FileRole::{EtcdConfiguration, EtcdData, StaticPodManifest},
    NodeView,
};

use super::{
    MODE_ACCEPTABLE, MODE_OPTIONS, OWNER_ACCEPTABLE, OWNER_OPTIONS, mode, modes, owned_by_root,
    owners,
};
use crate::control::{
    Applies, Check, Control,
    Directories::{Contents, Themselves},
    Documentation, Parameters,
};
use crate::file;
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, vector};

const APPLIES: Applies = Applies::Component(Etcd);
const MATTERS: &str = "\
Whoever can write how etcd starts can open it to the network without certificates, or have other \
code run in its place. Either gives everything the cluster knows.";

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "etcd-manifest-mode",
        title: "others than root may read or write how etcd is started",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: mode(&[StaticPodManifest(Etcd), EtcdConfiguration], 0o600, Contents),
        documentation: Documentation {
            finds: "\
Permission bits besides 0600 of etcd's static pod manifest, of the file in `--config-file`, and \
of the distribution's configuration or environment file where etcd is a service.",
            matters: MATTERS,
            options: MODE_OPTIONS,
            acceptable: MODE_ACCEPTABLE,
        },
        examples: modes!(
            "run kubelet@1.31",
            "/etc/kubernetes/manifests/etcd.yaml",
            " static-pod\n  spec: {containers: [{command: [etcd]}]}",
            "0600",
            "0644",
            pass(
                "run etcd@3.5 --config-file=/e.yaml\n\
                 file /e.yaml 0600 root:root etcd-configuration\n  name: one",
            ),
            error("run etcd@3.5 --config-file=/e.yaml\nabsent /e.yaml"),
            not_applicable("run etcd@3.5"),
        ),
    },
    Control {
        id: "etcd-manifest-owner",
        title: "what starts etcd does not belong to root",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: APPLIES,
        check: owned_by_root(&[StaticPodManifest(Etcd), EtcdConfiguration], Contents),
        documentation: Documentation {
            finds: "\
An owner or group besides root of etcd's static pod manifest, of the file in `--config-file`, and \
of the distribution's configuration or environment file where etcd is a service.",
            matters: MATTERS,
            options: OWNER_OPTIONS,
            acceptable: OWNER_ACCEPTABLE,
        },
        examples: owners!(
            "run kubelet@1.31",
            "/etc/kubernetes/manifests/etcd.yaml",
            " static-pod\n  spec: {containers: [{command: [etcd]}]}",
            error("run etcd@3.5 --config-file=/e.yaml\ngap /e.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ),
    },
    Control {
        id: "etcd-data-mode",
        title: "others than its owner may get into etcd's data",
        vector: vector("AV:L/AC:L/Au:N/C:C/I:C/A:C"),
        applies: APPLIES,
        check: mode(&[EtcdData], 0o700, Themselves),
        documentation: Documentation {
            finds: "\
Permission bits besides 0700 of the directory in `--data-dir`, or of the distribution's place for \
it.",
            matters: "\
The files in it are the cluster's whole state: all Secrets, in the clear unless the API server \
encrypts them. Whoever can write them can write any object.",
            options: "\
- **Set 0700**; newer releases of etcd refuse to start with more.
- **Encrypt Secrets** in the API server as well: backups of the directory leave the node.",
            acceptable: MODE_ACCEPTABLE,
        },
        examples: &[
            pass("run etcd@3.5 --data-dir=/var/lib/etcd\ndir /var/lib/etcd 0700 root:root"),
            pass("run etcd@3.5 --data-dir /var/lib/etcd\ndir /var/lib/etcd 0700 etcd:etcd"),
            fail("run etcd@3.5 --data-dir=/var/lib/etcd\ndir /var/lib/etcd 0755 root:root"),
            fail("run etcd@3.5\nenv ETCD_DATA_DIR=/data\ndir /data 0710 etcd:etcd"),
            error("run etcd@3.5 --data-dir=/var/lib/etcd\ngap /var/lib/etcd permission-denied"),
            error("run etcd@3.5 --data-dir=/var/lib/etcd\nabsent /var/lib/etcd"),
            not_applicable("run sshd"),
        ],
    },
    Control {
        id: "etcd-data-owner",
        title: "etcd's data belongs to somebody besides etcd",
        vector: vector("AV:L/AC:L/Au:S/C:C/I:C/A:C"),
        applies: APPLIES,
        check: Check::Node(data_owner),
        documentation: Documentation {
            finds: "\
A data directory that does not belong to the user that etcd runs as. CIS asks for `etcd:etcd` by \
the parameter `owner` and is then followed to the letter: a kubeadm node, whose etcd runs as \
root, fails, and the finding says what etcd would need to run as a user of its own.",
            matters: "\
The owner of the directory reads and writes the cluster's whole state. Another account, and \
whatever else runs under it, has no business there; and an etcd that is root gives the host away \
when it is broken.",
            options: "\
- **A user of its own**: `etcd:etcd` for data and process. In a static pod that takes `runAsUser` \
and `runAsGroup` in the manifest, and certificates that the user may read.
- **root, as kubeadm has it**: nothing else on the node gets closer to the data than root already \
is.",
            acceptable: "\
Where etcd is a static pod that runs as root, and the directory belongs to root.",
        },
        examples: &[
            pass("run etcd@3.5 --data-dir=/e\nas 1000\ndir /e 0700 etcd:etcd"),
            pass("run etcd@3.5 --data-dir=/e\ndir /e 0700 root:root"),
            fail("run etcd@3.5 --data-dir=/e\nas 1000\ndir /e 0700 root:root"),
            fail("run etcd@3.5 --data-dir=/e\ndir /e 0700 somebody:root"),
            error("run etcd@3.5 --data-dir=/e\ngap /e permission-denied"),
            error("run etcd@3.5 --data-dir=/e\nabsent /e"),
            not_applicable("run sshd"),
        ],
    },
];

fn data_owner(node: &NodeView<'_>, with: &Parameters, judge: &mut Judge<'_, '_>) {
    let runs_as = node.instances(Etcd).iter().find_map(|etcd| etcd.process?.uid);
    let asked = match with.get("owner").map(|owner| owner.split_once(':')) {
        Some(None) => {
            judge.error("node", "the parameter owner of the benchmark is not a user and a group");
            return;
        }
        Some(asked) => asked,
        None => None,
    };
    file::each(&[EtcdData], Themselves, node, judge, &mut |path, found, judge| match asked {
        Some((user, group)) => judge_asked(path, found, (user, group), runs_as, judge),
        None => judge_by_process(path, found, runs_as, judge),
    });
}

/// To the letter of a benchmark, with what it would take where etcd is root.
fn judge_asked(
    path: &str,
    found: &File,
    (user, group): (&str, &str),
    runs_as: Option<u32>,
    judge: &mut Judge<'_, '_>,
) {
    if file::is_owned_by(found, user, group) {
        judge
            .pass(path, format!("owned by {user}:{group}"))
            .expected(format!("owned by {user}:{group}"))
            .evidence(file::state(found), Location::file(path));
        return;
    }
    let mut message = format!("owned by {}", file::owner(found));
    if runs_as == Some(0) && user != "root" {
        message += &format!(
            "; etcd itself runs as root, and {user} would have to run it for this to keep anybody out"
        );
    }
    judge
        .fail(path, message)
        .expected(format!("owned by {user}:{group}"))
        .evidence(file::state(found), Location::file(path))
        .action(Action::Manual {
            instruction: format!("make the account {user} if the host has none"),
            commands: vec![format!(
                "getent passwd {user} || useradd --system --no-create-home --shell /sbin/nologin {user}"
            )],
        })
        .action(Action::SetOwner {
            path: file::real(path, found),
            owner: user.to_owned(),
            group: group.to_owned(),
        });
}

fn judge_by_process(path: &str, found: &File, runs_as: Option<u32>, judge: &mut Judge<'_, '_>) {
    let Some(uid) = runs_as else {
        judge.error(path, "the user that etcd runs as is not known");
        return;
    };
    let statement = file::state(found);
    let runs = format!("etcd runs with user id {uid}");
    let entry = if found.uid == uid {
        judge.pass(path, format!("owned by {}, which is etcd's user", file::owner(found)))
    } else {
        judge.fail(path, format!("owned by {}, and {runs}", file::owner(found))).action(
            Action::SetOwner {
                path: file::real(path, found),
                owner: uid.to_string(),
                group: found.group.clone().unwrap_or_else(|| found.gid.to_string()),
            },
        )
    };
    entry
        .expected("owned by the user that etcd runs as")
        .evidence(statement, Location::file(path))
        .host_evidence(runs);
}

#[cfg(test)]
mod tests {
    use merlon_model::Outcome::{self, Error, Fail, Pass};
    use merlon_views::{NodeView, Told};

    use crate::{Parameters, evaluate, example, find};

    #[test]
    fn a_benchmark_is_followed_to_the_letter() {
        let check = |node: &str, owner: &str, expected: Outcome, words: &str| {
            let node = example::node(node);
            let view = NodeView::new(&node, example::NOW, &Told::default());
            let with = Parameters([("owner".to_owned(), owner.to_owned())].into());
            let control = find("etcd-data-owner").expect("it is declared");
            let findings = evaluate(control, &view, &with);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert_eq!(findings[0].outcome, expected, "{findings:?}");
            assert!(findings[0].message.contains(words), "{findings:?}");
        };
        let root = "run etcd@3.5 --data-dir=/e\ndir /e 0700 root:root";
        let own = "run etcd@3.5 --data-dir=/e\nas 1000\ndir /e 0700 etcd:etcd";
        check(root, "etcd:etcd", Fail, "etcd itself runs as root");
        check(root, "root:root", Pass, "owned by root:root");
        check(own, "etcd:etcd", Pass, "owned by etcd:etcd");
        check(own, "root:root", Fail, "owned by etcd:etcd");
        check(own, "etcd", Error, "parameter owner");
    }
}
