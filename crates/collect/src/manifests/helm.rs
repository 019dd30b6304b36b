//! Rendering charts with `helm template`.

mod hazard;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use merlon_snapshot::{Cause, Rendered};
use merlon_yaml::{Limits, Node, parse};

use super::files::{Origin, read};
use super::provenance::provenance;
use super::rendered::split;
use super::walk::Place;
use super::{ManifestOptions, tool};
use crate::trouble::Trouble;

/// What one template became.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) rendered: Rendered,
}

/// Why there is nothing of a chart.
#[derive(Debug)]
pub(super) enum NotRendered {
    /// It is a library for other charts, and nothing on its own.
    Library,
    Trouble(Trouble),
}

/// The longest name that Helm gives a release.
const RELEASE_NAME_LIMIT: usize = 53;

/// Renders a chart, and gives the text of each template that gave any.
///
/// `roots` are the directories that were named; the chart has no business outside of them.
pub(super) fn render(
    chart: &Place,
    roots: &[PathBuf],
    options: &ManifestOptions,
) -> Result<Vec<Text>, NotRendered> {
    let description = Description::read(&chart.real, options.max_file_bytes);
    if description.library {
        return Err(NotRendered::Library);
    }
    if let Some(trouble) = hazard::hazard(&chart.real, roots, options.max_file_bytes) {
        return Err(NotRendered::Trouble(trouble));
    }
    let output = run(chart, &description, options).map_err(NotRendered::Trouble)?;
    let texts = split(&output).into_iter().map(|(source, text)| {
        let template = locate(chart, &description, source, options.max_file_bytes);
        let traced = read(&template.real, Origin::Found, options.max_file_bytes)
            .map(|written| provenance(&written, &text))
            .unwrap_or_default();
        let rendered = Rendered::Helm {
            chart: chart.shown.clone(),
            lines: traced.lines,
            values: traced
                .values
                .into_iter()
                .map(|(key, lines)| (template.parent_key(&key), lines))
                .collect::<BTreeMap<_, _>>(),
        };
        Text { path: template.shown, text, rendered }
    });
    Ok(texts.collect())
}

fn run(
    chart: &Place,
    description: &Description,
    options: &ManifestOptions,
) -> Result<String, Trouble> {
    let helm = &options.helm;
    let program = match &helm.program {
        Some(program) => tool::is_executable(program).then(|| program.clone()),
        None => tool::on_path("helm"),
    };
    let program = program.ok_or_else(|| {
        let detail = "helm, which renders this chart, is not installed; install it, or scan what \
                      `helm template` writes";
        Trouble::new(Cause::ToolMissing, detail)
    })?;
    let release = helm.release.clone().unwrap_or_else(|| description.release());
    let mut arguments: Vec<OsString> = vec!["template".into(), "--include-crds".into()];
    let mut option = |name: &str, value: &std::ffi::OsStr| {
        let mut argument = OsString::from(format!("--{name}="));
        argument.push(value);
        arguments.push(argument);
    };
    for file in &helm.values {
        option("values", file.as_os_str());
    }
    for value in &helm.set {
        option("set", value.as_ref());
    }
    for (name, value) in [("namespace", &helm.namespace), ("kube-version", &helm.kube_version)] {
        if let Some(value) = value {
            option(name, value.as_ref());
        }
    }
    arguments.extend(["--".into(), release.into(), chart.real.clone().into_os_string()]);
    tool::render(&program, &arguments, options.render_time).map_err(|mut trouble| {
        if trouble.detail.contains("missing in charts/ directory") {
            trouble.detail.push_str(&format!("; run `helm dependency build {}`", chart.shown));
        }
        trouble
    })
}

/// What matters here of a `Chart.yaml`.
#[derive(Debug, Default)]
struct Description {
    name: String,
    library: bool,
    /// The names of subcharts by the names under which they are used.
    aliases: BTreeMap<String, String>,
}

impl Description {
    /// Reads it; what is broken is left to Helm to explain.
    fn read(directory: &Path, limit: usize) -> Self {
        let Ok(text) = read(&directory.join("Chart.yaml"), Origin::Named, limit) else {
            return Self::default();
        };
        let parsed = parse(&text, &Limits::default());
        let Some(root) = parsed.documents.first().map(|document| &document.root) else {
            return Self::default();
        };
        let text = |node: &Node, key: &str| {
            node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned()
        };
        let dependencies = root.get("dependencies").and_then(Node::as_sequence);
        Self {
            name: text(root, "name"),
            library: text(root, "type") == "library",
            aliases: dependencies
                .into_iter()
                .flatten()
                .map(|dependency| (text(dependency, "alias"), text(dependency, "name")))
                .filter(|(alias, _)| !alias.is_empty())
                .collect(),
        }
    }

    /// A name for the release; Helm's own where the chart's does not do.
    fn release(&self) -> String {
        let fits = !self.name.is_empty()
            && self.name.len() <= RELEASE_NAME_LIMIT
            && self
                .name
                .starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && self.name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !self.name.ends_with('-');
        if fits { self.name.clone() } else { "release-name".to_owned() }
    }
}

/// A template of a chart, or of a chart in it.
#[derive(Debug)]
struct Template {
    shown: String,
    real: PathBuf,
    /// The subcharts on the way to it, as values name them.
    charts: Vec<String>,
}

impl Template {
    /// The key under which the outermost chart sets what `key` is to the template's own chart.
    fn parent_key(&self, key: &str) -> String {
        if self.charts.is_empty() || key == "global" || key.starts_with("global.") {
            return key.to_owned();
        }
        format!("{}.{key}", self.charts.join("."))
    }
}

/// Finds the file that Helm names `chart/charts/sub/templates/x.yaml`.
///
/// Helm names charts by their names, or aliases; their directories may be called otherwise.
fn locate(chart: &Place, description: &Description, source: &str, limit: usize) -> Template {
    let mut rest = source.split_once('/').map_or("", |(_, rest)| rest);
    let mut template =
        Template { shown: String::new(), real: chart.real.clone(), charts: Vec::new() };
    let mut below = PathBuf::new();
    let mut aliases = description.aliases.clone();
    while let Some((used_as, inner)) =
        rest.strip_prefix("charts/").and_then(|it| it.split_once('/'))
    {
        let name = aliases.get(used_as).map_or(used_as, String::as_str);
        let directory = subchart(&template.real.join("charts"), name, limit);
        let part = directory.unwrap_or_else(|| used_as.to_owned());
        below.extend(["charts", &part]);
        template.real.extend(["charts", &part]);
        template.charts.push(used_as.to_owned());
        aliases = Description::read(&template.real, limit).aliases;
        rest = inner;
    }
    below.push(rest);
    template.real.push(rest);
    let inside = below.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if !inside {
        // No template of Helm's has such a name; whatever wrote it leads nowhere else.
        below = PathBuf::from("templates");
        template.real = chart.real.join("templates");
    }
    template.shown = match chart.shown.as_str() {
        "." => below.to_string_lossy().into_owned(),
        shown => Path::new(shown).join(below).to_string_lossy().into_owned(),
    };
    template
}

/// The directory in `charts` that holds the chart of that name.
fn subchart(charts: &Path, name: &str, limit: usize) -> Option<String> {
    if charts.join(name).join("Chart.yaml").is_file() {
        return Some(name.to_owned());
    }
    let mut names: Vec<String> = std::fs::read_dir(charts)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    names.into_iter().find(|directory| {
        let chart = charts.join(directory);
        chart.is_dir() && Description::read(&chart, limit).name == name
    })
}
