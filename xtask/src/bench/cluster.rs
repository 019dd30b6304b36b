use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// What makes about 100,000 objects.
const SIZE: &[&str] = &[
    "--pods=60000",
    "--service-accounts=5000",
    "--bindings=10000",
    "--nodes=500",
    "--namespaces=400",
];

/// Times the evaluation of a generated cluster's objects by every control on objects, after they
/// were read from a snapshot.
pub(crate) fn run() -> anyhow::Result<()> {
    on_generated(SIZE, "evaluate")
}

/// Hands the objects of a generated cluster to an example of the engine.
pub(super) fn on_generated(size: &[&str], example: &str) -> anyhow::Result<()> {
    super::build(&[
        &["build", "--release", "--locked", "-p", "merlon-engine", "--example", example],
        &["build", "--locked", "-q", "-p", "merlon-testkit"],
    ])?;
    let mut generate = Command::new(super::target()?.join("debug/merlon-testkit"))
        .arg("generate")
        .args(size)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the testkit")?;
    let objects = generate.stdout.take().context("its output")?;
    println!("input: merlon-testkit generate {}", size.join(" "));
    let done = Command::new(super::target()?.join("release/examples").join(example))
        .stdin(objects)
        .status()
        .context("cannot start the example")?;
    if !done.success() || !generate.wait()?.success() {
        bail!("the benchmark did not come to its end");
    }
    Ok(())
}
