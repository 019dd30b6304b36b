use merlon_model::Version;
use thiserror::Error;

use super::benchmark::{Benchmark, Releases, benchmarks};

/// The benchmark for a cluster.
#[derive(Debug)]
pub struct Chosen {
    /// The benchmark.
    pub benchmark: &'static Benchmark,
    /// Why this one, as a sentence without its final stop.
    pub why: String,
}

/// Why no benchmark can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CannotChoose {
    /// Nothing told the release, and none is assumed.
    #[error(
        "the release of Kubernetes is not known, so no benchmark can be chosen; \
         name one with --benchmark, for instance --benchmark {newest}"
    )]
    ReleaseUnknown {
        /// The newest benchmark for the distribution.
        newest: &'static str,
    },
    /// The release is older than all benchmarks.
    #[error(
        "no benchmark is old enough for Kubernetes {release}: the oldest, {oldest}, begins with \
         {begins}; to use it all the same, name it with --benchmark {oldest}"
    )]
    TooOld {
        /// The release, as in `1.9`.
        release: String,
        /// The oldest benchmark of upstream.
        oldest: &'static str,
        /// The release that one begins with.
        begins: String,
    },
}

/// Chooses the benchmark for a distribution and a release of Kubernetes.
///
/// The newest benchmark of the distribution that does not begin after the release; so a newer
/// release never gets an older benchmark. Upstream's stands in where the distribution has none,
/// which the reason then says.
///
/// # Errors
/// When the release is not known, or older than all benchmarks: nothing is assumed.
pub fn choose(
    distribution: Option<&str>,
    version: Option<&Version>,
) -> Result<Chosen, CannotChoose> {
    let release = match version {
        Some(version) => version.minor_release(),
        None => return Err(release_unknown(distribution)),
    };
    if distribution.is_some()
        && let Some((benchmark, releases)) = newest(distribution, release)
    {
        return Ok(Chosen { benchmark, why: covers(releases, release) });
    }
    let Some((benchmark, releases)) = newest(None, release) else {
        return Err(too_old(release));
    };
    let why =
        format!("{}, so upstream's is used: {}", absent(distribution), covers(releases, release));
    Ok(Chosen { benchmark, why })
}

/// The newest benchmark that does not begin after the release.
fn newest(
    distribution: Option<&str>,
    release: (u32, u32),
) -> Option<(&'static Benchmark, Releases)> {
    let candidates = of(distribution).filter(|(_, releases)| releases.from <= release);
    candidates.max_by_key(|(_, releases)| releases.from)
}

/// The benchmarks of the distribution that can be chosen.
fn of(distribution: Option<&str>) -> impl Iterator<Item = (&'static Benchmark, Releases)> {
    benchmarks()
        .iter()
        .filter(move |benchmark| benchmark.distribution == distribution)
        .filter_map(|benchmark| Some((benchmark, benchmark.releases?)))
}

/// Says what the benchmark covers, and whether the cluster is newer.
fn covers(releases: Releases, release: (u32, u32)) -> String {
    let cluster = spelled(release);
    if releases.to < release {
        return format!(
            "newest known, the cluster is newer: \
             it covers Kubernetes {releases} and the cluster runs {cluster}"
        );
    }
    format!("it covers Kubernetes {releases} and the cluster runs {cluster}")
}

/// Why the distribution has no benchmark for the release.
fn absent(distribution: Option<&str>) -> String {
    let Some(id) = distribution else {
        return "no distribution was recognised".to_owned();
    };
    match of(distribution).map(|(_, releases)| releases.from).min() {
        Some(begin) => format!("the benchmarks of {id} begin with Kubernetes {}", spelled(begin)),
        None => format!("{id} has no benchmark of its own"),
    }
}

fn release_unknown(distribution: Option<&str>) -> CannotChoose {
    let newest = |distribution| {
        of(distribution).max_by_key(|(_, releases)| releases.from).map(|(newest, _)| newest.id)
    };
    let newest = newest(distribution).or_else(|| newest(None)).unwrap_or_default();
    CannotChoose::ReleaseUnknown { newest }
}

fn too_old(release: (u32, u32)) -> CannotChoose {
    let oldest = of(None).min_by_key(|(_, releases)| releases.from);
    let (oldest, begins) =
        oldest.map(|(oldest, releases)| (oldest.id, spelled(releases.from))).unwrap_or_default();
    CannotChoose::TooOld { release: spelled(release), oldest, begins }
}

fn spelled((major, minor): (u32, u32)) -> String {
    format!("{major}.{minor}")
}
