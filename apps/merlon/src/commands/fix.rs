mod manifests;

use std::fs::{self, OpenOptions};
use std::io::{Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use merlon_model::{Action, Outcome, Report};
use merlon_remediate::{ObjectPatch, ObjectPlan, object_patches, plan_objects};
use merlon_report::visible;
use merlon_snapshot::{Origin, Snapshot};

use crate::arguments::Fix;
use crate::exit::Exit;
use crate::input;
use crate::source;
use crate::terminal::Terminal;

/// Plans the changes that mend what failed.
pub fn run(fix: &Fix, terminal: &Terminal) -> anyhow::Result<Exit> {
    if !fix.source.paths.is_empty() && fix.ansible.is_none() && fix.shell.is_none() {
        return manifests::run(fix, terminal);
    }
    let (report, snapshot) = report(fix)?;
    match (&fix.ansible, &fix.shell) {
        (Some(directory), _) => write_project(&report, directory)?,
        (None, Some(path)) if path == Path::new("-") => {
            stdout().write_all(merlon_remediate::shell(&report).as_bytes())?;
        }
        (None, Some(path)) => {
            let script = merlon_remediate::shell(&report);
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o700)
                .open(path)
                .and_then(|mut file| file.write_all(script.as_bytes()))
                .with_context(|| format!("script {}", path.display()))?;
        }
        (None, None) => {
            print_plan(&report);
            match snapshot {
                Some(snapshot) => {
                    let request = input::request(&fix.selection)?;
                    print_patches(&plan_objects(snapshot, &request, fix.review)?);
                }
                None => print_untried(&object_patches(&report, fix.review)),
            }
            anstream::println!(
                "\nNothing was changed. --shell FILE or --ansible DIR write what is to be done on \
                 nodes as a plan to run."
            );
        }
    }
    Ok(Exit::Clean)
}

/// The report, and what it was made of where that is a cluster.
fn report(fix: &Fix) -> anyhow::Result<(Report, Option<Snapshot>)> {
    if let Some(path) = &fix.report {
        let name = || format!("report {}", path.display());
        let text = fs::read(path).with_context(name)?;
        return Ok((serde_json::from_slice(&text).with_context(name)?, None));
    }
    let request = input::request(&fix.selection)?;
    let snapshot = source::snapshot(&fix.source, &request.told)?;
    let report = merlon_engine::evaluate(&snapshot, &request)?;
    let is_cluster = |it: &merlon_snapshot::Inventory| matches!(it.origin, Origin::Cluster { .. });
    Ok((report, snapshot.inventories.iter().any(is_cluster).then_some(snapshot)))
}

/// Writes into an empty or new directory only: a playbook beside leftovers would run them too.
fn write_project(report: &Report, directory: &Path) -> anyhow::Result<()> {
    let name = || format!("Ansible project {}", directory.display());
    fs::create_dir_all(directory).with_context(name)?;
    if fs::read_dir(directory).with_context(name)?.next().is_some() {
        bail!("{} is not empty: name a new directory", directory.display());
    }
    for (path, content) in merlon_remediate::ansible(report) {
        let path = directory.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(name)?;
        }
        fs::write(&path, content).with_context(name)?;
    }
    anstream::println!(
        "{}: read README.md there, then run `ansible-playbook --check --diff site.yml`",
        directory.display()
    );
    Ok(())
}

fn print_plan(report: &Report) {
    let failing = report.findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
    for finding in failing {
        let (node, resource) = (visible(&finding.scope), visible(&finding.resource));
        anstream::println!("{node}  {}  {resource}", visible(&finding.control));
        if let Some(why) = merlon_controls::why_no_edit(&finding.control) {
            anstream::println!("    no edit, because {why}");
        }
        for action in &finding.actions {
            anstream::println!("    {}", visible(&merlon_remediate::describe(action)));
            if matches!(action, Action::EditObject { manifest: Some(_), .. }) {
                for command in merlon_remediate::commands(action) {
                    anstream::println!("    $ {}", visible(&command));
                }
            }
        }
    }
}

/// One command for each object of a cluster, whatever the number of its findings.
fn print_patches(plan: &ObjectPlan) {
    for patch in &plan.patches {
        print_patch(patch);
    }
    if !plan.left.is_empty() {
        let left = counted(plan.left.len(), "finding");
        anstream::println!("\n{left} would still be there after the edit, so it is in no patch:");
    }
    for (finding, why) in &plan.left {
        let (control, resource) = (visible(&finding.control), visible(&finding.resource));
        anstream::println!("    {control}: {resource}: {}", visible(why));
    }
    if plan.to_review > 0 {
        let more = counted(plan.to_review, "finding");
        anstream::println!(
            "\n{more} more can be mended by a patch that may break a program: --review shows it."
        );
    }
}

/// The patches of a report, which has no objects to try them on.
fn print_untried(patches: &[ObjectPatch]) {
    for patch in patches {
        print_patch(patch);
        for finding in &patch.left {
            let (control, message) = (visible(&finding.control), visible(&finding.message));
            anstream::println!("    then look again at {control}: {message}");
        }
    }
    if !patches.is_empty() {
        anstream::println!(
            "\nThese patches were not tried: scan the cluster or name a snapshot, and each is \
             evaluated before it is shown."
        );
    }
}

fn print_patch(patch: &ObjectPatch) {
    let object = patch.object.to_string();
    let mended = counted(patch.mended.len(), "finding");
    anstream::println!("\n{}  {}  mends {mended}", visible(&patch.scope), visible(&object));
    anstream::println!("    $ {}", visible(&patch.command()));
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
