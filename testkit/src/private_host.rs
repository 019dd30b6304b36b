use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::home::Home;
use crate::process::dying_with_us;
use crate::{Binaries, Component, StartError, Version};

/// What only a private host has.
const MARK: &str = "/etc/merlon-private-host";

/// Makes the host, then becomes the command. Arguments: a directory, the host's name, the directory of the
/// executables, one for temporary files, the command.
///
/// Overlays take what is written to `/etc`, `/usr` and `/var`. Their directories are named relatively, so
/// that nothing about this machine shows in the list of mounts. Kubernetes of the machine is hidden.
const MAKE: &str = r#"
set -e
private=$1 name=$2 binaries=$3 temporary=$4
shift 4
mount -n -t tmpfs -o mode=700 tmpfs "$private"
back=$PWD
cd "$private"
for directory in etc usr var; do
  mkdir -p "$directory.upper" "$directory.work"
  mount -n -t overlay -o "lowerdir=/$directory,upperdir=$directory.upper,workdir=$directory.work" overlay "/$directory"
done
for directory in /etc/kubernetes /etc/cni /etc/systemd/system /var/lib/kubelet /var/lib/etcd /var/log/pods; do
  if [ -e "$directory" ]; then mount -n -t tmpfs -o mode=755 tmpfs "$directory"; fi
done
for component in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet; do
  place=/usr/local/bin/$component
  if [ "$component" = kubelet ]; then place=/usr/bin/kubelet; fi
  rm -f "/usr/local/bin/$component" "/usr/bin/$component"
  touch "$place"
  mount -n --bind "$binaries/$component" "$place"
done
mount -n -t tmpfs -o mode=755 tmpfs /run
mkdir /run/merlon
mount -n --bind "$temporary" /run/merlon
export TMPDIR=/run/merlon
echo "$name" > /proc/sys/kernel/hostname
rm -f /etc/hostname
echo "$name" > /etc/hostname
printf '127.0.0.1 localhost\n203.0.113.10 %s\n' "$name" > /etc/hosts.new
mv /etc/hosts.new /etc/hosts
ip link set lo up
ip address add 203.0.113.10/24 dev lo
ip route add default via 203.0.113.1 dev lo
touch /etc/merlon-private-host
cd "$back"
export PATH="/usr/local/bin:/usr/bin:$PATH"
exec "$@"
"#;

/// A host that is all a test's own: processes, network, name, `/run`, and whatever is written below `/etc`,
/// `/usr` and `/var`, while it sees the rest of the machine.
///
/// There the files of a control plane stand where kubeadm puts them, and no other process of Kubernetes is
/// seen: who looks at the host sees one node. A control plane has the usual ports (6443, 2379 and so on). It is gone, and everything that runs on it, when its first
/// command ends. Needs root; see [`Need::PrivateHost`](crate::Need::PrivateHost).
#[derive(Debug)]
pub struct PrivateHost {
    version: Version,
    name: String,
    home: Home,
}

impl PrivateHost {
    /// Prepares a host called `name` with the executables of `version` in `/usr/bin` and `/usr/local/bin`.
    ///
    /// # Errors
    /// When there is no place for its files.
    pub fn new(version: Version, name: &str) -> io::Result<PrivateHost> {
        Ok(PrivateHost { version, name: name.to_owned(), home: Home::create("host")? })
    }

    /// The command that makes the host and runs `program` on it as its first process.
    ///
    /// # Errors
    /// When there are no executables of Kubernetes.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Result<Command, StartError> {
        let binaries = Binaries::locate(self.version)?;
        let together = self.home.private().join("bin");
        fs::create_dir_all(&together)?;
        for component in Component::ALL {
            let link = together.join(component.name());
            if !link.exists() {
                std::os::unix::fs::symlink(binaries.path(component), link)?;
            }
        }
        let (private, temporary) =
            (self.home.private().join("host"), self.home.private().join("tmp"));
        for directory in [&private, &temporary] {
            fs::create_dir_all(directory)?;
            fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
        }
        let mut command = dying_with_us(Path::new("unshare"));
        command
            .args(["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"])
            .args(["--mount-proc", "--net", "--uts", "--", "sh", "-c", MAKE, "sh"])
            .args([private.as_os_str(), self.name.as_ref(), together.as_os_str()])
            .args([temporary.as_os_str(), program.as_ref()]);
        Ok(command)
    }

    /// Whether the caller runs on one.
    pub fn is_here() -> bool {
        Path::new(MARK).exists()
    }

    /// Why the machine cannot have one.
    pub(crate) fn missing() -> Option<String> {
        const TRY: &str = "directory=$(mktemp -d); trap 'cd /; umount \"$directory\"; rmdir \"$directory\"' EXIT; \
             mount -n -t tmpfs tmpfs \"$directory\" && cd \"$directory\" && mkdir upper work && \
             mount -n -t overlay -o lowerdir=/etc,upperdir=upper,workdir=work overlay /etc && \
             ip link set lo up && umount /etc";
        let unshared = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc"])
            .args(["--net", "--uts", "--", "sh", "-c", TRY])
            .output();
        match unshared {
            Ok(Output { status, .. }) if status.success() => None,
            Ok(Output { stderr, .. }) => Some(format!(
                "a private host needs root, namespaces, overlays and ip: {}",
                String::from_utf8_lossy(&stderr).trim()
            )),
            Err(error) => Some(format!("a private host needs unshare of util-linux: {error}")),
        }
    }
}
