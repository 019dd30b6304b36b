use std::io::stdout;

use clap::CommandFactory;

use crate::arguments::{Arguments, Completions, Schema, SchemaOf};
use crate::exit::Exit;

/// Prints the JSON Schema of a format.
pub fn schema(schema: &Schema) -> anyhow::Result<Exit> {
    let schema = match schema.format {
        SchemaOf::Report => merlon_report::report_schema(),
        SchemaOf::Paths => merlon_report::attack::attack_report_schema(),
        SchemaOf::Access => merlon_report::access::access_schema(),
        SchemaOf::Configuration => merlon_engine::configuration_schema(),
    };
    anstream::println!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(Exit::Clean)
}

/// Prints a shell's completions.
pub fn completions(completions: &Completions) -> anyhow::Result<Exit> {
    let mut command = Arguments::command();
    clap_complete::generate(completions.shell, &mut command, "merlon", &mut stdout());
    Ok(Exit::Clean)
}

/// Prints the manual page.
pub fn man_page() -> anyhow::Result<Exit> {
    clap_mangen::Man::new(Arguments::command()).render(&mut stdout())?;
    Ok(Exit::Clean)
}
