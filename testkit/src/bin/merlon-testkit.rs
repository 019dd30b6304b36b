//! Builds the executables of the testkit, or starts a cluster to look at.

use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use merlon_testkit::{Binaries, Component, ControlPlane, Profile, Version};

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
        /// A Kubernetes minor, such as 1.37; all of them when absent.
        #[arg(long, value_parser = version)]
        version: Option<Version>,
    },
    /// Starts a cluster and keeps it until standard input ends or Ctrl-C is pressed.
    Start {
        /// A Kubernetes minor, such as 1.37.
        #[arg(long, value_parser = version, default_value = "1.37")]
        version: Version,
        /// kubeadm, hardened or unhardened.
        #[arg(long, value_parser = profile, default_value = "kubeadm")]
        profile: Profile,
        /// Starts a kubelet on the control plane's node too. Needs root.
        #[arg(long)]
        kubelet: bool,
    },
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| {
        format!(
            "one of {}",
            Version::ALL.map(|version| version.to_string()).join(", ")
        )
    })
}

fn profile(text: &str) -> Result<Profile, &'static str> {
    Profile::named(text).ok_or("one of kubeadm, hardened, unhardened")
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Build { version } => build(version),
        Task::Start {
            version,
            profile,
            kubelet,
        } => start(version, profile, kubelet),
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
    profile: Profile,
    with_kubelet: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    Binaries::locate(version)?;
    let started = Instant::now();
    let plane = ControlPlane::builder(version).profile(profile).start()?;
    let kubelet = with_kubelet.then(|| plane.kubelet().start()).transpose()?;
    println!("started in {:.1} s", started.elapsed().as_secs_f64());
    println!("root        {}", plane.root().display());
    println!("kubeconfig  {}", plane.kubeconfig().display());
    println!("server      {}", plane.url());
    let mut pids = plane.pids();
    if let Some(kubelet) = &kubelet {
        println!("kubelet     https://127.0.0.1:{}", kubelet.port());
        if let Some(port) = kubelet.read_only_port() {
            println!("read-only   http://127.0.0.1:{port}");
        }
        pids.extend(kubelet.pids());
    }
    for (component, pid) in pids {
        println!("pid {pid:<7} {}", component.name());
    }
    wait_for_the_end();
    Ok(())
}

/// Until standard input ends. Ctrl-C ends us without destructors; the kernel then ends the components.
fn wait_for_the_end() {
    // Whatever is typed, and how reading ends, does not matter.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}
