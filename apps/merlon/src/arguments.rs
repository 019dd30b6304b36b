//! The command line.

mod paths;

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use merlon_model::{Severity, Version};

use crate::access::arguments::Access;
use crate::exit::EXIT_CODES;

pub use paths::{Paths, Question};

/// Kubernetes security posture: what is wrong, why it matters, how to mend it.
#[derive(Parser)]
#[command(
    name = "merlon",
    version,
    after_help = "\
Start here:
  merlon scan                            look at what is here: host, cluster, manifests
  merlon scan deploy/                    manifests, Helm charts and kustomizations
  merlon scan --cluster                  the cluster of the current context
  merlon scan --benchmark                the CIS benchmark that fits it, section by section
  merlon collect -o node.merlon          take the facts away and …
  merlon scan --snapshot node.merlon     … evaluate them elsewhere
  merlon paths --cluster                 what an attacker would do, and what cuts it off
  merlon explain kubelet-anonymous-auth  what a finding means and what the choices are
  merlon access who-can get secrets      who may do something, and through which binding
  merlon access risky                    who holds rights that lead to more than they say
  merlon fix deploy/                     show the edits that mend manifests; --write makes them
  merlon fix --ansible playbook/         a playbook that mends what failed on nodes

Exit codes: 0 as hoped, 1 something was found, 2 the command line was not understood,
3 not everything could be seen. `merlon scan --help` says precisely when, and so do the others."
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// When to use colour: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto,
          hide_possible_values = true)]
    pub color: Color,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub enum Command {
    /// Say what is wrong with nodes, clusters and manifests, with evidence and the remedy
    Scan(Scan),
    /// Write the facts of a node, a cluster or manifests to a file, to be evaluated later
    Collect(Collect),
    /// Look into a file of facts
    Snapshot(Snapshot),
    /// Show what an attacker would do: paths to what matters, and the fewest changes that cut them all
    Paths(Paths),
    /// Plan the changes that mend what failed: edits of manifests, a script, an Ansible project
    Fix(Fix),
    /// Tell what a control finds, why it matters, and what the choices are; or how a technique works
    Explain(Explain),
    /// Say who may do what, why, and what a change makes of it
    Access(Access),
    /// List the controls
    Controls(Controls),
    /// List the benchmarks, or the sections of one
    Benchmarks(Benchmarks),
    /// Print the JSON Schema of a format
    Schema(Schema),
    /// Print a shell's completions
    Completions(Completions),
    /// Print the manual page
    #[command(hide = true)]
    ManPage,
}

/// Where facts come from. Without any of these: whatever is here.
#[derive(Args, Default)]
pub struct Source {
    /// Manifests: files, directories, Helm charts, kustomizations; `-` for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Evaluate facts from a file that `merlon collect` wrote; repeatable
    #[arg(long, value_name = "FILE")]
    pub snapshot: Vec<PathBuf>,
    #[command(flatten)]
    pub manifests: Manifests,
    #[command(flatten)]
    pub cluster: Cluster,
    #[command(flatten)]
    pub host: Host,
}

/// How manifests are read.
#[derive(Args, Default)]
#[command(next_help_heading = "Manifests")]
pub struct Manifests {
    /// Values for Helm charts; repeatable, later files win
    #[arg(long, value_name = "FILE")]
    pub helm_values: Vec<PathBuf>,
    /// A value for Helm charts, as helm's own --set; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub helm_set: Vec<String>,
}

/// How a live cluster is looked at.
#[derive(Args, Default)]
#[command(next_help_heading = "Cluster")]
pub struct Cluster {
    /// Look at the cluster of the kubeconfig's current context, or of the pod this runs in
    #[arg(long)]
    pub cluster: bool,
    /// Look at the cluster of this context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The kubeconfig [default: $KUBECONFIG, then ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Only objects of this namespace, where no more may be read; repeatable
    #[arg(long, value_name = "NAME")]
    pub namespace: Vec<String>,
    /// How many requests are sent each second at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub requests_per_second: u32,
    /// Go on where the kubeconfig says that the server's certificate is not to be verified
    #[arg(long)]
    pub insecure: bool,
}

/// How a live host is looked at.
#[derive(Args, Default)]
#[command(next_help_heading = "Node")]
pub struct Host {
    /// Look at this host
    #[arg(long)]
    pub node: bool,
    /// The directory where the host's file system is seen, as /host in a pod [default: /]
    #[arg(long, value_name = "DIR")]
    pub host_root: Option<PathBuf>,
    /// The node's name, when it is not the host's
    #[arg(long, value_name = "NAME")]
    pub node_name: Option<String>,
    /// Ask the kubelet at this address for its live configuration, as https://127.0.0.1:10250
    #[arg(long, value_name = "URL")]
    pub configz: Option<String>,
    /// The CA bundle that the kubelet's certificate is verified with
    #[arg(long, value_name = "FILE", requires = "configz")]
    pub configz_ca: Option<PathBuf>,
    /// A file with the bearer token to authenticate with
    #[arg(long, value_name = "FILE", requires = "configz", conflicts_with = "configz_certificate")]
    pub configz_token: Option<PathBuf>,
    /// The client certificate to authenticate with
    #[arg(long, value_name = "FILE", requires_all = ["configz", "configz_key"])]
    pub configz_certificate: Option<PathBuf>,
    /// The key of the client certificate
    #[arg(long, value_name = "FILE", requires = "configz_certificate")]
    pub configz_key: Option<PathBuf>,
}

/// What is evaluated.
#[derive(Args, Default)]
#[command(next_help_heading = "Selection")]
pub struct Selection {
    /// Go through a benchmark section by section; without an id, the one that fits the node
    #[arg(long, short, value_name = "ID", num_args = 0..=1, require_equals = false,
          default_missing_value = "auto")]
    pub benchmark: Option<String>,
    /// Only these controls; `*` stands for any characters; repeatable
    #[arg(long, value_name = "PATTERN")]
    pub control: Vec<String>,
    /// Only these sections of the benchmark; `*` stands for any characters; repeatable
    #[arg(long, value_name = "PATTERN", requires = "benchmark")]
    pub section: Vec<String>,
    /// The release of Kubernetes, where the node does not tell it
    #[arg(long, value_name = "RELEASE", value_parser = parse_version)]
    pub kubernetes_version: Option<Version>,
    /// The configuration file [default: merlon.yaml, if there is one]
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A further file of justifications; repeatable
    #[arg(long, value_name = "FILE")]
    pub justifications: Vec<PathBuf>,
}

pub fn parse_version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| "expected a release such as 1.31 or v1.31.2".to_owned())
}

#[derive(Args)]
#[command(after_help = format!("\
Examples:
  merlon scan                                 what is here: host, cluster, manifests
  merlon scan deploy/ -o sarif                manifests, for code scanning
  helm template shop/ | merlon scan -         what another program renders
  merlon scan . --changed-since main          in a merge request: only what it touches
  merlon scan . --baseline old.json --fail-on-new
  merlon scan --cluster --threat-model internet-facing
  merlon scan --node --benchmark cis-1.12     one benchmark, section by section

{EXIT_CODES}"))]
pub struct Scan {
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub selection: Selection,
    /// How to report
    #[arg(long, short, value_name = "FORMAT", default_value = "text", value_parser = format_names())]
    pub output: String,
    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// Fail (exit code 1) from this severity on, or never
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = parse_threshold)]
    pub fail_on: Threshold,
    /// Rank by this threat model [default: the one of merlon.yaml, else general]
    #[arg(long, value_name = "NAME", value_parser = paths::threat_model_names())]
    pub threat_model: Option<String>,
    /// Only findings in manifests that changed since this Git revision
    #[arg(long, value_name = "REVISION")]
    pub changed_since: Option<String>,
    /// Compare with an earlier report, written with `-o json`, and tell what is new
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Fail only for what the baseline does not have
    #[arg(long, requires = "baseline")]
    pub fail_on_new: bool,
    /// Print the ClusterRole that a scan of a cluster needs, and do nothing else
    #[arg(long)]
    pub print_rbac: bool,
    /// Show every outcome with its evidence, and every command
    #[arg(long, short)]
    pub verbose: bool,
}

/// From which severity on a finding fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    Never,
    From(Severity),
}

fn parse_threshold(text: &str) -> Result<Threshold, String> {
    if text == "never" {
        return Ok(Threshold::Never);
    }
    Severity::ALL
        .into_iter()
        .find(|severity| severity.as_str() == text)
        .map(Threshold::From)
        .ok_or_else(|| "expected low, medium, high, critical or never".to_owned())
}

fn format_names() -> PossibleValuesParser {
    merlon_report::Format::ALL
        .map(|format| PossibleValue::new(format.as_str()).help(format.about()))
        .into()
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  merlon collect --cluster -o cluster.merlon  a cluster, to be asked as often as one likes
  merlon collect --node -o node.merlon        a node, to be evaluated elsewhere
  merlon scan --snapshot cluster.merlon       … with the same result

Values of secrets, tokens and keys are cut out before anything is written.")]
pub struct Collect {
    #[command(flatten)]
    pub source: Source,
    /// Where to write, `-` for standard output [default: NAME.merlon]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Args)]
pub struct Snapshot {
    #[command(subcommand)]
    pub command: SnapshotCommand,
}

#[derive(Subcommand)]
pub enum SnapshotCommand {
    /// Print what a snapshot holds
    Show {
        /// The snapshot, `-` for standard input
        file: PathBuf,
        /// Print every record as a line of JSON
        #[arg(long)]
        records: bool,
    },
}

#[derive(Args)]
#[command(after_help = "\
Without --write nothing is changed: you see a diff, or a plan to read and run.
Only what failed is touched; justified deviations are left alone.")]
pub struct Fix {
    #[command(flatten)]
    pub source: Source,
    /// Mend what a report says that `merlon scan -o json` wrote, instead of scanning
    #[arg(long, value_name = "FILE", conflicts_with = "snapshot")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub selection: Selection,
    /// Change the manifests; comments and style are kept
    #[arg(long, conflicts_with_all = ["ansible", "shell"])]
    pub write: bool,
    /// Make also the edits that may break a program and want a look
    #[arg(long)]
    pub review: bool,
    /// Write an Ansible project for all nodes into this directory
    #[arg(long, value_name = "DIR", conflicts_with = "shell")]
    pub ansible: Option<PathBuf>,
    /// Write a shell script, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub shell: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  merlon explain pod-host-network   a control; `merlon controls` lists all
  merlon explain create-pods        a technique, as `merlon paths --verbose` names it")]
pub struct Explain {
    /// The id of a control, or of a technique that a path names
    pub id: String,
}

#[derive(Args)]
pub struct Controls {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Benchmarks {
    /// List the sections of this benchmark
    pub benchmark: Option<String>,
}

#[derive(Args)]
pub struct Schema {
    /// Which format
    #[arg(value_enum)]
    pub format: SchemaOf,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SchemaOf {
    /// What `merlon scan -o json` writes
    Report,
    /// What `merlon paths -o json` writes
    Paths,
    /// What `merlon access … -o json` writes
    Access,
    /// `merlon.yaml` and files of justifications
    Configuration,
}

#[derive(Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
