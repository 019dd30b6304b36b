//! Writes attack paths of a made-up cluster: `cargo run --example attack -- html 5000 > page.html`.

#[path = "../tests/attack/shop.rs"]
mod shop;
#[path = "../tests/attack/synthetic.rs"]
mod synthetic;

use std::io;

use merlon_model::Action;
use merlon_report::attack::{AttackFormat, render};
use merlon_report::{Options, Remedy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let format: AttackFormat = arguments.next().unwrap_or_else(|| "tree".to_owned()).parse()?;
    let flags: Vec<String> = arguments.collect();
    let has = |name: &str| flags.iter().any(|flag| flag == name);
    let report = match flags.iter().find_map(|flag| flag.parse().ok()) {
        Some(size) => synthetic::synthetic(size),
        None => shop::shop(),
    };
    let options = Options {
        verbose: has("all"),
        colour: has("colour"),
        unicode: has("unicode"),
        ..Options::new(&remedy)
    };
    render(&report, format, &options, &mut io::stdout().lock())?;
    Ok(())
}

fn remedy(action: &Action) -> Remedy {
    match action {
        Action::Manual { instruction, commands } => {
            Remedy { summary: instruction.clone(), commands: commands.clone() }
        }
        other => Remedy { summary: format!("{other:?}"), commands: Vec::new() },
    }
}
