use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use merlon_model::{Outcome, Report};
use merlon_testkit::Tool;

/// What the program wrote and how it ended.
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in a directory; with Helm, Kustomize and Git when `tools`.
pub(crate) fn merlon(directory: &Path, tools: bool, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_merlon"));
    command.args(arguments).current_dir(directory).env_clear().env("LANG", "C.UTF-8");
    if tools {
        let mut path = vec!["/usr/bin".into(), "/bin".into()];
        for tool in [Tool::Helm, Tool::Kustomize] {
            let executable = tool.locate().unwrap();
            path.push(executable.parent().unwrap().to_owned());
        }
        command.env("PATH", std::env::join_paths(path).unwrap());
    }
    let output = command.output().unwrap();
    Output {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Output {
    #[track_caller]
    pub(crate) fn report(&self) -> Report {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }
}

/// What fails, each by what it is about and what is wrong.
pub(crate) fn failing(report: &Report) -> BTreeSet<String> {
    let fails = report.findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
    fails.map(|finding| format!("{} | {}", finding.identity(), finding.message)).collect()
}
