use std::io;

use merlon_model::AttackReport;
use schemars::Schema;
use serde::Serialize;

use crate::RenderError;

/// The address that names the schema of attack reports; their `$schema`.
pub const ATTACK_REPORT_SCHEMA_ID: &str =
    "https://raw.githubusercontent.com/merlon-security/merlon/main/schemas/attack-report-1.json";

/// The JSON Schema of [`super::AttackFormat::Json`].
#[must_use]
pub fn attack_report_schema() -> Schema {
    let mut schema = schemars::schema_for!(AttackReport);
    schema.insert("$id".to_owned(), ATTACK_REPORT_SCHEMA_ID.into());
    schema
}

#[derive(Serialize)]
struct Document<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(flatten)]
    report: &'r AttackReport,
}

pub(super) fn render(report: &AttackReport, out: &mut impl io::Write) -> Result<(), RenderError> {
    let document = Document { schema: ATTACK_REPORT_SCHEMA_ID, report };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}
