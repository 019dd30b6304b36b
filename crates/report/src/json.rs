use std::io;

use merlon_model::Report;
use schemars::Schema;
use serde::Serialize;

use crate::{Options, RenderError};

/// The address that names the schema of reports; their `$schema`.
pub const REPORT_SCHEMA_ID: &str =
    "https://raw.githubusercontent.com/merlon-security/merlon/main/schemas/report-1.json";

/// The JSON Schema of [`crate::Format::Json`].
#[must_use]
pub fn report_schema() -> Schema {
    let mut schema = schemars::schema_for!(Report);
    schema.insert("$id".to_owned(), REPORT_SCHEMA_ID.into());
    schema
}

#[derive(Serialize)]
struct Document<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(flatten)]
    report: &'r Report,
}

pub(crate) fn render(
    report: &Report,
    _options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    serde_json::to_writer_pretty(&mut *out, &Document { schema: REPORT_SCHEMA_ID, report })?;
    writeln!(out)?;
    Ok(())
}
