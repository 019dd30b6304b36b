//! Builds the executables of the testkit, starts a cluster to look at, or generates one.

use std::ffi::OsString;
use std::io::{BufWriter, ErrorKind, Write};
use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::{Parser, Subcommand};
use merlon_testkit::{
    Binaries, ClusterSize, Component, ControlPlane, GeneratedCluster, PrivateHost, Profile, Tool,
    Version,
};
use serde_json::Value;

#[derive(Parser)]
#[command(about, version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the executables, unless they are there.
    Build {
        /// A Kubernetes minor, such as 1.37; all of them and the tools when absent.
        #[arg(long, value_parser = version)]
        version: Option<Version>,
    },
    /// Starts a cluster and keeps it until standard input ends or Ctrl-C is pressed.
    Start {
        /// A Kubernetes minor, such as 1.37.
        #[arg(long, value_parser = version, default_value_t = Version::NEWEST)]
        version: Version,
        /// How it is configured.
        #[arg(long, value_parser = ["kubeadm", "hardened", "unhardened"], default_value = "kubeadm")]
        profile: String,
        /// Starts a kubelet on the control plane's node too. Needs root.
        #[arg(long)]
        kubelet: bool,
    },
    /// Starts one node on a private host, runs a command there, and ends both. Needs root.
    ///
    /// The host has its own processes and network, and its own /etc, /usr and /var.
    Host {
        /// A Kubernetes minor, such as 1.37.
        #[arg(long, value_parser = version, default_value_t = Version::NEWEST)]
        version: Version,
        /// How it is configured.
        #[arg(long, value_parser = ["kubeadm", "hardened", "unhardened"], default_value = "kubeadm")]
        profile: String,
        /// A worker: a kubelet alone, instead of a control plane with its kubelet.
        #[arg(long)]
        worker: bool,
        /// The command and its arguments.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Prints the objects of a generated cluster, one JSON object per line.
    Generate {
        /// The same seed gives the same cluster.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Prints what people applied, instead of what the API server would list.
        #[arg(long)]
        applied: bool,
        #[arg(long, default_value_t = 10)]
        nodes: usize,
        #[arg(long, default_value_t = 20)]
        namespaces: usize,
        #[arg(long, default_value_t = 500)]
        pods: usize,
        /// Besides each namespace's default.
        #[arg(long, default_value_t = 100)]
        service_accounts: usize,
        /// Role bindings and cluster role bindings.
        #[arg(long, default_value_t = 200)]
        bindings: usize,
    },
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| {
        format!("one of {}", Version::ALL.map(|version| version.to_string()).join(", "))
    })
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Build { version } => build(version),
        Task::Start { version, profile, kubelet } => start(version, &profile, kubelet),
        Task::Host { version, profile, worker, command } => {
            return host(version, &profile, worker, &command).unwrap_or_else(|error| {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            });
        }
        Task::Generate { seed, applied, nodes, namespaces, pods, service_accounts, bindings } => {
            let size = ClusterSize { nodes, namespaces, pods, service_accounts, bindings };
            generate(&GeneratedCluster::new(seed, size), applied)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build(wanted: Option<Version>) -> Result<(), Box<dyn std::error::Error>> {
    for tool in Tool::ALL.into_iter().filter(|_| wanted.is_none()) {
        println!("{}", tool.locate()?.display());
    }
    for version in Version::ALL {
        if wanted.is_none_or(|wanted| wanted == version) {
            let binaries = Binaries::locate(version)?;
            for component in Component::ALL {
                println!("{}", binaries.path(component).display());
            }
        }
    }
    Ok(())
}

fn start(
    version: Version,
    profile: &str,
    with_kubelet: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let profile = Profile::named(profile).ok_or("no such profile")?;
    Binaries::locate(version)?;
    let started = Instant::now();
    let plane = ControlPlane::builder(version).profile(profile).start()?;
    let kubelet = with_kubelet.then(|| plane.kubelet().start()).transpose()?;
    let mut output = std::io::stdout();
    writeln!(output, "started in {:.1} s", started.elapsed().as_secs_f64())?;
    writeln!(output, "root        {}", plane.root().display())?;
    writeln!(output, "kubeconfig  {}", plane.kubeconfig().display())?;
    writeln!(output, "server      {}", plane.url())?;
    let mut pids = plane.pids();
    if let Some(kubelet) = &kubelet {
        writeln!(output, "kubelet     https://127.0.0.1:{}", kubelet.port())?;
        if let Some(port) = kubelet.read_only_port() {
            writeln!(output, "read-only   http://127.0.0.1:{port}")?;
        }
        pids.extend(kubelet.pids());
    }
    for (component, pid) in pids {
        writeln!(output, "pid {pid:<7} {}", component.name())?;
    }
    wait_for_the_end();
    Ok(())
}

fn host(
    version: Version,
    profile: &str,
    worker: bool,
    command: &[OsString],
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let status = if PrivateHost::is_here() {
        let profile = Profile::named(profile).ok_or("no such profile")?.listening_everywhere();
        let mut builder = ControlPlane::builder(version).profile(profile);
        if !worker {
            builder = builder.on_private_host();
        }
        let plane = builder.start()?;
        let _plane;
        let _kubelet = if worker {
            // The node is not the control plane's: that goes once the kubelet has seen it.
            let kubelet = plane.worker("worker").on_private_host().start()?;
            drop(plane);
            kubelet
        } else {
            let kubelet = plane.kubelet().start()?;
            _plane = plane;
            kubelet
        };
        let (program, arguments) = command.split_first().ok_or("no command")?;
        Command::new(program).args(arguments).status()?
    } else {
        let host = PrivateHost::new(version, if worker { "worker" } else { "control-plane" })?;
        host.command(std::env::current_exe()?)?.args(std::env::args_os().skip(1)).status()?
    };
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn generate(cluster: &GeneratedCluster, applied: bool) -> Result<(), Box<dyn std::error::Error>> {
    let mut output = BufWriter::new(std::io::stdout().lock());
    let mut write = |object: Value| writeln!(output, "{object}");
    let result = if applied {
        cluster.objects().try_for_each(&mut write)
    } else {
        cluster.snapshot().try_for_each(&mut write)
    };
    match result.and_then(|()| output.flush()) {
        // Who reads the first lines only, as `head` does, has what it wants.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Until standard input ends. Ctrl-C ends us without destructors; the kernel then ends the components.
fn wait_for_the_end() {
    // Whatever is typed, and how reading ends, does not matter.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}
