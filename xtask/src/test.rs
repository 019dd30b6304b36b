//! Everything that has to hold before a change lands.

use std::env;
use std::process::Command;

use anyhow::{Context, bail};

/// Debian packages that tests use: a container runtime for the kubelet, a tracer that shows which
/// programs a scan starts, networks for hosts of their own, Python for Ansible, a browser for pages.
const PACKAGES: &[(&str, &str)] = &[
    ("containerd", "containerd"),
    ("runc", "runc"),
    ("strace", "strace"),
    ("ip", "iproute2"),
    ("python3", "python3-venv"),
    ("chromium", "chromium"),
];

/// The steps after set-up, in the order in which they fail the fastest.
const STEPS: &[(&str, &[&str])] = &[
    ("format", &["cargo", "fmt", "--all", "--check"]),
    (
        "lints",
        &["cargo", "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    ),
    ("licences and bans", &["cargo", "deny", "check", "licenses", "bans", "sources"]),
    (SERVERS, &["cargo", "run", "--locked", "-p", "merlon-testkit", "--", "build"]),
    ("tests", &["cargo", "test", "--workspace", "--locked"]),
    ("documentation", &["cargo", "doc", "--workspace", "--no-deps", "--locked"]),
];

/// The step that needs Go; without it the tests that use real servers report themselves as skipped.
const SERVERS: &str = "servers for the tests";

/// Installs what is missing and runs every step.
pub(crate) fn run() -> anyhow::Result<()> {
    install_packages()?;
    install_cargo_deny()?;
    for (name, command) in STEPS {
        eprintln!("\n== {name}: {}", command.join(" "));
        let mut process = Command::new(command[0]);
        process.args(&command[1..]);
        if *name == "documentation" {
            process.env("RUSTDOCFLAGS", "-D warnings");
        }
        let done = process.status().with_context(|| command.join(" "))?.success();
        if !done && *name == SERVERS && !nothing_may_be_skipped() {
            eprintln!("warning: the tests that use real servers will be skipped");
        } else if !done {
            bail!("{name} failed: {}", command.join(" "));
        }
    }
    Ok(())
}

/// Installs missing Debian packages where that is possible; elsewhere the tests that need them
/// report themselves as skipped, or fail where `MERLON_REQUIRE_TESTKIT` is set.
fn install_packages() -> anyhow::Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(program, _)| !on_path(program))
        .map(|(_, package)| *package)
        .collect();
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if missing.is_empty() || !root || !on_path("apt-get") {
        return Ok(());
    }
    eprintln!("== installing {}", missing.join(" "));
    let apt = |arguments: &[&str]| {
        Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status()
    };
    apt(&["update", "-qq"])?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(&missing);
    if !apt(&install)?.success() {
        eprintln!("warning: {} could not be installed", missing.join(" "));
    }
    Ok(())
}

fn install_cargo_deny() -> anyhow::Result<()> {
    if on_path("cargo-deny") {
        return Ok(());
    }
    eprintln!("== installing cargo-deny");
    let install = ["install", "--locked", "cargo-deny@0.20.2"];
    if !Command::new("cargo").args(install).status()?.success() {
        bail!("cargo {} failed", install.join(" "));
    }
    Ok(())
}

fn nothing_may_be_skipped() -> bool {
    env::var_os("MERLON_REQUIRE_TESTKIT").is_some_and(|required| required == "1")
}

fn on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
