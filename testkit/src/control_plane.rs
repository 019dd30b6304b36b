use std::collections::BTreeMap;
use std::io::Read;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kube::Client;
use serde_json::{Value, json};

use crate::client::{Endpoint, block_on};
use crate::home::{Home, below, write_in};
use crate::layout::{StaticPod, embedded, set_modes, write_kubeconfig, write_static_pod};
use crate::pki::Pki;
use crate::placeholders::Placeholders;
use crate::ports::free_port;
use crate::process::{Process, dying_with_us};
use crate::{
    Answer, AuditReceiver, Binaries, Component, Credential, Flags, PrivateHost, Profile,
    StartError, Version,
};

/// How long a component may take until it is ready, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often readiness is asked for.
const PAUSE: Duration = Duration::from_millis(50);

/// The name of the node that the control plane stands on.
const NODE: &str = "control-plane";

/// A running etcd and kube-apiserver, and usually a controller manager and a scheduler.
///
/// Everything ends when this is dropped, and also when the process that holds it is killed.
#[derive(Debug)]
pub struct ControlPlane {
    // Dropped in this order: processes before their files.
    processes: Vec<Process>,
    host: Arc<Host>,
}

/// What a kubelet shares with its control plane.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) binaries: Binaries,
    pub(crate) profile: Profile,
    pub(crate) pki: Pki,
    pub(crate) api: Endpoint,
    pub(crate) placeholders: Placeholders,
    pub(crate) home: Home,
}

/// How a control plane is to be started.
#[derive(Clone, Debug)]
pub struct ControlPlaneBuilder {
    version: Version,
    profile: Profile,
    controllers: bool,
    on_private_host: bool,
}

impl ControlPlane {
    /// A control plane of `version`, for now as kubeadm sets it up.
    pub fn builder(version: Version) -> ControlPlaneBuilder {
        ControlPlaneBuilder {
            version,
            profile: Profile::kubeadm(),
            controllers: true,
            on_private_host: false,
        }
    }

    /// The version it runs.
    pub fn version(&self) -> Version {
        self.host.binaries.version()
    }

    /// The directory that is laid out like the host's `/`: `etc/kubernetes`, `var/lib/etcd` and so on.
    pub fn root(&self) -> PathBuf {
        self.host.home.root()
    }

    /// The administrator's kubeconfig, the one that kubeadm calls `super-admin.conf`.
    pub fn kubeconfig(&self) -> PathBuf {
        below(&self.root(), "/etc/kubernetes/super-admin.conf")
    }

    /// The API server, such as `https://127.0.0.1:12345`.
    pub fn url(&self) -> &str {
        &self.host.api.url
    }

    /// The certificate of the cluster's authority, PEM.
    pub fn ca(&self) -> String {
        self.host.pki.trust()
    }

    /// The name of the node that the control plane stands on.
    pub fn node(&self) -> &'static str {
        NODE
    }

    /// The port of a component. The kubelet's is asked of the [`Kubelet`](crate::Kubelet).
    pub fn port(&self, component: Component) -> Option<u16> {
        self.host.placeholders.port(port_of(component)?)
    }

    /// The process id of each component.
    pub fn pids(&self) -> BTreeMap<Component, u32> {
        let pid = |process: &Process| (process.component(), process.pid());
        self.processes.iter().map(pid).collect()
    }

    /// A client of the API server, bound to the current runtime.
    ///
    /// # Errors
    /// When a name cannot stand in a certificate or header.
    pub fn client(&self, credential: &Credential) -> Result<Client, StartError> {
        self.host.api.client(&self.host.pki, credential)
    }

    /// The API server's answer to `GET path`, whatever its status.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn get(&self, credential: &Credential, path: &str) -> Result<Answer, StartError> {
        self.host.api.get(&self.host.pki, credential, path).await
    }

    /// The API server's answer to `POST path` with an object, whatever its status.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn post(
        &self,
        credential: &Credential,
        path: &str,
        object: &Value,
    ) -> Result<Answer, StartError> {
        self.host.api.post(&self.host.pki, credential, path, object).await
    }

    /// The API server's answer to `DELETE path` of an object or a collection, whatever its status.
    /// Nothing gets time to end by itself.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn delete(&self, credential: &Credential, path: &str) -> Result<Answer, StartError> {
        self.host.api.delete(&self.host.pki, credential, path).await
    }

    /// The API server's answer to `PATCH path` with a JSON patch (RFC 6902), whatever its status.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn json_patch(
        &self,
        credential: &Credential,
        path: &str,
        operations: &[Value],
    ) -> Result<Answer, StartError> {
        self.host.api.json_patch(&self.host.pki, credential, path, operations).await
    }

    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }
}

impl ControlPlaneBuilder {
    /// Starts from `profile` instead of [`Profile::kubeadm`].
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> ControlPlaneBuilder {
        self.profile = profile;
        self
    }

    /// Changes the profile.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Profile)) -> ControlPlaneBuilder {
        change(&mut self.profile);
        self
    }

    /// Leaves out the controller manager and the scheduler.
    ///
    /// No default service accounts then, no garbage collection, no pods from workloads.
    #[must_use]
    pub fn without_controllers(mut self) -> ControlPlaneBuilder {
        self.controllers = false;
        self
    }

    /// Takes `/` of a [`PrivateHost`] for its root.
    ///
    /// Starting fails anywhere else.
    #[must_use]
    pub fn on_private_host(mut self) -> ControlPlaneBuilder {
        self.on_private_host = true;
        self
    }

    /// Sends audit events to `receiver`, chosen by `policy` (an `audit.k8s.io/v1` `Policy`, YAML).
    #[must_use]
    pub fn audit_webhook(mut self, receiver: &AuditReceiver, policy: &str) -> ControlPlaneBuilder {
        let directory = "/etc/kubernetes/audit-webhook";
        self.profile.file(&format!("{directory}/policy.yaml"), policy, 0o600).file(
            &format!("{directory}/kubeconfig.yaml"),
            &receiver.kubeconfig(),
            0o600,
        );
        self.profile
            .apiserver
            .set("audit-policy-file", &format!("{{root}}{directory}/policy.yaml"))
            .set("audit-webhook-config-file", &format!("{{root}}{directory}/kubeconfig.yaml"))
            .set("audit-webhook-batch-max-wait", "100ms");
        self
    }

    /// Starts everything and waits until the API server is ready.
    ///
    /// # Errors
    /// When a component does not start, with the end of what it said.
    pub fn start(self) -> Result<ControlPlane, StartError> {
        let binaries = Binaries::locate(self.version)?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.attempt(&binaries) {
                Err(error) if error.is_port_taken() && attempt < 3 => {}
                result => return result,
            }
        }
    }

    fn attempt(&self, binaries: &Binaries) -> Result<ControlPlane, StartError> {
        let home = if self.on_private_host {
            Home::of_private_host("cluster")?
        } else {
            Home::create("cluster")?
        };
        let root = home.root();
        let placeholders = placeholders(&home.prefix(), PrivateHost::is_here())?;
        let pki = Pki::create(&root, NODE)?;
        let api = Endpoint {
            url: format!("https://127.0.0.1:{}", placeholders.fill("{apiserver-port}")),
            trust: pki.trust(),
            server_name: None,
        };
        write_kubeconfigs(&root, &pki, &api)?;
        let mut host = Host {
            binaries: binaries.clone(),
            profile: self.profile.clone(),
            pki,
            api,
            placeholders,
            home,
        };
        let launches = self.write_files(&mut host)?;
        let mut plane = ControlPlane { processes: Vec::new(), host: Arc::new(host) };
        let result = plane.bring_up(launches);
        if result.as_ref().is_err_and(|error| !error.is_port_taken()) {
            plane.host.home.keep();
        }
        result.map(|()| plane)
    }

    /// Writes the host's files and gives the arguments of each component.
    fn write_files(&self, host: &mut Host) -> Result<Vec<(Component, Vec<String>)>, StartError> {
        let root = host.home.root();
        let filled = |text: &str| host.placeholders.fill(text);
        for file in &self.profile.files {
            write_in(&root, &file.path, filled(&file.contents).as_bytes(), file.mode)?;
        }
        std::fs::create_dir_all(below(&root, "/var/log/kubernetes/audit"))?;
        std::fs::create_dir_all(below(&root, "/var/log/pods"))?;
        make_private_directory(&below(&root, "/var/lib/etcd"))?;
        let mut launches = Vec::new();
        for (component, flags) in self.components() {
            let arguments = flags.arguments(filled);
            let port = |name: &str| host.placeholders.port(name).expect("every port is chosen");
            let pod = StaticPod {
                component,
                arguments: &arguments,
                probe: match component {
                    Component::Etcd => (port("etcd-metrics-port"), "HTTP", "/livez"),
                    Component::ApiServer => (port("apiserver-port"), "HTTPS", "/livez"),
                    Component::ControllerManager => {
                        (port("controller-manager-port"), "HTTPS", "/healthz")
                    }
                    _ => (port("scheduler-port"), "HTTPS", "/livez"),
                },
                volumes: volumes(component),
            };
            write_static_pod(&root, self.version, &pod)?;
            launches.push((component, arguments));
        }
        set_modes(&root, &self.profile.modes)?;
        Ok(launches)
    }

    fn components(&self) -> Vec<(Component, &Flags)> {
        let mut components = vec![
            (Component::Etcd, &self.profile.etcd),
            (Component::ApiServer, &self.profile.apiserver),
        ];
        if self.controllers {
            components.push((Component::ControllerManager, &self.profile.controller_manager));
            components.push((Component::Scheduler, &self.profile.scheduler));
        }
        components
    }
}

impl ControlPlane {
    fn bring_up(&mut self, launches: Vec<(Component, Vec<String>)>) -> Result<(), StartError> {
        let (stores, controllers): (Vec<_>, Vec<_>) =
            launches.into_iter().partition(|(component, _)| {
                matches!(component, Component::Etcd | Component::ApiServer)
            });
        self.launch(stores)?;
        self.wait_until_ready()?;
        // The others end at once when they cannot reach the API server.
        let launched: Vec<Component> =
            controllers.iter().map(|(component, _)| *component).collect();
        self.launch(controllers)?;
        self.bind_administrators()?;
        for component in launched {
            self.wait_until_listening(component)?;
        }
        Ok(())
    }

    /// A component listens once it has accepted its arguments and files.
    fn wait_until_listening(&mut self, component: Component) -> Result<(), StartError> {
        let Some(port) = self.port(component) else {
            return Ok(());
        };
        wait_for(component.name(), &mut self.processes, || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .map(drop)
                .map_err(|error| error.to_string())
        })
    }

    fn launch(&mut self, launches: Vec<(Component, Vec<String>)>) -> Result<(), StartError> {
        for (component, arguments) in launches {
            let program = self.host.binaries.path(component);
            let mut command = dying_with_us(program);
            command.args(&arguments);
            let log = self.host.home.log(component.name());
            let process = Process::start(component, command, log)
                .map_err(|source| StartError::Spawn { program: program.to_owned(), source })?;
            self.processes.push(process);
        }
        Ok(())
    }

    fn wait_until_ready(&mut self) -> Result<(), StartError> {
        let host = Arc::clone(&self.host);
        wait_for("kube-apiserver", &mut self.processes, || {
            let answer = block_on(host.api.get(&host.pki, &Credential::Admin, "/readyz"));
            match answer {
                Ok(answer) if answer.status == 200 => Ok(()),
                Ok(answer) => Err(answer.body),
                Err(error) => Err(error.to_string()),
            }
        })
    }

    /// As `kubeadm init` does: `admin.conf` holds its power through RBAC, not through `system:masters`.
    fn bind_administrators(&self) -> Result<(), StartError> {
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "kubeadm:cluster-admins"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin",
            },
            "subjects": [{
                "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "kubeadm:cluster-admins",
            }],
        });
        block_on(async { self.apply(&[binding]).await.map(|_| ()) })
            .map_err(|error| StartError::Client(error.to_string()))
    }
}

/// Asks until `ready` answers, a process ends, or patience does.
pub(crate) fn wait_for(
    what: &str,
    processes: &mut [Process],
    mut ready: impl FnMut() -> Result<(), String>,
) -> Result<(), StartError> {
    let started = Instant::now();
    loop {
        let Err(last) = ready() else { return Ok(()) };
        if let Some(end) = processes.iter_mut().find_map(Process::end) {
            return Err(StartError::Ended(end));
        }
        if started.elapsed() > PATIENCE {
            return Err(StartError::NotReady {
                what: what.to_owned(),
                seconds: PATIENCE.as_secs(),
                last,
            });
        }
        std::thread::sleep(PAUSE);
    }
}

fn placeholders(root: &str, usual_ports: bool) -> std::io::Result<Placeholders> {
    let mut key = [0_u8; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    let mut placeholders = Placeholders::default();
    placeholders.set("root", root);
    placeholders.set("node", NODE);
    placeholders.set("random-key", BASE64_STANDARD.encode(key));
    for (name, usual) in [
        ("etcd-port", 2379),
        ("etcd-peer-port", 2380),
        ("etcd-metrics-port", 2381),
        ("apiserver-port", 6443),
        ("controller-manager-port", 10257),
        ("scheduler-port", 10259),
    ] {
        let port = if usual_ports { usual } else { free_port()? };
        placeholders.set(name, port.to_string());
    }
    Ok(placeholders)
}

fn port_of(component: Component) -> Option<&'static str> {
    match component {
        Component::Etcd => Some("etcd-port"),
        Component::ApiServer => Some("apiserver-port"),
        Component::ControllerManager => Some("controller-manager-port"),
        Component::Scheduler => Some("scheduler-port"),
        Component::Kubelet | Component::ContainerRuntime => None,
    }
}

fn volumes(component: Component) -> &'static [(&'static str, &'static str, &'static str)] {
    match component {
        Component::Etcd => &[
            ("etcd-certs", "/etc/kubernetes/pki/etcd", "DirectoryOrCreate"),
            ("etcd-data", "/var/lib/etcd", "DirectoryOrCreate"),
        ],
        Component::ApiServer => &[("k8s-certs", "/etc/kubernetes/pki", "DirectoryOrCreate")],
        Component::ControllerManager => &[
            ("k8s-certs", "/etc/kubernetes/pki", "DirectoryOrCreate"),
            ("kubeconfig", "/etc/kubernetes/controller-manager.conf", "FileOrCreate"),
        ],
        _ => &[("kubeconfig", "/etc/kubernetes/scheduler.conf", "FileOrCreate")],
    }
}

fn write_kubeconfigs(root: &Path, pki: &Pki, api: &Endpoint) -> Result<(), StartError> {
    let files = [
        ("admin", "kubernetes-admin", Some("kubeadm:cluster-admins")),
        ("super-admin", "kubernetes-super-admin", Some("system:masters")),
        ("controller-manager", "system:kube-controller-manager", None),
        ("scheduler", "system:kube-scheduler", None),
    ];
    for (file, user, group) in files {
        let credentials = embedded(&pki.cluster.client(user, group)?);
        let path = format!("/etc/kubernetes/{file}.conf");
        write_kubeconfig(root, &path, &api.url, &api.trust, user, &credentials)?;
    }
    Ok(())
}

fn make_private_directory(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
