use std::fs::{self, File, TryLockError};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::Component;
use crate::Version;
use crate::process::dying_with_us;

const MAIN: &str = include_str!("../../assets/main.go");
const STUB: &str = include_str!("../../assets/stub.go");

/// The one file that Go links; the components are hard links to it.
const EXECUTABLE: &str = "kubernetes";

/// How often the progress of a build is told.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);

/// Why the executables could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Neither `MERLON_TESTKIT_CACHE`, `XDG_CACHE_HOME` nor `HOME` is set.
    #[error("no place for the executables; set MERLON_TESTKIT_CACHE to a directory")]
    NoCache,
    /// The cache cannot be read or written.
    #[error("{path}: {source}; set MERLON_TESTKIT_CACHE to a directory that can be written")]
    Cache {
        /// What was touched.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Go could not be started.
    #[error("cannot start go: {0}")]
    Start(std::io::Error),
    /// Go ran and failed.
    #[error("building {what} in {directory} failed:\n{output}")]
    Go {
        /// What was built.
        what: String,
        /// The module's directory, to try again by hand.
        directory: PathBuf,
        /// The end of what Go said.
        output: String,
    },
}

/// Where executables are kept: `MERLON_TESTKIT_CACHE`, or `merlon/testkit` in the user's cache.
pub fn cache_directory() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(directory) = variable("MERLON_TESTKIT_CACHE") {
        return Some(PathBuf::from(directory));
    }
    let caches = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".cache")))?;
    Some(caches.join("merlon/testkit"))
}

/// The directory with the executables of `version`, when they have been built from today's sources.
pub(super) fn cached(version: Version) -> Option<PathBuf> {
    let directory = cache_directory()?.join(directory_name(version));
    directory.is_dir().then_some(directory)
}

/// The Go toolchain, when there is one.
pub(super) fn go() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join("go"))
        .find(|candidate| candidate.is_file())
}

/// Builds the executables of `version`, or waits for the process that already does.
///
/// Go keeps every compiled package, so a build that was cut off goes on where it stood.
pub(super) fn build(version: Version) -> Result<PathBuf, BuildError> {
    let cache = cache_directory().ok_or(BuildError::NoCache)?;
    let _lock = lock(&cache, &version.to_string(), &kubernetes(version))?;
    if let Some(directory) = cached(version) {
        return Ok(directory);
    }

    let source = cache.join(format!("source-{version}"));
    in_cache(&source, write_module(&source, version))?;
    let unfinished = cache.join(format!("unfinished-{version}"));
    in_cache(&unfinished, empty_directory(&unfinished))?;
    let executable = unfinished.join(EXECUTABLE);
    compile(version, &source, &executable)?;
    for component in Component::ALL {
        let link = unfinished.join(component.name());
        in_cache(&link, fs::hard_link(&executable, &link))?;
    }
    in_cache(&executable, fs::remove_file(&executable))?;

    let directory = cache.join(directory_name(version));
    in_cache(&directory, fs::rename(&unfinished, &directory))?;
    Ok(directory)
}

/// What is built, as progress and errors call it.
fn kubernetes(version: Version) -> String {
    format!("Kubernetes {}", version.release())
}

pub(super) fn in_cache(path: &Path, result: std::io::Result<()>) -> Result<(), BuildError> {
    result.map_err(|source| BuildError::Cache { path: path.to_owned(), source })
}

/// Makes the cache and keeps other processes from building the same, until what is given is dropped.
pub(super) fn lock(cache: &Path, name: &str, what: &str) -> Result<File, BuildError> {
    in_cache(cache, fs::create_dir_all(cache))?;
    let path = cache.join(format!("{name}.lock"));
    let file =
        File::create(&path).map_err(|source| BuildError::Cache { path: path.clone(), source })?;
    let taken = match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            eprintln!("testkit: waiting for another process that builds {what}");
            file.lock()
        }
        Err(TryLockError::Error(error)) => Err(error),
    };
    in_cache(&path, taken)?;
    Ok(file)
}

fn write_module(directory: &Path, version: Version) -> std::io::Result<()> {
    empty_directory(directory)?;
    fs::write(directory.join("main.go"), MAIN)?;
    fs::write(directory.join("stub.go"), STUB)?;
    fs::write(directory.join("go.mod"), version.go_mod())?;
    fs::write(directory.join("go.sum"), version.go_sum())
}

pub(super) fn empty_directory(directory: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(directory)
}

fn compile(version: Version, source: &Path, executable: &Path) -> Result<(), BuildError> {
    let started = Instant::now();
    let release = version.release();
    eprintln!("testkit: building etcd and Kubernetes {release} (once; some minutes)");
    let what = kubernetes(version);
    let total = run_go(&what, source, &["list", "-deps", "."], |_| {})?.lines().count();

    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let arguments = [
        "build",
        "-v",
        "-trimpath",
        "-buildvcs=false",
        "-p",
        &processors.to_string(),
        "-ldflags",
        &linker_flags(version),
        "-o",
        &executable.to_string_lossy(),
        ".",
    ];
    let mut compiled = 0_usize;
    let mut told = Instant::now();
    run_go(&what, source, &arguments, |line| {
        if line.contains(' ') {
            return;
        }
        compiled += 1;
        if told.elapsed() >= PROGRESS_INTERVAL {
            told = Instant::now();
            eprintln!(
                "testkit: building Kubernetes {release}: {compiled} of at most {total} packages, {} s",
                started.elapsed().as_secs()
            );
        }
    })?;
    eprintln!("testkit: built Kubernetes {release} in {} s", started.elapsed().as_secs());
    Ok(())
}

/// Runs Go to its end, handing each line of its standard error to `line`, and gives its standard output.
pub(super) fn run_go(
    what: &str,
    directory: &Path,
    arguments: &[&str],
    mut line: impl FnMut(&str),
) -> Result<String, BuildError> {
    let go = go().ok_or_else(|| BuildError::Start(std::io::ErrorKind::NotFound.into()))?;
    let mut child = dying_with_us(&go)
        .args(arguments)
        .current_dir(directory)
        .env("CGO_ENABLED", "0")
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "")
        .env("GOWORK", "off")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(BuildError::Start)?;

    let stdout = child.stdout.take().expect("standard output is piped");
    let output = std::thread::spawn(move || std::io::read_to_string(stdout));
    let stderr = child.stderr.take().expect("standard error is piped");
    let mut said = Vec::new();
    for text in BufReader::new(stderr).lines().map_while(Result::ok) {
        line(&text);
        said.push(text);
    }
    let status = child.wait().map_err(BuildError::Start)?;
    if !status.success() {
        return Err(BuildError::Go {
            what: what.to_owned(),
            directory: directory.to_owned(),
            output: said[said.len().saturating_sub(40)..].join("\n"),
        });
    }
    let output = output.join().expect("reading a pipe does not panic");
    output.map_err(BuildError::Start)
}

/// The version that components report, set the way Kubernetes' own build sets it.
fn linker_flags(version: Version) -> String {
    let settings = [
        ("gitVersion", version.release().to_owned()),
        ("gitMajor", "1".to_owned()),
        ("gitMinor", version.minor().to_string()),
        ("gitTreeState", "clean".to_owned()),
    ];
    let mut flags = "-s -w".to_owned();
    for package in ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"] {
        for (name, value) in &settings {
            flags.push_str(&format!(" -X {package}.{name}={value}"));
        }
    }
    flags
}

/// Changes whenever what is built changes, so that a stale cache is never used.
fn directory_name(version: Version) -> String {
    let hash = hash_of(&[MAIN, STUB, version.go_mod(), version.go_sum()]);
    format!("{}-{hash:016x}", version.release())
}

pub(super) fn hash_of(sources: &[&str]) -> u64 {
    sources
        .iter()
        .flat_map(|source| source.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}
