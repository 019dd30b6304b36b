use std::io;

use thiserror::Error;

use crate::Format;

/// Why a report could not be written.
#[derive(Debug, Error)]
pub enum RenderError {
    /// The output took no more.
    #[error("cannot write the report: {0}")]
    Write(#[from] io::Error),
    /// The format shows benchmarks only, and neither node nor inventory of the report has one.
    #[error(
        "the report has no benchmark, which the format {format} is made of{reasons}; \
         scan again with --benchmark"
    )]
    NoBenchmark {
        /// The format.
        format: Format,
        /// Why they have none, each with `; ` before it; empty when none was asked for.
        reasons: String,
    },
    /// The report does not fit into JSON, which no report of this program does.
    #[error("cannot write the report as JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// The report does not fit into JUnit's XML.
    #[error("cannot write the report as JUnit XML: {0}")]
    Junit(#[from] quick_junit::SerializeError),
}

impl From<serde_json::Error> for RenderError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_io() { Self::Write(error.into()) } else { Self::Json(error) }
    }
}
