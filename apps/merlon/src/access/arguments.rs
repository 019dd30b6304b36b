use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use merlon_model::Version;
use merlon_report::access::AccessFormat;

use super::subject::{Subject, parse_subject};
use crate::arguments::parse_version;

#[derive(Args)]
#[command(after_help = "\
Examples:
  merlon access who-can create pods/exec -n shop
  merlon access can serviceaccount:shop/web get secrets database -n shop
  merlon access of group:developers -o tree
  merlon access risky --snapshot cluster.merlon
  merlon access diff cluster --with new-rbac.yaml --fail-on-new

Without --snapshot or --file the cluster of the kubeconfig's current context is asked.
Nothing is changed and nobody is impersonated: the roles and bindings are read and judged here, by
the rules of the API server's own RBAC and node authorizers. Webhooks, ABAC and the identity
management of a cloud may allow more.")]
pub struct Access {
    #[command(subcommand)]
    pub command: AccessCommand,
}

#[derive(Subcommand)]
pub enum AccessCommand {
    /// Everybody who may do something, with each binding, role and rule that grants it
    WhoCan(WhoCan),
    /// Whether somebody may do something, and if not, what comes nearest
    Can(Can),
    /// Everything somebody may do, merged, with what it comes from
    Of(Of),
    /// Who holds rights that lead to more than they say
    Risky(Risky),
    /// Who gains and who loses what between two clusters, snapshots or sets of manifests
    Diff(Diff),
}

/// Where roles and bindings are read. Without any of these: the cluster of the current context.
#[derive(Args, Default)]
#[command(next_help_heading = "Source")]
pub struct Sources {
    /// Read a file that `merlon collect` wrote; repeatable
    #[arg(long, value_name = "FILE")]
    pub snapshot: Vec<PathBuf>,
    /// Read manifests: files, directories, Helm charts, kustomizations; `-` for standard input; repeatable
    #[arg(long, short, value_name = "PATH")]
    pub file: Vec<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
}

/// How clusters and manifests are read.
#[derive(Args, Default)]
#[command(next_help_heading = "Source")]
pub struct Reading {
    /// Read the cluster of this context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The kubeconfig [default: $KUBECONFIG, then ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// How many requests are sent each second at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub requests_per_second: u32,
    /// Go on where the kubeconfig says that the server's certificate is not to be verified
    #[arg(long)]
    pub insecure: bool,
    /// Values for Helm charts; repeatable, later files win
    #[arg(long, value_name = "FILE")]
    pub helm_values: Vec<PathBuf>,
    /// A value for Helm charts, as helm's own --set; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub helm_set: Vec<String>,
    /// The release of Kubernetes, where the source does not tell it
    #[arg(long, value_name = "RELEASE", value_parser = parse_version)]
    pub kubernetes_version: Option<Version>,
}

/// What is to be done.
#[derive(Args)]
pub struct Action {
    /// get, list, watch, create, update, patch, delete, deletecollection, or one that is only ever checked,
    /// such as bind, escalate, impersonate; for a path the HTTP method
    pub verb: String,
    /// RESOURCE, RESOURCE/SUBRESOURCE, RESOURCE.GROUP, a short name such as `deploy`, or a path such as /metrics
    pub resource: String,
    /// The only object that matters
    pub name: Option<String>,
    /// In this namespace
    #[arg(long, short, value_name = "NAME", conflicts_with = "all_namespaces")]
    pub namespace: Option<String>,
    /// The API group, where the resource does not tell it; `core` for the core group
    #[arg(long, value_name = "GROUP")]
    pub api_group: Option<String>,
}

/// How the answer is written.
#[derive(Args)]
pub struct Output {
    /// How to answer
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t = Form::Table)]
    pub output: Form,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Form {
    /// Rows and columns
    Table,
    /// From subjects over bindings and roles to rules, with the files they stand in
    Tree,
    /// All that is known; `merlon schema access` describes it
    Json,
}

impl Form {
    pub fn format(self) -> AccessFormat {
        match self {
            Self::Table => AccessFormat::Table,
            Self::Tree => AccessFormat::Tree,
            Self::Json => AccessFormat::Json,
        }
    }
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  merlon access who-can create pods/exec              in any namespace
  merlon access who-can get secrets database -n shop  this one secret
  merlon access who-can list deploy                   short names, as kubectl knows them
  merlon access who-can '*' '*'                       whoever may do everything
  merlon access who-can escalate clusterroles         verbs that are only ever checked
  merlon access who-can get /metrics                  a path that is no resource

Without NAME rules that are limited to names are listed too, with the names in brackets.

Exit codes:
  0  answered
  2  the command line was not understood
  3  roles or bindings could not be seen, so somebody may be missing")]
pub struct WhoCan {
    #[command(flatten)]
    pub action: Action,
    /// In any namespace, as without --namespace
    #[arg(long, short = 'A')]
    pub all_namespaces: bool,
    #[command(flatten)]
    pub form: Output,
    #[command(flatten)]
    pub sources: Sources,
}

#[derive(Args)]
#[command(after_help = "\
Subjects:
  user:NAME  group:NAME  serviceaccount:NAMESPACE/NAME  node:NAME  anonymous  authenticated
  `sa:` is short for `serviceaccount:`; system:serviceaccount:NAMESPACE:NAME is taken too

Examples:
  merlon access can sa:shop/web create pods/exec       in its own namespace, shop
  merlon access can user:ann --as-group developers delete deploy web -n shop
  merlon access can anonymous get /version
  merlon access can group:developers list secrets -A   in every namespace

Without --namespace the question is about a service account's own namespace, for others about
`default`.

Exit codes:
  0  yes
  1  no
  2  the command line was not understood
  3  no, as far as can be seen: roles or bindings are missing that might allow it")]
pub struct Can {
    /// Who
    #[arg(value_parser = parse_subject)]
    pub subject: Subject,
    #[command(flatten)]
    pub action: Action,
    /// In every namespace at once
    #[arg(long, short = 'A')]
    pub all_namespaces: bool,
    /// A group that the subject is in besides; repeatable
    #[arg(long, value_name = "GROUP")]
    pub as_group: Vec<String>,
    #[command(flatten)]
    pub form: Output,
    #[command(flatten)]
    pub sources: Sources,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  merlon access of serviceaccount:shop/web
  merlon access of user:ann --as-group developers -o tree
  merlon access of node:worker-1                  with what the node authorizer adds
  merlon access of anonymous

Rows that other rows contain are left out of the table; -o tree and -o json have everything.

Exit codes:
  0  answered
  2  the command line was not understood
  3  roles or bindings could not be seen, so something may be missing")]
pub struct Of {
    /// Who: user:NAME, group:NAME, serviceaccount:NAMESPACE/NAME, node:NAME, anonymous, authenticated
    #[arg(value_parser = parse_subject)]
    pub subject: Subject,
    /// A group that the subject is in besides; repeatable
    #[arg(long, value_name = "GROUP")]
    pub as_group: Vec<String>,
    #[command(flatten)]
    pub form: Output,
    #[command(flatten)]
    pub sources: Sources,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  merlon access risky                              everybody, a line or two each, the worst first
  merlon access risky serviceaccount:shop/web      one of them: each way, and why it works
  merlon access risky -f deploy/ -o tree           manifests, with files and lines

Rights add up over all bindings of a subject. Subjects that hold only what Kubernetes itself gives
them are counted and left out without --all.

Exit codes:
  0  answered
  2  the command line was not understood
  3  roles or bindings could not be seen, so something may be missing")]
pub struct Risky {
    /// Only this subject: user:NAME, group:NAME, serviceaccount:NAMESPACE/NAME, node:NAME, anonymous, authenticated
    #[arg(value_parser = parse_subject)]
    pub subject: Option<Subject>,
    /// A group that the subject is in besides; repeatable
    #[arg(long, value_name = "GROUP", requires = "subject")]
    pub as_group: Vec<String>,
    /// Show what Kubernetes gives its own components too
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub form: Output,
    #[command(flatten)]
    pub sources: Sources,
}

#[derive(Args)]
#[command(after_help = "\
BEFORE and AFTER are each a snapshot, a path of manifests, or `cluster` (`cluster:CONTEXT`) for a
live one. Rights are compared by what they allow, not by how they are written: renamed bindings and
split rules change nothing.

Examples:
  merlon access diff cluster --with new-rbac.yaml       what applying a file would change
  merlon access diff last-week.merlon cluster           what has changed since
  merlon access diff main/ branch/ --fail-on-new        in a merge request

Exit codes:
  0  answered
  1  with --fail-on-new: somebody newly holds rights that lead to more than they say
  2  the command line was not understood
  3  roles or bindings could not be seen, so something may be missing")]
pub struct Diff {
    /// What was before
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// What is after
    #[arg(value_name = "AFTER", required_unless_present = "with", conflicts_with = "with")]
    pub after: Option<PathBuf>,
    /// Manifests that are applied to BEFORE: objects of the same kind, namespace and name are replaced; repeatable
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub with: Vec<PathBuf>,
    /// Fail (exit code 1) when somebody newly holds rights that lead to more than they say
    #[arg(long)]
    pub fail_on_new: bool,
    #[command(flatten)]
    pub form: Output,
    #[command(flatten)]
    pub reading: Reading,
}
