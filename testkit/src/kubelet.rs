use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rcgen::ExtendedKeyUsagePurpose;
use serde_json::{Value, json};

use crate::client::Endpoint;
use crate::control_plane::{Host, wait_for};
use crate::home::{Home, below, write_in};
use crate::layout::{set_modes, write_kubeconfig, write_kubelet_unit};
use crate::placeholders::Placeholders;
use crate::ports::free_port;
use crate::process::{Process, dying_with_us};
use crate::yaml::to_yaml;
use crate::{Answer, Component, ControlPlane, Credential, Profile, StartError};

/// Gives the kubelet a view of the machine in which it can do no harm, then becomes the kubelet.
///
/// In its own mount namespace it finds the kernel settings it wants (and would change otherwise), its own
/// `/var/log` and `/var/lib` (where some paths are fixed), and no program but `mount` and `umount`: without
/// `iptables` it leaves the machine's firewall alone. Its mounts end with it.
const CONFINE: &str = r#"
set -e
private=$1 root=$2
shift 2
mkdir -p "$private/bin" "$private/sysctl"
for program in mount umount; do
  ln -sf "$(command -v $program)" "$private/bin/$program"
done
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  name=${setting%=*}
  copy="$private/sysctl/$(echo "$name" | tr / .)"
  echo "${setting#*=}" > "$copy"
  mount -n --bind "$copy" "/proc/sys/$name"
done
[ "$root" = / ] || mount -n --bind "$root/var/log" /var/log
case "$root $1" in
  "/ "*) ;; # a private host has its own
  *" /var/lib/"* | "/var/lib/"*) ;; # hiding these would hide what is needed
  *) mount -n --bind "$root/var/lib" /var/lib ;;
esac
export PATH="$private/bin"
exec "$@"
"#;

/// The containerd of a kubelet, with nothing outside of `{private}`. There are no network plugins,
/// so the node is not ready and only pods on the host's network start.
const CONTAINERD: &str = r#"version = 2
root = "{private}/containerd/root"
state = "{private}/containerd/state"
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
address = "{socket}"

[ttrpc]
address = "{socket}.ttrpc"

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{private}/containerd/bin"
conf_dir = "{private}/containerd/net"
"#;

/// A running kubelet and its container runtime, which usually runs nothing: see [`KubeletBuilder::containerd`].
///
/// Pods that are bound to its node get sandboxes, containers and a status, without a process behind them.
/// The API server does not reach the kubelet (`logs`, `exec`, `proxy`): it refuses to connect to nodes on loopback,
/// and the kubelet listens nowhere else.
#[derive(Debug)]
pub struct Kubelet {
    // Dropped in this order: processes before their files.
    processes: Vec<Process>,
    node: String,
    port: u16,
    read_only_port: Option<u16>,
    endpoint: Endpoint,
    host: Arc<Host>,
    own: Option<Home>,
}

/// How a kubelet is to be started.
#[derive(Debug)]
pub struct KubeletBuilder<'plane> {
    plane: &'plane ControlPlane,
    profile: Profile,
    /// The name of a node of its own; none on the control plane's node.
    worker: Option<String>,
    on_private_host: bool,
    containerd: bool,
}

impl ControlPlane {
    /// A kubelet on a node of its own, with its own root directory. Needs root.
    pub fn worker(&self, name: &str) -> KubeletBuilder<'_> {
        KubeletBuilder {
            plane: self,
            profile: self.host().profile.clone(),
            worker: Some(name.to_owned()),
            on_private_host: false,
            containerd: false,
        }
    }

    /// The kubelet of the control plane's node, which sees the static pods. Needs root.
    pub fn kubelet(&self) -> KubeletBuilder<'_> {
        KubeletBuilder {
            plane: self,
            profile: self.host().profile.clone(),
            worker: None,
            on_private_host: self.root() == Path::new("/"),
            containerd: false,
        }
    }
}

impl KubeletBuilder<'_> {
    /// Takes another profile than the control plane's.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Changes the profile.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Profile)) -> Self {
        change(&mut self.profile);
        self
    }

    /// Takes `/` of a [`PrivateHost`](crate::PrivateHost) for the worker's root, and the usual ports: 10250 and so on.
    /// The kubelet of a control plane on a private host does so by itself.
    ///
    /// Starting fails anywhere else.
    #[must_use]
    pub fn on_private_host(mut self) -> Self {
        self.on_private_host = true;
        self
    }

    /// Takes the machine's containerd, started for this kubelet alone, instead of a runtime that keeps
    /// sandboxes and containers in memory and runs nothing.
    ///
    /// Images must come from somewhere: without a registry no pod starts. Volumes that the kubelet mounts
    /// (secrets, tokens) are empty to containers, because the kubelet has a mount namespace of its own.
    #[must_use]
    pub fn containerd(mut self) -> Self {
        self.containerd = true;
        self
    }

    /// Starts the kubelet and waits until it is healthy and listens.
    ///
    /// # Errors
    /// When it does not start, with the end of what it said.
    pub fn start(self) -> Result<Kubelet, StartError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.attempt() {
                Err(error) if error.is_port_taken() && attempt < 3 => {}
                result => return result,
            }
        }
    }

    fn attempt(&self) -> Result<Kubelet, StartError> {
        let host = Arc::clone(self.plane.host());
        let node = self.worker.clone().unwrap_or_else(|| self.plane.node().to_owned());
        let own = match &self.worker {
            Some(_) if self.on_private_host => Some(Home::of_private_host("node")?),
            Some(_) => Some(Home::create("node")?),
            None => None,
        };
        let home = own.as_ref().unwrap_or(&host.home);
        let root = home.root();
        let mut placeholders = host.placeholders.clone();
        placeholders.set("root", home.prefix());
        placeholders.set("node", node.as_str());

        let choose = |usual| if self.on_private_host { Ok(usual) } else { free_port() };
        let (port, healthz_port) = (choose(10250)?, choose(10248)?);
        let wants_read_only =
            self.profile.kubelet_config["readOnlyPort"].as_u64().unwrap_or(0) != 0;
        let read_only_port = wants_read_only.then(|| choose(10255)).transpose()?;
        let mut profile = self.profile.clone();
        profile.configure_kubelet(&json!({
            "containerRuntimeEndpoint": format!("unix://{}", home.socket().display()),
            "healthzPort": healthz_port,
            "port": port,
        }));
        if let Some(port) = read_only_port {
            profile.configure_kubelet(&json!({"readOnlyPort": port}));
        }
        let config = placeholders.fill_value(&profile.kubelet_config);
        let arguments = write_files(&host, &root, &node, &profile, &config, &placeholders)?;

        let mut kubelet = Kubelet {
            processes: Vec::new(),
            endpoint: Endpoint {
                url: format!("https://127.0.0.1:{port}"),
                trust: host.pki.trust(),
                server_name: Some(node.to_lowercase()),
            },
            node,
            port,
            read_only_port,
            host,
            own,
        };
        let result = kubelet.bring_up(&arguments, healthz_port, self.containerd);
        if result.as_ref().is_err_and(|error| !error.is_port_taken()) {
            kubelet.own.as_ref().unwrap_or(&kubelet.host.home).keep();
        }
        result?;
        if config["tlsCertFile"].is_null() {
            let path = below(&root, "/var/lib/kubelet/pki/kubelet.crt");
            kubelet.endpoint.trust = std::fs::read_to_string(path)?;
        }
        Ok(kubelet)
    }
}

impl Kubelet {
    /// The name of the node.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The port with authentication, 10250 elsewhere.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port without authentication, 10255 elsewhere, where the profile opens it.
    pub fn read_only_port(&self) -> Option<u16> {
        self.read_only_port
    }

    /// The directory that is laid out like the node's `/`.
    pub fn root(&self) -> PathBuf {
        self.own.as_ref().unwrap_or(&self.host.home).root()
    }

    /// The process id of the kubelet and of its container runtime.
    pub fn pids(&self) -> BTreeMap<Component, u32> {
        let pid = |process: &Process| (process.component(), process.pid());
        self.processes.iter().map(pid).collect()
    }

    /// The certificates, PEM, by which the kubelet's own certificate can be verified, for the name [`Kubelet::node`].
    pub fn trust(&self) -> &str {
        &self.endpoint.trust
    }

    /// The kubelet's answer to `GET path` on its port with authentication, whatever its status.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn get(&self, credential: &Credential, path: &str) -> Result<Answer, StartError> {
        self.endpoint.get(&self.host.pki, credential, path).await
    }

    fn bring_up(
        &mut self,
        arguments: &[String],
        healthz_port: u16,
        containerd: bool,
    ) -> Result<(), StartError> {
        self.launch(arguments, containerd)?;
        let port = self.port;
        wait_for("kubelet", &mut self.processes, || {
            healthy(healthz_port)?;
            // The health port may answer before the serving port does.
            TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .map(drop)
                .map_err(|error| error.to_string())
        })
    }

    fn launch(&mut self, arguments: &[String], containerd: bool) -> Result<(), StartError> {
        let host = Arc::clone(&self.host);
        let home = self.own.as_ref().unwrap_or(&host.home);
        let socket = home.socket();
        if let Some(directory) = socket.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let (program, argument) = if containerd {
            (
                Path::new("containerd"),
                format!("--config={}", write_containerd_config(home)?.display()),
            )
        } else {
            let stub = host.binaries.path(Component::ContainerRuntime);
            (stub, format!("unix://{}", socket.display()))
        };
        let mut command = dying_with_us(program);
        command.arg(argument);
        let mut processes = vec![start(home, Component::ContainerRuntime, program, command)?];
        wait_for("the container runtime", &mut processes, || {
            socket.exists().then_some(()).ok_or_else(|| "no socket yet".to_owned())
        })?;

        let program = host.binaries.path(Component::Kubelet);
        // A private host has mounts of its own, where the kubelet is to see what the host sees.
        let mut command = if home.root() == Path::new("/") {
            dying_with_us(Path::new("sh"))
        } else {
            let mut command = dying_with_us(Path::new("unshare"));
            command.args(["--mount", "--propagation", "private", "--", "sh"]);
            command
        };
        command
            .args(["-c", CONFINE, "sh"])
            .args([home.private(), home.root()])
            .arg(program)
            .args(arguments);
        processes.push(start(home, Component::Kubelet, program, command)?);
        self.processes = processes;
        Ok(())
    }
}

fn write_containerd_config(home: &Home) -> std::io::Result<PathBuf> {
    let text = CONTAINERD
        .replace("{private}", &home.private().to_string_lossy())
        .replace("{socket}", &home.socket().to_string_lossy());
    let path = home.private().join("containerd.toml");
    std::fs::create_dir_all(home.private().join("containerd/net"))?;
    std::fs::write(&path, text)?;
    Ok(path)
}

fn start(
    home: &Home,
    component: Component,
    program: &Path,
    command: Command,
) -> Result<Process, StartError> {
    Process::start(component, command, home.log(component.name()))
        .map_err(|source| StartError::Spawn { program: program.to_owned(), source })
}

/// Writes the node's files and gives the kubelet's arguments.
fn write_files(
    host: &Host,
    root: &Path,
    node: &str,
    profile: &Profile,
    config: &Value,
    placeholders: &Placeholders,
) -> Result<Vec<String>, StartError> {
    for directory in ["/etc/kubernetes/manifests", "/var/lib/kubelet/pki", "/var/log/pods"] {
        std::fs::create_dir_all(below(root, directory))?;
    }
    write_in(root, "/etc/kubernetes/pki/ca.crt", host.pki.trust().as_bytes(), 0o644)?;

    let user = format!("system:node:{node}");
    let client = host.pki.cluster.client(&user, Some("system:nodes"))?;
    let current = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let pem = format!("{}{}", client.certificate, client.key);
    write_in(root, current, pem.as_bytes(), 0o600)?;
    let current = below(root, current);
    let credentials = json!({"client-certificate": current, "client-key": current});
    let path = "/etc/kubernetes/kubelet.conf";
    write_kubeconfig(root, path, &host.api.url, &host.pki.trust(), &user, &credentials)?;

    if let (Some(certificate), Some(key)) =
        (config["tlsCertFile"].as_str(), config["tlsPrivateKeyFile"].as_str())
    {
        let usages = [ExtendedKeyUsagePurpose::ServerAuth];
        let pair = host.pki.cluster.server(&user, &[node], &usages)?;
        std::fs::write(certificate, &pair.certificate)?;
        std::fs::write(key, &pair.key)?;
        for path in [certificate, key] {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        }
    }
    write_in(root, "/var/lib/kubelet/config.yaml", to_yaml(config).as_bytes(), 0o644)?;
    let mut flags = profile.kubelet.clone();
    let drop_ins = "/etc/kubernetes/kubelet.conf.d";
    for (name, drop_in) in &profile.kubelet_drop_ins {
        let text = to_yaml(&placeholders.fill_value(drop_in));
        write_in(root, &format!("{drop_ins}/{name}"), text.as_bytes(), 0o644)?;
        flags.set("config-dir", &format!("{{root}}{drop_ins}"));
    }
    let arguments = flags.arguments(|text| placeholders.fill(text));
    write_kubelet_unit(root, &arguments)?;
    set_modes(root, &profile.modes)?;
    Ok(arguments)
}

/// Asks the health port, which speaks plain HTTP and asks for no credential.
fn healthy(port: u16) -> Result<(), String> {
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().map_err(|error| error.to_string())?;
    if answer.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(answer) }
}
