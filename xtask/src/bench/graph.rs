use super::cluster::on_generated;

/// What the attack graph is measured by.
const SIZE: &[&str] = &[
    "--pods=30000",
    "--service-accounts=5000",
    "--bindings=10000",
    "--nodes=500",
    "--namespaces=400",
];

/// Times the attack graph of a generated cluster: index, graph, choke points, who-can.
pub(crate) fn run() -> anyhow::Result<()> {
    on_generated(SIZE, "attack")
}
