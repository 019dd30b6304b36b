//! How workloads start, end and are replaced.

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Place, place};

use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "workload-not-rolling",
        title: "a new version does not take an old one's place pod by pod",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet], strategy),
        documentation: Documentation {
            finds: "\
Deployments with the strategy `Recreate`, stateful and daemon sets with `OnDelete`. On request only.",
            matters: "\
With `Recreate` each update, also a security update, is an outage; with `OnDelete` old pods stay \
until somebody deletes them.",
            options: "\
- **`RollingUpdate`** (the edit offered), if two versions can run side by side.",
            acceptable: "For programs that hold a volume or a lock that only one can have.",
        },
        examples: &[
            fail(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec: {strategy: {type: Recreate}}",
            ),
            fail(
                "\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec: {updateStrategy: {type: OnDelete}}",
            ),
            pass("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}"),
        ],
    },
    Control {
        id: "workload-restart-policy-refused",
        title: "a workload has a restart policy that it cannot have",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(
            &[
                Kind::Deployment,
                Kind::StatefulSet,
                Kind::DaemonSet,
                Kind::ReplicaSet,
                Kind::Job,
                Kind::CronJob,
            ],
            restart_policy,
        ),
        documentation: Documentation {
            finds: "\
Deployments, replica, stateful and daemon sets whose pods have another `restartPolicy` than \
`Always`; jobs and cron jobs whose pods have `Always`, written or by default.",
            matters: "The API server refuses the object: what it was to run is missing.",
            options: "- **`Always`** for what serves, **`OnFailure`** for jobs: the edit offered.",
            acceptable: "Never.",
        },
        examples: &[
            fail(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec: {template: {spec: {restartPolicy: Never}}}",
            ),
            fail(
                "\
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {template: {spec: {containers: []}}}",
            ),
            fail(
                "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {jobTemplate: {spec: {template: {spec: {restartPolicy: Always}}}}}",
            ),
            pass(
                "\
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {template: {spec: {restartPolicy: Never}}}",
            ),
            pass(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec: {template: {spec: {containers: []}}}",
            ),
        ],
    },
    Control {
        id: "pod-without-controller",
        title: "nobody starts a pod again",
        vector: vector("AV:L/AC:M/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::Pod], naked),
        documentation: Documentation {
            finds: "\
Pods that no controller made; the kubelets' own are left out. On request only.",
            matters: "When its node fails or is drained the pod is gone.",
            options: "\
- **A Deployment, StatefulSet or Job** with the pod as its template: another object, so no edit \
of the pod can do it.",
            acceptable: "For trying something out.",
        },
        examples: &[
            fail("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}"),
            pass(
                "\
apiVersion: v1
kind: Pod
metadata: {name: a, ownerReferences: [{kind: Job, name: a}]}
spec: {containers: []}",
            ),
            not_applicable(
                "\
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {kubernetes.io/config.mirror: a}}
spec: {containers: []}",
            ),
        ],
    },
    Control {
        id: "cron-job-overlaps",
        title: "runs of a cron job may pile up",
        vector: vector("AV:L/AC:M/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::CronJob], overlaps),
        documentation: Documentation {
            finds: "\
Cron jobs whose `concurrencyPolicy` is `Allow`, written or by default. On request only.",
            matters: "\
A run that takes longer than the interval is joined by the next, until resources run out.",
            options: "\
- **`Forbid`** (the edit offered) skips a run, **`Replace`** ends the old one.",
            acceptable: "For runs that are short or independent.",
        },
        examples: &[
            fail(
                "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {schedule: '* * * * *'}",
            ),
            pass(
                "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {concurrencyPolicy: Replace}",
            ),
        ],
    },
    Control {
        id: "cron-job-without-deadline",
        title: "a cron job has no deadline for its start",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::CronJob], deadline),
        documentation: Documentation {
            finds: "Cron jobs without `startingDeadlineSeconds`. On request only.",
            matters: "After more than 100 missed runs the controller starts the job no more.",
            options: "\
- **A deadline**, less than the interval: the edit offered is half of it, where the schedule has \
one. How late a run is still wanted, only somebody who knows the job can say.",
            acceptable: "For jobs that run seldom.",
        },
        examples: &[
            fail(
                "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {schedule: '* * * * *'}",
            ),
            pass(
                "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {startingDeadlineSeconds: 60}",
            ),
            fail(
                "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {schedule: '7 3 * * *'}",
            ),
            // Its runs are not equally far apart.
            fail(
                "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {schedule: '0 9-17 * * 1-5'}",
            ),
        ],
    },
    Control {
        id: "job-never-removed",
        title: "a job that has ended is kept for ever",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(&[Kind::Job], expiry),
        documentation: Documentation {
            finds: "\
Jobs without `ttlSecondsAfterFinished`; those of cron jobs, which keep a few, are left out. On \
request only.",
            matters: "Jobs and their pods fill etcd.",
            options: "- **A day** (the edit offered), so that logs can be read.",
            acceptable: "Where something else removes them, as Helm does with its hooks.",
        },
        examples: &[
            fail("apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: {}}"),
            pass(
                "\
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {ttlSecondsAfterFinished: 0}",
            ),
            not_applicable(
                "\
apiVersion: batch/v1
kind: Job
metadata: {name: a, ownerReferences: [{kind: CronJob, name: a}]}",
            ),
        ],
    },
    Control {
        id: "stateful-set-service-not-headless",
        title: "a stateful set's pods have no names of their own",
        vector: vector("AV:A/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: Check::Object {
            kinds: &[Kind::StatefulSet],
            reads: &[Kind::Service],
            judge: headless,
        },
        documentation: Documentation {
            finds: "\
Stateful sets whose `serviceName` names a service that is not headless (`clusterIP: None`) or does \
not exist; in manifests the latter only where services of the namespace are among them. Without a \
name nothing is asked for, and nothing is said.",
            matters: "The pods cannot find each other by name, and clusters of them do not form.",
            options: "\
- **A headless service** of that name: another object, and `clusterIP` cannot be changed in \
place.",
            acceptable: "Where nobody uses the names of single pods.",
        },
        examples: &[
            fail(
                "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec: {serviceName: a}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {ports: []}",
            ),
            fail(
                "\
# cluster
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec: {serviceName: a}",
            ),
            pass(
                "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec: {serviceName: a}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {clusterIP: None}",
            ),
            not_applicable(
                "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec: {serviceName: a}",
            ),
            not_applicable("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec: {}"),
        ],
    },
];

fn spec(object: &Object) -> Fields<'_> {
    Fields::of(&object.root).get("spec")
}

fn strategy<'a>(_: &InventoryView<'a>, workload: &'a Object) -> Judged<'a> {
    for key in ["strategy", "updateStrategy"] {
        let kind = spec(workload).get(key);
        if let Some(name @ ("Recreate" | "OnDelete")) = kind.text("type")?
            && let Some(node) = kind.get("type").node()
        {
            let flaw = flaw(Place::Node(node), format!("the strategy is {name}"));
            return flaw.set("RollingUpdate").needs_review().into();
        }
    }
    Ok(Verdict::Pass)
}

fn restart_policy<'a>(view: &InventoryView<'a>, workload: &'a Object) -> Judged<'a> {
    let Some(pod) = view.pod_of(workload) else { return Ok(Verdict::NotApplicable) };
    let policy = pod.fields().text("restartPolicy")?.unwrap_or("Always");
    let is_job = matches!(pod.kind, Kind::Job | Kind::CronJob);
    if is_job != (policy == "Always") {
        return Ok(Verdict::Pass);
    }
    let wanted = if is_job { "OnFailure" } else { "Always" };
    let here = place(pod.spec, &["restartPolicy"]);
    flaw(here, format!("the restart policy is {policy}")).set(wanted).needs_review().into()
}

fn naked<'a>(_: &InventoryView<'a>, pod: &'a Object) -> Judged<'a> {
    let metadata = Fields::of(&pod.root).get("metadata");
    if metadata.path(&["annotations", "kubernetes.io/config.mirror"]).is_set() {
        return Ok(Verdict::NotApplicable);
    }
    if !metadata.list("ownerReferences")?.is_empty() {
        return Ok(Verdict::Pass);
    }
    flaw(place(&pod.root, &["metadata", "ownerReferences"]), "no controller made the pod")
        .step(
            "Make the pod the template of a workload",
            &["kubectl create deployment NAME -n NAMESPACE --image=IMAGE"],
        )
        .into()
}

fn overlaps<'a>(_: &InventoryView<'a>, job: &'a Object) -> Judged<'a> {
    if spec(job).text("concurrencyPolicy")?.unwrap_or("Allow") != "Allow" {
        return Ok(Verdict::Pass);
    }
    let here = place(&job.root, &["spec", "concurrencyPolicy"]);
    flaw(here, "runs may overlap").set("Forbid").needs_review().into()
}

fn deadline<'a>(_: &InventoryView<'a>, job: &'a Object) -> Judged<'a> {
    if spec(job).int("startingDeadlineSeconds")?.is_some() {
        return Ok(Verdict::Pass);
    }
    let here = place(&job.root, &["spec", "startingDeadlineSeconds"]);
    let flaw = flaw(here, "the job has no deadline");
    match spec(job).text("schedule")?.and_then(interval) {
        Some(seconds) => flaw.set(seconds / 2).needs_review().into(),
        None => flaw
            .step(
                "Set a deadline that is less than the interval",
                &["kubectl edit cronjob -n NAMESPACE NAME"],
            )
            .into(),
    }
}

/// How many seconds lie between two runs of a schedule, where it is always as many.
fn interval(schedule: &str) -> Option<i64> {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let is_number = |field: &str| field.parse::<u8>().is_ok();
    // Steps that do not divide the whole leave a shorter rest.
    let step = |field: &str, whole: i64| {
        let step: i64 = field.strip_prefix("*/")?.parse().ok()?;
        (step > 0 && whole % step == 0).then_some(step)
    };
    match fields[..] {
        ["@hourly"] => Some(HOUR),
        ["@daily" | "@midnight"] => Some(24 * HOUR),
        ["@weekly"] => Some(7 * 24 * HOUR),
        ["*", "*", "*", "*", "*"] => Some(MINUTE),
        [minute, "*", "*", "*", "*"] if is_number(minute) => Some(HOUR),
        [minute, "*", "*", "*", "*"] => Some(step(minute, 60)? * MINUTE),
        [minute, hour, "*", "*", "*"] if is_number(minute) && is_number(hour) => Some(24 * HOUR),
        [minute, hour, "*", "*", "*"] if is_number(minute) => Some(step(hour, 24)? * HOUR),
        [minute, hour, "*", "*", day] if [minute, hour, day].iter().all(|it| is_number(it)) => {
            Some(7 * 24 * HOUR)
        }
        _ => None,
    }
}

fn expiry<'a>(_: &InventoryView<'a>, job: &'a Object) -> Judged<'a> {
    if Fields::of(&job.root).path(&["metadata", "ownerReferences"]).is_set() {
        return Ok(Verdict::NotApplicable);
    }
    if spec(job).int("ttlSecondsAfterFinished")?.is_some() {
        return Ok(Verdict::Pass);
    }
    let here = place(&job.root, &["spec", "ttlSecondsAfterFinished"]);
    flaw(here, "the job is kept after it has ended").set(86_400).needs_review().into()
}

fn headless<'a>(view: &InventoryView<'a>, set: &'a Object) -> Judged<'a> {
    let namespace = view.namespace_of(set);
    let Some(name) = spec(set).text("serviceName")?.filter(|name| !name.is_empty()) else {
        return Ok(Verdict::NotApplicable);
    };
    let message = match view.find(Kind::Service, namespace, name) {
        Some(service) if spec(service).text("clusterIP")? == Some("None") => {
            return Ok(Verdict::Pass);
        }
        Some(_) => format!("the service {name} is not headless"),
        None if view.knows(Kind::Service, namespace) => {
            format!("there is no service {name} in {namespace}")
        }
        None => return Ok(Verdict::NotApplicable),
    };
    flaw(place(&set.root, &["spec", "serviceName"]), message)
        .step(
            "Make a headless service of that name",
            &["kubectl create service clusterip NAME -n NAMESPACE --clusterip=None"],
        )
        .into()
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn the_interval_of_a_schedule_is_known_where_it_is_always_the_same() {
        let check = |schedule: &str, expected: Option<i64>| {
            assert_eq!(interval(schedule), expected, "{schedule}");
        };
        check("* * * * *", Some(60));
        check("*/5 * * * *", Some(300));
        check("*/1 * * * *", Some(60));
        check("@hourly", Some(3600));
        check("17 * * * *", Some(3600));
        check("0 */6 * * *", Some(21_600));
        check("30 4 * * *", Some(86_400));
        check("30 4 * * 0", Some(604_800));
        // The last run of the hour is followed sooner.
        check("*/7 * * * *", None);
        check("0 */5 * * *", None);
        check("*/0 * * * *", None);
        check("0 0 1 * *", None);
        check("0,30 * * * *", None);
        check("0 9-17 * * *", None);
        check("@monthly", None);
        check("@every 5m", None);
        check("* * * *", None);
        check("", None);
    }
}
