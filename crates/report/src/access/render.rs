use std::io;

use schemars::Schema;
use serde::Serialize;

use super::document::{AccessReport, Answer};
use super::page::Page;
use super::{changes, holdings, risks, tree};
use crate::RenderError;

/// The address that names the schema of answers about access; their `$schema`.
pub const ACCESS_SCHEMA_ID: &str =
    "https://raw.githubusercontent.com/merlon-security/merlon/main/schemas/access-1.json";

/// The JSON Schema of [`AccessFormat::Json`].
#[must_use]
pub fn access_schema() -> Schema {
    let mut schema = schemars::schema_for!(AccessReport);
    schema.insert("$id".to_owned(), ACCESS_SCHEMA_ID.into());
    schema
}

/// A format of answers about access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessFormat {
    /// Rows and columns, for eyes.
    Table,
    /// From the subject over bindings and roles to rules, for eyes.
    Tree,
    /// All that is known, for programs.
    Json,
}

/// How a table or a tree is shown.
#[derive(Clone, Copy, Debug)]
pub struct AccessStyle {
    /// Writes ANSI styles. Nothing is said by colour alone.
    pub colour: bool,
    /// Writes symbols beyond ASCII.
    pub unicode: bool,
    /// The columns of the terminal.
    pub width: usize,
}

#[derive(Serialize)]
struct Document<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(flatten)]
    report: &'r AccessReport,
}

/// Writes an answer in a format.
///
/// # Errors
/// When `out` takes no more.
pub fn render(
    format: AccessFormat,
    report: &AccessReport,
    style: AccessStyle,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    if format == AccessFormat::Json {
        let document = Document { schema: ACCESS_SCHEMA_ID, report };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)?;
        return Ok(());
    }
    let mut page = Page::new(out, style);
    if format == AccessFormat::Tree {
        tree::render(&mut page, report)?;
    } else {
        match &report.answer {
            Answer::WhoCan(answer) => holdings::who_can(&mut page, answer)?,
            Answer::Can(answer) => holdings::can(&mut page, answer)?,
            Answer::Of(answer) => holdings::of(&mut page, answer)?,
            Answer::Risky(answer) => risks::risky(&mut page, answer)?,
            Answer::Diff(answer) => changes::diff(&mut page, answer)?,
        }
    }
    page.footer(report)?;
    Ok(())
}
