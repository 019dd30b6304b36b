//! Checks, generators and benchmarks of the workspace: `cargo xtask --help`.

mod bench;
mod test;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the tests need, then check format, lints, licences, tests and documentation
    Test,
    /// Measure what a command takes
    Bench {
        #[command(subcommand)]
        what: Bench,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Scan a node with 300 processes, a control plane and a kubelet
    Node,
    /// Scan 2,000 manifests, one object a file
    Manifests,
    /// Work out the attack graph of 30,000 pods, 5,000 service accounts, 10,000 bindings and 500 nodes
    Graph,
    /// Evaluate 100,000 objects of a cluster from a snapshot
    Cluster,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Test => test::run(),
        Command::Bench { what: Bench::Node } => bench::node::run(),
        Command::Bench { what: Bench::Manifests } => bench::manifests::run(),
        Command::Bench { what: Bench::Graph } => bench::graph::run(),
        Command::Bench { what: Bench::Cluster } => bench::cluster::run(),
    }
}
