use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use merlon_engine::{Endpoint, PRESETS};
use merlon_model::Version;
use merlon_report::attack::AttackFormat;

use super::{Source, parse_version};

#[derive(Args)]
#[command(after_help = "\
Examples:
  merlon paths --cluster                                   what an attacker would do in this cluster
  merlon paths deploy/ --from internet --to cluster-admin  one question, on manifests
  merlon paths --from 'serviceaccount shop/web' --to node --limit 20 --verbose
  merlon paths --cluster --without 'ClusterRoleBinding ci' what would be left without it
  merlon paths --cluster --with proposed.yaml              what a change would open or close
  merlon paths --cluster -o html --output-file paths.html  a page to explore

Entries and targets: internet, anonymous, authenticated, any-pod, 'pod NAMESPACE/NAME',
'serviceaccount NAMESPACE/NAME', 'user NAME', 'group NAME', node, 'node NAME', secrets,
'secrets NAMESPACE', 'secret NAMESPACE/NAME', control-plane-keys, cloud-role, cluster-admin.

Nothing is changed and nobody's rights are used: the graph is worked out from objects. The
commands that are told with a path only look.

Exit codes:
  0  no target is reached
  1  a target is reached
  2  the command line was not understood
  3  no target is reached as far as could be seen, but not everything could be")]
pub struct Paths {
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub question: Question,
    /// The release of Kubernetes, where the source does not tell it
    #[arg(long, value_name = "RELEASE", value_parser = parse_version)]
    pub kubernetes_version: Option<Version>,
    /// The configuration file, for its threat model [default: merlon.yaml, if there is one]
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to report
    #[arg(long, short, value_name = "FORMAT", default_value = "tree", value_parser = format_names())]
    pub output: String,
    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// Tell every path step by step
    #[arg(long, short)]
    pub verbose: bool,
}

/// What is asked of the graph.
#[derive(Args)]
#[command(next_help_heading = "Question")]
pub struct Question {
    /// Where the attack starts; repeatable [default: what the threat model says]
    #[arg(long, value_name = "ENTRY", value_parser = parse_endpoint)]
    pub from: Vec<Endpoint>,
    /// What it is after; repeatable [default: what the threat model says]
    #[arg(long, value_name = "TARGET", value_parser = parse_endpoint)]
    pub to: Vec<Endpoint>,
    /// The threat model [default: the one of merlon.yaml, else general]
    #[arg(long, value_name = "NAME", value_parser = threat_model_names())]
    pub threat_model: Option<String>,
    /// How many paths to tell for each entry and target
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub limit: usize,
    /// How sure steps have to be: assumed (a program may have a hole), likely or certain
    #[arg(long, value_name = "CONFIDENCE", default_value = "assumed",
          value_parser = ["assumed", "likely", "certain"])]
    pub confidence: String,
    /// Leave out steps of this technique, by id; repeatable
    #[arg(long, value_name = "TECHNIQUE")]
    pub without_technique: Vec<String>,
    /// What would be left without this object, as 'KIND NAME' or 'KIND NAMESPACE/NAME'; repeatable
    #[arg(long, value_name = "OBJECT")]
    pub without: Vec<String>,
    /// What would be with these manifests applied; repeatable
    #[arg(long, value_name = "PATH")]
    pub with: Vec<PathBuf>,
    /// Put everything that lies on any way into the report, and not only the paths
    #[arg(long)]
    pub whole: bool,
}

fn parse_endpoint(text: &str) -> Result<Endpoint, String> {
    text.parse().map_err(|error: merlon_engine::UnknownEndpoint| error.to_string())
}

/// The threat models that come with Merlon, for a command line.
pub(super) fn threat_model_names() -> PossibleValuesParser {
    let value = |preset: &merlon_engine::Preset| PossibleValue::new(preset.name).help(preset.about);
    PRESETS.iter().map(value).collect::<Vec<_>>().into()
}

fn format_names() -> PossibleValuesParser {
    AttackFormat::ALL.map(|format| PossibleValue::new(format.as_str()).help(format.about())).into()
}
