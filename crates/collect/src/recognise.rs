use merlon_model::Component;

/// What a process has to do with Kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recognition {
    /// The component that it is.
    pub component: Option<Component>,
    /// Whether it is a program that carries or starts components, or runs containers: `k3s`,
    /// `kubelite`, `containerd`.
    pub supervisor: bool,
}

impl Recognition {
    /// Whether the process belongs to Kubernetes at all.
    #[must_use]
    pub fn is_kubernetes(self) -> bool {
        self.component.is_some() || self.supervisor
    }

    const SUPERVISOR: Self = Self { component: None, supervisor: true };

    fn component(component: Component) -> Self {
        Self { component: Some(component), supervisor: false }
    }
}

/// Recognises a process by the program that it runs.
///
/// `executable` is where its executable link leads, if that could be read; `argv` are its arguments,
/// program first. Only the program's name decides, the executable's before the one in `argv`: an
/// editor with `kube-apiserver.yaml` open is no API server, and neither is a shell that will start
/// one. For programs that are many in one (`hyperkube kubelet`, `openshift start node`) the
/// subcommand decides too.
#[must_use]
pub fn recognise<'a>(
    executable: Option<&'a str>,
    argv: impl Iterator<Item = &'a str> + Clone,
) -> Recognition {
    let mut words = argv.clone().take(2);
    let first = words.next().unwrap_or_default();
    // A program that sets its title puts one text where its arguments were: `k3s server`.
    let (invoked, title) = match first.split_once(' ') {
        Some((invoked, title)) if words.all(str::is_empty) => (invoked, Some(title)),
        _ => (first, None),
    };
    let program = Program {
        executable: executable.map(base_name).unwrap_or_default(),
        // Login shells are started with a dash before their name.
        invoked: base_name(invoked).trim_start_matches('-'),
    };
    let arguments = title
        .unwrap_or_default()
        .split(' ')
        .chain(argv.skip(1).filter(|_| title.is_none()))
        .filter(|argument| !argument.is_empty());
    program.recognise(arguments)
}

/// The two names a process goes by.
struct Program<'a> {
    executable: &'a str,
    invoked: &'a str,
}

impl<'a> Program<'a> {
    fn recognise(&self, arguments: impl Iterator<Item = &'a str>) -> Recognition {
        // Many programs in one: the name it was invoked by may be a link to it.
        if self.is("hyperkube") {
            return hyperkube(self.invoked, arguments);
        }
        for name in ["k3s", "rke2", "k0s"] {
            if self.executable == name {
                return distribution(name, self.invoked, arguments);
            }
        }
        if self.is("openshift") {
            return openshift(arguments);
        }
        if self.is("hypershift") {
            return hypershift(arguments);
        }
        for name in [self.executable, self.invoked] {
            if let Some(component) = Component::from_name(name) {
                return Recognition::component(component);
            }
            if SUPERVISORS.contains(&name) {
                return Recognition::SUPERVISOR;
            }
        }
        match self.invoked {
            name @ ("k3s" | "rke2" | "k0s") => distribution(name, name, arguments),
            _ => Recognition::default(),
        }
    }

    fn is(&self, name: &str) -> bool {
        self.executable == name || self.invoked == name
    }
}

const SUPERVISORS: [&str; 12] = [
    "k3s-server",
    "k3s-agent",
    "kubelite",
    "microk8s-cluster-agent",
    "cluster-agent",
    "machined",
    "containerd",
    "crio",
    "cri-o",
    "dockerd",
    "cri-dockerd",
    "k8s-dqlite",
];

/// `hyperkube kubelet`, `hyperkube apiserver`, or a link named after the component.
fn hyperkube<'a>(invoked: &str, mut arguments: impl Iterator<Item = &'a str>) -> Recognition {
    let name = match Component::from_name(invoked) {
        Some(component) => return Recognition::component(component),
        None => arguments.find(|argument| !argument.starts_with('-')),
    };
    let component = match name.unwrap_or_default() {
        "apiserver" => Some(Component::KubeApiserver),
        "controller-manager" => Some(Component::KubeControllerManager),
        "scheduler" => Some(Component::KubeScheduler),
        "proxy" => Some(Component::KubeProxy),
        name => Component::from_name(name),
    };
    component.map(Recognition::component).unwrap_or_default()
}

/// k3s, RKE2 and k0s: one program that is the cluster and also its tools.
fn distribution<'a>(
    name: &str,
    invoked: &str,
    mut arguments: impl Iterator<Item = &'a str>,
) -> Recognition {
    const TOOLS: [&str; 18] = [
        "kubectl",
        "crictl",
        "ctr",
        "check-config",
        "completion",
        "etcd-snapshot",
        "secrets-encrypt",
        "certificate",
        "token",
        "status",
        "version",
        "help",
        "stop",
        "start",
        "install",
        "reset",
        "sysinfo",
        "kubeconfig",
    ];
    match invoked {
        "containerd" => return Recognition::SUPERVISOR,
        // `k3s-server` and `k3s-agent` are titles that it gives itself.
        _ if invoked.strip_prefix(name).is_some_and(is_role) => return Recognition::SUPERVISOR,
        "init" | "" => {}
        _ if invoked != name => return Recognition::default(),
        _ => {}
    }
    let command = arguments.find(|argument| !argument.starts_with('-'));
    match command {
        Some(command) if TOOLS.contains(&command) => Recognition::default(),
        _ => Recognition::SUPERVISOR,
    }
}

fn is_role(rest: &str) -> bool {
    matches!(rest, "-server" | "-agent" | "-init")
}

/// `openshift start …`, of OpenShift 3.
fn openshift<'a>(mut arguments: impl Iterator<Item = &'a str>) -> Recognition {
    match arguments.next() {
        Some("start") => Recognition::SUPERVISOR,
        _ => Recognition::default(),
    }
}

/// `hypershift openshift-kube-apiserver …`, of OpenShift 4.
fn hypershift<'a>(mut arguments: impl Iterator<Item = &'a str>) -> Recognition {
    match arguments.next() {
        Some(command) if command.starts_with("openshift-") => Recognition::SUPERVISOR,
        _ => Recognition::default(),
    }
}

/// The last part of a path; the kernel marks executables that were replaced on disk.
pub(crate) fn base_name(path: &str) -> &str {
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use merlon_model::Component;

    use super::{Recognition, recognise};

    fn check(executable: &str, argv: &str, expected: Recognition) {
        let executable = (!executable.is_empty()).then_some(executable);
        let argv: Vec<&str> = argv.split('|').collect();
        let recognised = recognise(executable, argv.iter().copied());
        assert_eq!(recognised, expected, "{executable:?} {argv:?}");
    }

    #[test]
    fn components_are_recognised_by_their_program() {
        let is = |executable: &str, argv: &str, component| {
            check(executable, argv, Recognition::component(component));
        };
        for component in Component::ALL {
            is(&format!("/usr/bin/{component}"), &format!("{component}|--v=2"), component);
            is("", &format!("/usr/local/bin/{component}|--v=2"), component);
        }
        is("/usr/bin/kubelet (deleted)", "/usr/bin/kubelet", Component::Kubelet);
        is("/opt/bin/kubelet-1.31.2", "/opt/bin/kubelet|--v=2", Component::Kubelet);
        is("/usr/bin/kubelet", "agent", Component::Kubelet);
        is("/hyperkube", "/hyperkube|kubelet|--v=2", Component::Kubelet);
        is("/hyperkube", "/hyperkube|apiserver", Component::KubeApiserver);
        is("/hyperkube", "hyperkube|kube-apiserver", Component::KubeApiserver);
        is("/hyperkube", "/hyperkube|--v=2|controller-manager", Component::KubeControllerManager);
        is("/hyperkube", "/hyperkube|scheduler", Component::KubeScheduler);
        is("/hyperkube", "/kube-proxy|--v=2", Component::KubeProxy);
        is("", "/hyperkube|proxy", Component::KubeProxy);
    }

    #[test]
    fn supervisors_and_runtimes_are_kept() {
        let is = |executable, argv| check(executable, argv, Recognition::SUPERVISOR);
        is("/var/lib/rancher/k3s/data/9f1/bin/k3s", "/usr/local/bin/k3s server");
        is("/var/lib/rancher/k3s/data/9f1/bin/k3s", "/usr/local/bin/k3s server||||");
        is("/var/lib/rancher/k3s/data/9f1/bin/k3s", "/usr/local/bin/k3s|server|--v=2");
        is("/var/lib/rancher/k3s/data/9f1/bin/k3s", "k3s-server");
        is("", "/usr/local/bin/k3s agent");
        is("/usr/local/bin/rke2", "/usr/local/bin/rke2 server");
        is("/usr/local/bin/k0s", "/usr/local/bin/k0s|controller|--single");
        is("/snap/microk8s/6641/kubelite", "/snap/microk8s/6641/kubelite|--x");
        is("", "microk8s-cluster-agent|cluster-agent");
        is("/usr/bin/machined", "/sbin/init");
        is("/usr/bin/openshift", "openshift|start|master|api|--config=x");
        is("/usr/bin/hypershift", "hypershift|openshift-kube-apiserver|--config=x");
        is("/usr/bin/containerd", "/usr/bin/containerd");
        is("/var/lib/rancher/k3s/data/9f1/bin/k3s", "containerd|-c|x");
        is("/usr/bin/crio", "/usr/bin/crio");
        is("/usr/bin/dockerd", "/usr/bin/dockerd|-H|fd://");
        is("/usr/bin/cri-dockerd", "/usr/bin/cri-dockerd");
    }

    #[test]
    fn arguments_do_not_make_a_component() {
        let none = |executable, argv| check(executable, argv, Recognition::default());
        none("/usr/bin/vim", "vim|/etc/kubernetes/manifests/kube-apiserver.yaml");
        none("/usr/bin/vim", "vim|kube-apiserver");
        none("/usr/bin/bash", "bash|-c|kube-apiserver --v=2");
        none("/usr/bin/bash", "sh -c kube-apiserver");
        none("/usr/bin/bash", "/bin/bash|/usr/local/bin/kubelet|--v=2");
        none("/usr/bin/grep", "grep|kubelet");
        none("", "journalctl|-u|kubelet");
        none("/usr/bin/go-runner", "/go-runner|/usr/local/bin/kube-apiserver");
        none("/pause", "/pause");
        none("/usr/bin/kubelet.sh", "kubelet.sh");
        none("/usr/bin/etcdctl", "etcdctl|get");
        none("/usr/bin/containerd-shim-runc-v2", "/usr/bin/containerd-shim-runc-v2|-id|x");
        none("/usr/local/bin/k3s", "k3s|kubectl|get|pods");
        none("/usr/local/bin/k3s", "kubectl|get|pods");
        none("/usr/local/bin/k3s", "crictl|ps");
        none("/usr/local/bin/k0s", "k0s|status");
        none("/hyperkube", "/hyperkube|kubectl|get");
        none("/usr/bin/openshift", "openshift|version");
        none("", "");
        none("", "-bash");
    }
}
