//! Each test that is named after a mistake keeps one from coming back that other tools made.

use std::collections::BTreeSet;

use merlon_model::Version;
use merlon_views::distribution;

use crate::framework::{CannotChoose, Chosen, benchmarks, choose, find};

/// The benchmark's id and whether the reason contains the words.
fn check(distribution: &str, version: &str, expected: &str, why: &str) {
    let chosen = chosen(distribution, version);
    assert_eq!(chosen.benchmark.id, expected, "{distribution} {version}");
    assert!(chosen.why.contains(why), "{distribution} {version}: {}", chosen.why);
}

fn chosen(distribution: &str, version: &str) -> Chosen {
    let version = Version::parse(version).expect("tests name versions");
    let distribution = Some(distribution).filter(|id| !id.is_empty());
    choose(distribution, Some(&version)).expect("there is one")
}

#[test]
fn upstream_releases_get_the_benchmark_that_covers_them() {
    for (version, expected) in [
        ("1.15", "cis-1.5"),
        ("1.16", "cis-1.6"),
        ("1.18", "cis-1.6"),
        ("1.19", "cis-1.20"),
        ("1.21", "cis-1.20"),
        ("1.22", "cis-1.23"),
        ("1.24", "cis-1.24"),
        ("1.25", "cis-1.7"),
        ("1.26", "cis-1.8"),
        ("1.27", "cis-1.9"),
        ("1.28", "cis-1.10"),
        ("1.29", "cis-1.11"),
        ("1.31", "cis-1.11"),
        ("1.33", "cis-1.12"),
        ("1.34", "cis-2.0"),
        ("1.35", "cis-2.0"),
    ] {
        check("", version, expected, "it covers Kubernetes");
        check("kubeadm", version, expected, "kubeadm has no benchmark of its own");
    }
}

#[test]
fn releases_are_understood_in_every_spelling() {
    for spelling in ["1.31", "v1.31", "1.31.2", "v1.31.2", "1.31+", "v1.31.2-rc.1"] {
        check("", spelling, "cis-1.11", "the cluster runs 1.31");
    }
}

#[test]
fn revisions_of_two_digits_keep_the_distribution() {
    check("rke2", "v1.26.9+rke2r10", "rke2-cis-1.8", "1.26");
    check("k3s", "v1.27.4+k3s10", "k3s-cis-1.9", "1.27 to 1.29");
}

#[test]
fn newer_eks_is_not_given_an_older_benchmark() {
    check("eks", "v1.34.1-eks-113cf36", "eks-1.8.0", "1.32 to 1.34");
    check("eks", "v1.35.0-eks-113cf36", "eks-1.8.0", "newest known, the cluster is newer");
    check("eks", "1.24", "eks-1.5.0", "1.20 to 1.28");
    check("eks", "1.30", "eks-1.7.0", "1.29 to 1.31");
}

#[test]
fn older_aks_is_not_given_a_newer_benchmark_than_its_successor() {
    check("aks", "1.24", "aks-1.0", "1.19 to 1.24");
    check("aks", "1.25", "aks-1.7", "1.25 to 1.31");
    check("aks", "1.31", "aks-1.7", "1.25 to 1.31");
    check("aks", "1.36", "aks-1.8", "newest known, the cluster is newer");
}

#[test]
fn every_openshift_4_is_known_by_its_kubernetes() {
    // OpenShift 4.1, 4.5, 4.11, 4.12, 4.13 and 3.11.
    check("openshift", "1.13", "rh-1.0", "1.13 to 1.23");
    check("openshift", "1.18", "rh-1.0", "1.13 to 1.23");
    check("openshift", "1.24", "rh-1.4", "1.24 to 1.25");
    check("openshift", "1.25", "rh-1.4", "1.24 to 1.25");
    check("openshift", "1.26", "rh-1.8", "1.26");
    check("openshift", "1.11", "rh-0.7", "1.10 to 1.11");
}

#[test]
fn k3s_never_slips_to_the_benchmark_of_upstream() {
    for minor in 16..60 {
        let chosen = chosen("k3s", &format!("v1.{minor}.1+k3s1"));
        assert_eq!(chosen.benchmark.distribution, Some("k3s"), "1.{minor}");
    }
}

#[test]
fn distributions_without_a_benchmark_get_upstreams_and_are_told() {
    for distribution in ["k0s", "talos", "kubespray", "one-nobody-knows"] {
        let why = format!("{distribution} has no benchmark of its own, so upstream's is used");
        check(distribution, "1.33", "cis-1.12", &why);
    }
    check("", "1.33", "cis-1.12", "no distribution was recognised, so upstream's is used");
}

#[test]
fn releases_before_a_distributions_benchmarks_get_upstreams_and_are_told() {
    check("rke2", "1.21", "cis-1.20", "the benchmarks of rke2 begin with Kubernetes 1.23");
    check("microk8s", "1.20", "cis-1.20", "the benchmarks of microk8s begin with Kubernetes 1.24");
}

#[test]
fn releases_after_all_benchmarks_are_told() {
    check("", "1.36", "cis-2.0", "newest known, the cluster is newer");
    check("kubeadm", "2.0", "cis-2.0", "newest known, the cluster is newer");
    check("rke2", "1.34", "rke2-cis-1.8", "newest known, the cluster is newer");
}

#[test]
fn an_unknown_release_is_never_assumed() {
    let unknown = |distribution| choose(distribution, None).expect_err("nothing may be assumed");
    assert_eq!(unknown(None), CannotChoose::ReleaseUnknown { newest: "cis-2.0" });
    assert_eq!(unknown(Some("talos")), CannotChoose::ReleaseUnknown { newest: "cis-2.0" });
    assert_eq!(unknown(Some("eks")), CannotChoose::ReleaseUnknown { newest: "eks-1.8.0" });
    let text = unknown(None).to_string();
    assert!(text.contains("name one with --benchmark"), "{text}");
}

#[test]
fn a_release_older_than_all_benchmarks_is_refused() {
    let old = choose(None, Some(&Version::new(1, 14))).expect_err("no benchmark is that old");
    let expected = CannotChoose::TooOld {
        release: "1.14".to_owned(),
        oldest: "cis-1.5",
        begins: "1.15".to_owned(),
    };
    assert_eq!(old, expected);
    assert!(choose(Some("openshift"), Some(&Version::new(1, 9))).is_err());
    assert!(choose(Some("openshift"), Some(&Version::new(1, 12))).is_ok());
}

#[test]
fn a_newer_release_never_gets_an_older_benchmark() {
    let distributions: BTreeSet<_> =
        benchmarks().iter().map(|benchmark| benchmark.distribution).collect();
    for distribution in distributions {
        let mut before = (false, 0);
        for minor in 0..80 {
            let Ok(chosen) = choose(distribution, Some(&Version::new(1, minor))) else {
                assert_eq!(before, (false, 0), "{distribution:?} 1.{minor} lost its benchmark");
                continue;
            };
            let age = benchmarks()
                .iter()
                .position(|benchmark| benchmark.id == chosen.benchmark.id)
                .expect("the chosen one is listed");
            let now = (chosen.benchmark.distribution.is_some(), age);
            assert!(
                now >= before,
                "{distribution:?} 1.{minor} fell back to {}",
                chosen.benchmark.id
            );
            before = now;
        }
    }
}

#[test]
fn benchmarks_of_a_distribution_follow_each_other_without_a_gap() {
    let distributions: BTreeSet<_> =
        benchmarks().iter().map(|benchmark| benchmark.distribution).collect();
    for distribution in distributions {
        let of: Vec<_> = benchmarks()
            .iter()
            .filter(|benchmark| benchmark.distribution == distribution)
            .filter_map(|benchmark| Some((benchmark.id, benchmark.releases?)))
            .collect();
        for (id, releases) in &of {
            assert!(releases.from <= releases.to, "{id}");
        }
        for pair in of.windows(2) {
            let [(before, earlier), (id, later)] = pair else { continue };
            assert!(earlier.from < later.from, "{id} is listed after {before}");
            // Kubernetes 1.12 is the one release that no OpenShift has.
            let missing = u32::from(*before == "rh-0.7");
            let next = (earlier.to.0, earlier.to.1 + 1 + missing);
            assert!(later.from <= next, "between {before} and {id} releases are missing");
        }
    }
}

#[test]
fn benchmarks_name_distributions_that_nodes_are_recognised_as() {
    for benchmark in benchmarks() {
        let Some(id) = benchmark.distribution else { continue };
        let known = distribution::ALL.iter().any(|distribution| distribution.id == id);
        assert!(known, "{}: no node is ever recognised as {id}", benchmark.id);
    }
}

#[test]
fn every_distribution_gets_a_benchmark_for_current_releases() {
    for distribution in distribution::ALL {
        for minor in 25..40 {
            let chosen = choose(Some(distribution.id), Some(&Version::new(1, minor)));
            assert!(chosen.is_ok(), "{} 1.{minor}", distribution.id);
        }
    }
}

#[test]
fn benchmarks_are_found_by_their_ids() {
    let ids: BTreeSet<_> = benchmarks().iter().map(|benchmark| benchmark.id).collect();
    assert_eq!(ids.len(), benchmarks().len(), "an id is used twice");
    for benchmark in benchmarks() {
        assert_eq!(find(benchmark.id).map(|found| found.name), Some(benchmark.name));
    }
    assert!(find("cis-9.9").is_none());
}

#[test]
fn some_benchmarks_are_used_by_name_only() {
    for id in ["kspm", "eks-stig-kubernetes-v1r6", "eks-1.1.0", "eks-1.2.0"] {
        assert_eq!(find(id).expect("it is known").releases, None, "{id}");
    }
}
