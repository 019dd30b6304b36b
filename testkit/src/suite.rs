use std::collections::BTreeMap;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::{ControlPlane, Tool, Version, missing_prerequisite};

/// What a test needs of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The executables of a version, or Go to build them.
    Kubernetes(Version),
    /// To be root with the right to mount, as a kubelet must.
    Root,
    /// What a [`PrivateHost`](crate::PrivateHost) is made of: root, overlays, namespaces, `ip` of iproute2.
    PrivateHost,
    /// containerd on `PATH`.
    Containerd,
    /// A tool that the testkit builds, or Go to build it.
    Tool(Tool),
}

impl Need {
    /// Why the machine does not offer it.
    fn missing(self) -> Option<String> {
        match self {
            Need::Kubernetes(version) => {
                if !succeeds("setpriv", &["--pdeathsig", "KILL", "--", "true"]) {
                    return Some("setpriv of util-linux is not on PATH".to_owned());
                }
                missing_prerequisite(version)
            }
            Need::Root => (!rustix::process::geteuid().is_root()
                || !succeeds("unshare", &["--mount", "--", "true"]))
            .then(|| "a kubelet needs root and the right to mount".to_owned()),
            Need::PrivateHost => crate::PrivateHost::missing(),
            Need::Containerd => (!succeeds("containerd", &["--version"]))
                .then(|| "containerd is not on PATH".to_owned()),
            Need::Tool(tool) => tool.missing_prerequisite(),
        }
    }
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// The tests of one test executable (`harness = false`), run in parallel.
///
/// Tests whose needs the machine does not meet are *ignored*: listed by name with the reason and counted.
/// With `MERLON_REQUIRE_TESTKIT=1` they fail instead.
///
/// ```no_run
/// use merlon_testkit::{ControlPlane, Need, Suite, Version};
///
/// fn main() -> std::process::ExitCode {
///     Suite::new()
///         .shared("lists_namespaces", Version::NEWEST, |plane: &ControlPlane| { /* … */ })
///         .alone("starts", "sets flags of the API server", &[Need::Kubernetes(Version::NEWEST)], || { /* … */ })
///         .run()
/// }
/// ```
#[derive(Default)]
pub struct Suite {
    planes: Arc<Planes>,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    kind: String,
    needs: Vec<Need>,
    body: Box<dyn FnOnce() + Send>,
}

/// The control planes that tests share, started by the first test that wants one.
#[derive(Default)]
struct Planes(BTreeMap<Version, OnceLock<Result<ControlPlane, String>>>);

impl Planes {
    fn get(&self, version: Version) -> &ControlPlane {
        let started = self.0[&version].get_or_init(|| {
            let plane = ControlPlane::builder(version).start();
            plane.map_err(|error| error.to_string())
        });
        match started {
            Ok(plane) => plane,
            Err(error) => panic!("{error}"),
        }
    }

    fn keep_files(&self) {
        let started = self.0.values().filter_map(OnceLock::get);
        for plane in started.filter_map(|result| result.as_ref().ok()) {
            plane.host().home.keep();
        }
    }
}

impl Suite {
    /// A suite without tests.
    pub fn new() -> Suite {
        let planes = Version::ALL.map(|version| (version, OnceLock::new()));
        Suite { planes: Arc::new(Planes(planes.into())), cases: Vec::new() }
    }

    /// A test on a control plane that other tests use at the same time: as kubeadm sets it up, with controllers.
    ///
    /// It keeps to a namespace of its own ([`ControlPlane::namespace`]) and leaves cluster-wide objects of others alone.
    #[must_use]
    pub fn shared(
        mut self,
        name: &str,
        version: Version,
        test: impl FnOnce(&ControlPlane) + Send + 'static,
    ) -> Suite {
        let planes = Arc::clone(&self.planes);
        self.cases.push(Case {
            name: name.to_owned(),
            kind: format!("shared {version}"),
            needs: vec![Need::Kubernetes(version)],
            body: Box::new(move || test(planes.get(version))),
        });
        self
    }

    /// A test that starts what it needs itself. `because` says why it cannot share, and is shown beside its name.
    #[must_use]
    pub fn alone(
        mut self,
        name: &str,
        because: &str,
        needs: &[Need],
        test: impl FnOnce() + Send + 'static,
    ) -> Suite {
        self.cases.push(Case {
            name: name.to_owned(),
            kind: format!("alone: {because}"),
            needs: needs.to_vec(),
            body: Box::new(test),
        });
        self
    }

    /// Runs the tests that the command line selects, as the standard test harness does.
    pub fn run(self) -> ExitCode {
        let required = std::env::var_os("MERLON_REQUIRE_TESTKIT").is_some_and(|value| value == "1");
        let arguments = Arguments::from_args();
        let mut machine = Machine::default();
        let mut skipped: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut trials = Vec::new();
        for case in self.cases {
            let missing = case.needs.iter().find_map(|need| machine.missing(*need));
            let Some(reason) = missing else {
                trials.push(case.into_trial());
                continue;
            };
            let name = case.name.clone();
            let trial = case.into_failing_trial(reason.clone()).with_ignored_flag(!required);
            if !required && !arguments.is_filtered_out(&trial) {
                skipped.entry(reason).or_default().push(name);
            }
            trials.push(trial);
        }
        for (reason, names) in &skipped {
            let (count, names) = (names.len(), names.join(", "));
            eprintln!("testkit: skipping {count} of the tests ({names}): {reason}");
        }
        let conclusion = libtest_mimic::run(&arguments, trials);
        if conclusion.has_failed() {
            self.planes.keep_files();
        }
        drop(self.planes);
        conclusion.exit_code()
    }
}

impl Case {
    fn into_trial(self) -> Trial {
        let test = move || {
            (self.body)();
            Ok(())
        };
        Trial::test(self.name, test).with_kind(self.kind)
    }

    fn into_failing_trial(self, reason: String) -> Trial {
        Trial::test(self.name, move || Err(Failed::from(reason))).with_kind(self.kind)
    }
}

/// What is known about the machine; each need is looked for once.
#[derive(Default)]
struct Machine(BTreeMap<Need, Option<String>>);

impl Machine {
    fn missing(&mut self, need: Need) -> Option<String> {
        self.0.entry(need).or_insert_with(|| need.missing()).clone()
    }
}
