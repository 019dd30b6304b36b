//! The cluster's own release.

use merlon_model::{Kind, Severity, Version};
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Place};

use super::{Weakness, numbers};
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "cluster-release-end-of-life",
        title: "the cluster's release gets no fixes any more",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: Check::Inventory { reads: &[Kind::Namespace], judge: end_of_life },
        documentation: Documentation {
            finds: "\
Clusters whose API server runs a minor release past its end of life, as the project published it: \
about 14 months after it came out. The day that counts is that of the snapshot.",
            matters: "\
Holes found since then are public and stay open. Every release that is skipped makes the upgrade \
longer: control planes go one minor release at a time.",
            options: "\
- **Upgrade**, one minor release after the other, the control plane before the nodes.
- **Extended support** of a provider or distribution: fixes still come, for a price.

It is no edit of an object.",
            acceptable: "Under a vendor's extended support; say until when.",
        },
        examples: &[
            fail(
                "# cluster\n# release 1.31.4\n{kind: Namespace, apiVersion: v1, metadata: {name: a}}",
            ),
            fail(
                "# cluster\n# release 1.16\n{kind: Namespace, apiVersion: v1, metadata: {name: a}}",
            ),
            pass(
                "# cluster\n# release 1.33.1\n{kind: Namespace, apiVersion: v1, metadata: {name: a}}",
            ),
            // What is newer ends later.
            pass(
                "# cluster\n# release 1.99\n{kind: Namespace, apiVersion: v1, metadata: {name: a}}",
            ),
            not_applicable("{kind: Namespace, apiVersion: v1, metadata: {name: a}}"),
            error("# cluster\n# gap namespaces permission-denied"),
        ],
    },
    Control {
        id: "cluster-release-vulnerability",
        title: "the cluster's release has a known hole",
        vector: vector("AV:N/AC:M/Au:S/C:C/I:C/A:P"),
        applies: Applies::Objects,
        check: Check::Inventory { reads: &[Kind::APIService], judge: vulnerable },
        documentation: Documentation {
            finds: "\
Clusters whose API server runs a release before the fixes of CVE-2018-1002105, CVE-2020-8555, \
CVE-2020-8558, CVE-2021-25737 or, where an aggregated API is registered, CVE-2022-3172.",
            matters: "\
What each lets somebody do stands in the finding; the first gives the whole cluster to anybody who \
may open a connection to a pod or to an aggregated API.",
            options: "\
**Upgrade** to the last patch of a release that still gets fixes. For CVE-2022-3172 alone, \
`--aggregator-reject-forwarding-redirect` is what the fix adds. It is no edit of an object.",
            acceptable: "Where a provider confirms the fix under the old number.",
        },
        examples: &[
            fail(concat!("# cluster\n# release 1.18.0\n", "{kind: Namespace, apiVersion: v1}")),
            fail(concat!(
                "# cluster\n# release 1.24.4\nkind: APIService\n",
                "apiVersion: apiregistration.k8s.io/v1\nmetadata: {name: v1.metrics}\n",
                "spec: {service: {name: metrics, namespace: kube-system}}"
            )),
            // The API server answers for this one itself.
            pass(concat!(
                "# cluster\n# release 1.24.4\nkind: APIService\n",
                "apiVersion: apiregistration.k8s.io/v1\nmetadata: {name: v1.apps}\nspec: {}"
            )),
            pass(concat!("# cluster\n# release 1.34.1\n", "{kind: Namespace, apiVersion: v1}")),
            not_applicable("# cluster\n{kind: Namespace, apiVersion: v1}"),
            error("# cluster\n# release 1.34\n# gap apiservices permission-denied"),
        ],
    },
];

/// When minor releases of Kubernetes 1 end: minor, year, month, day. Without gaps, oldest first.
///
/// Up to 1.32 by kubernetes/website's `data/releases/eol.yaml`, whose days differ from those that
/// were planned (1.22, 1.27, 1.28, 1.30, 1.31); later ones as planned on `kubernetes.io/releases/1.N`.
const ENDS: &[(u32, i64, i64, i64)] = &[
    (2, 2016, 10, 23),
    (3, 2016, 11, 1),
    (4, 2017, 4, 21),
    (5, 2017, 10, 1),
    (6, 2017, 11, 23),
    (7, 2018, 4, 4),
    (8, 2018, 7, 12),
    (9, 2018, 9, 29),
    (10, 2019, 2, 13),
    (11, 2019, 5, 1),
    (12, 2019, 7, 8),
    (13, 2019, 10, 15),
    (14, 2019, 12, 11),
    (15, 2020, 5, 6),
    (16, 2020, 9, 2),
    (17, 2021, 1, 13),
    (18, 2021, 6, 18),
    (19, 2021, 10, 28),
    (20, 2022, 2, 28),
    (21, 2022, 6, 28),
    (22, 2022, 12, 8),
    (23, 2023, 2, 28),
    (24, 2023, 7, 28),
    (25, 2023, 10, 28),
    (26, 2024, 2, 28),
    (27, 2024, 7, 16),
    (28, 2024, 10, 22),
    (29, 2025, 2, 28),
    (30, 2025, 7, 15),
    (31, 2025, 11, 11),
    (32, 2026, 2, 28),
    (33, 2026, 6, 28),
    (34, 2026, 10, 27),
    (35, 2027, 2, 28),
    (36, 2027, 6, 28),
    (37, 2027, 10, 28),
];

fn end_of_life<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    let Some((release, place)) = judged(view) else { return Ok(Verdict::NotApplicable) };
    let (Some(first), Some(last)) = (ENDS.first(), ENDS.last()) else {
        return Ok(Verdict::NotApplicable);
    };
    let minor = release.minor;
    let row = ENDS.iter().find(|row| row.0 == minor);
    let row = row.unwrap_or(if minor < first.0 { first } else { last });
    let &(_, year, month, day) = row;
    if release.major != 1 || view.now < (days(year, month, day) + 1) * DAY {
        return Ok(Verdict::Pass);
    }
    if minor > last.0 {
        return Ok(Verdict::Manual(format!("look up when Kubernetes 1.{minor} ends")));
    }
    let before = if minor < first.0 { "before " } else { "on " };
    let message =
        format!("Kubernetes 1.{minor} reached its end of life {before}{year}-{month:02}-{day:02}");
    flaw(place, message)
        .step("Upgrade the control plane to the next minor release, then the nodes, and so on", &[])
        .into()
}

const DAY: i64 = 86_400;

/// Days from 1970-01-01 to a day of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    // 0000-03-01 is 719,468 days before 1970-01-01.
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468
}

const KUBERNETES: &[Weakness] = &[
    Weakness {
        id: "CVE-2018-1002105",
        lets: "users of aggregated APIs and of pods act as the API server",
        severity: Severity::Critical,
        since: (1, 0, 0),
        fixed: &[(1, 10, 11), (1, 11, 5), (1, 12, 3)],
    },
    Weakness {
        id: "CVE-2020-8555",
        lets: "who may create volumes read from the control plane's network",
        severity: Severity::Medium,
        since: (1, 0, 0),
        fixed: &[(1, 15, 12), (1, 16, 9), (1, 17, 5), (1, 18, 1)],
    },
    Weakness {
        id: "CVE-2020-8558",
        lets: "neighbours of a node reach what listens on its loopback address",
        // High only with the API server's insecure port, of which a control of its own tells.
        severity: Severity::Medium,
        since: (1, 1, 0),
        fixed: &[(1, 16, 11), (1, 17, 7), (1, 18, 4)],
    },
    Weakness {
        id: "CVE-2021-25737",
        lets: "who may write EndpointSlices lead traffic to loopback and link-local addresses",
        severity: Severity::Low,
        since: (1, 16, 0),
        fixed: &[(1, 18, 19), (1, 19, 11), (1, 20, 7), (1, 21, 1)],
    },
];

const AGGREGATION: Weakness = Weakness {
    id: "CVE-2022-3172",
    lets: "an aggregated API redirect clients, who hand their credentials on",
    severity: Severity::Medium,
    since: (1, 0, 0),
    fixed: &[(1, 22, 14), (1, 23, 11), (1, 24, 5), (1, 25, 1)],
};

fn vulnerable<'a>(view: &InventoryView<'a>) -> Judged<'a> {
    let Some((release, place)) = judged(view) else { return Ok(Verdict::NotApplicable) };
    let here = numbers(release);
    let mut found: Vec<&Weakness> = KUBERNETES.iter().filter(|it| it.is_in(here)).collect();
    let mut services = view.of_kind(Kind::APIService);
    let is_aggregated = services.any(|it| Fields::of(&it.root).path(&["spec", "service"]).is_set());
    found.extend(Some(&AGGREGATION).filter(|it| is_aggregated && it.is_in(here)));
    let flaws = found.into_iter().map(|it| {
        flaw(place, format!("Kubernetes {release}: {} lets {}", it.id, it.lets))
            .at_most(it.severity)
            .step("Upgrade the control plane to the last patch of a release that gets fixes", &[])
    });
    Ok(Verdict::of(flaws.collect()))
}

/// The release of a live cluster, and something of it to point at.
fn judged<'v, 'a>(view: &'v InventoryView<'a>) -> Option<(&'v Version, Place<'a>)> {
    let release = view.release.as_ref().filter(|_| view.is_cluster())?;
    Some((release, Place::Node(&view.inventory.objects.first()?.root)))
}

#[cfg(test)]
mod tests {
    use super::{ENDS, days};

    #[test]
    fn days_count_from_1970() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2024, 2, 29), 19_782);
        assert_eq!(days(2026, 1, 1), 20_454);
    }

    #[test]
    fn releases_end_one_after_the_other() {
        for pair in ENDS.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            assert_eq!(a.0 + 1, b.0);
            assert!(days(a.1, a.2, a.3) < days(b.1, b.2, b.3), "{b:?}");
        }
    }
}
