use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write, stdout};

use anyhow::{Context, bail};
use merlon_engine::{Preset, Search, ThreatModel};
use merlon_model::{Action, AttackReport, Confidence};
use merlon_report::attack::{AttackFormat, render};
use merlon_report::{Options, Remedy, RenderError};
use merlon_snapshot::{Inventory, Snapshot};
use merlon_views::Told;

use crate::alike::alike;
use crate::arguments::{Paths, Question, Selection};
use crate::commands::scan::remedy;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::{input, source};

/// Looks for ways to what an attacker is after.
pub fn run(paths: &Paths, terminal: &Terminal) -> anyhow::Result<Exit> {
    let request = input::request(&Selection {
        kubernetes_version: paths.kubernetes_version.clone(),
        config: paths.config.clone(),
        ..Selection::default()
    })?;
    let mut snapshot = source::snapshot(&paths.source, &request.told)?;
    only_inventory(&mut snapshot)?;
    change(&mut snapshot, &paths.question, paths, &request.told)?;
    any_object(&snapshot)?;
    let model = match &paths.question.threat_model {
        Some(name) => Preset::find(name).map(Preset::model).unwrap_or_default(),
        None => request.configuration.threat_model.unwrap_or_default(),
    };
    let search = search(&paths.question, &model)?;
    let report = merlon_engine::attack(&snapshot, &request.told, &search);
    let format: AttackFormat = paths.output.parse()?;
    print(paths, format, &report, terminal)?;
    Ok(exit(&report))
}

/// The graph is one cluster's, or of one set of manifests.
fn only_inventory(snapshot: &mut Snapshot) -> anyhow::Result<()> {
    match &mut snapshot.inventories[..] {
        [_] => Ok(()),
        [] => bail!("there are no objects to look at: name manifests, --cluster or --snapshot"),
        several => {
            let names: Vec<&str> = several.iter().map(|it| it.name.as_str()).collect();
            bail!("name one of {}: a path does not lead from one to another", names.join(", "))
        }
    }
}

/// Where nothing was looked at, no way means nothing.
fn any_object(snapshot: &Snapshot) -> anyhow::Result<()> {
    let empty = |it: &&Inventory| it.objects.is_empty() && it.gaps.is_empty();
    match snapshot.inventories.iter().find(empty) {
        Some(inventory) => bail!(
            "there is no Kubernetes object in {}: name manifests, --cluster or --snapshot",
            inventory.name
        ),
        None => Ok(()),
    }
}

/// Applies what would be different.
fn change(
    snapshot: &mut Snapshot,
    question: &Question,
    paths: &Paths,
    told: &Told,
) -> anyhow::Result<()> {
    let Some(mut inventory) = snapshot.inventories.pop() else { return Ok(()) };
    if !question.with.is_empty() {
        let with = source::manifests(&question.with, &paths.source.manifests, told)?;
        inventory = inventory.overlaid_with(with);
    }
    for object in &question.without {
        inventory = without(inventory, object)?;
    }
    snapshot.inventories.push(inventory);
    Ok(())
}

fn without(inventory: Inventory, object: &str) -> anyhow::Result<Inventory> {
    let (kind, name) = object
        .split_once([' ', '/'])
        .with_context(|| format!("{object:?} is not written as 'KIND NAMESPACE/NAME'"))?;
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    let taken = inventory.clone().without(kind, namespace, name);
    let taken = match taken {
        None if namespace.is_empty() => inventory.without(kind, "default", name),
        taken => taken,
    };
    taken.with_context(|| format!("there is no {object} to be taken out"))
}

fn search(question: &Question, model: &ThreatModel) -> anyhow::Result<Search> {
    let known = merlon_engine::techniques();
    for id in &question.without_technique {
        if known.iter().all(|technique| technique.id != id) {
            match alike(id, known.iter().map(|technique| technique.id)).join(", ").as_str() {
                "" => bail!("there is no technique {id}: --verbose names that of each step"),
                near => bail!("there is no technique {id}: did you mean {near}?"),
            }
        }
    }
    let chosen =
        |own: &[_], models: &[_]| if own.is_empty() { models.to_vec() } else { own.to_vec() };
    let targets = chosen(&question.to, &model.targets);
    let entries = chosen(&question.from, &model.entries);
    let routes = entries
        .iter()
        .flat_map(|entry| targets.iter().map(|target| (entry.clone(), target.clone())));
    Ok(Search {
        routes: routes.collect(),
        paths: question.limit,
        confidence: match question.confidence.as_str() {
            "certain" => Confidence::Certain,
            "likely" => Confidence::Likely,
            _ => Confidence::Assumed,
        },
        without: question.without_technique.clone(),
        whole: question.whole,
    })
}

fn print(
    paths: &Paths,
    format: AttackFormat,
    report: &AttackReport,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    let mut options = Options::new(&told);
    options.verbose = paths.verbose;
    if let Some(file) = &paths.output_file {
        let name = || format!("report {}", file.display());
        let mut out = BufWriter::new(File::create(file).with_context(name)?);
        render(report, format, &options, &mut out).with_context(name)?;
        return out.flush().with_context(name);
    }
    options.colour = terminal.colour;
    options.unicode = terminal.unicode;
    options.width = terminal.width.unwrap_or(options.width);
    let mut out = BufWriter::new(stdout().lock());
    let rendered = render(report, format, &options, &mut out);
    match rendered.and_then(|()| out.flush().map_err(RenderError::Write)) {
        // A reader that had enough (`| head`) is not an error.
        Err(RenderError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("standard output"),
    }
}

/// A change of a manifest is told; `merlon fix` mends findings and would not make it.
fn told(action: &Action) -> Remedy {
    match action {
        Action::EditObject { object, manifest: Some(_), .. } => {
            // The change that it is of names the object.
            let summary =
                merlon_remediate::describe(action).replace(&format!(" of {object} in "), " in ");
            Remedy { summary, commands: Vec::new() }
        }
        _ => remedy(action),
    }
}

fn exit(report: &AttackReport) -> Exit {
    if report.routes.iter().any(|route| !route.paths.is_empty()) {
        return Exit::Findings;
    }
    if report.gaps.is_empty() { Exit::Clean } else { Exit::NotEvaluated }
}
