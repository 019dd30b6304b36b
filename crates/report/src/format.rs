use std::fmt;
use std::io;
use std::str::FromStr;

use merlon_model::Report;
use thiserror::Error;

use crate::{
    Options, RenderError, csv, github, gitlab, html, json, junit, kube_bench, markdown, sarif, text,
};

/// A format that a report can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For eyes, at a terminal or in a log.
    #[default]
    Text,
    /// The report itself; see [`crate::report_schema`].
    Json,
    /// kube-bench's JSON, for programs that read it.
    KubeBench,
    /// kube-bench's text.
    KubeBenchText,
    /// JUnit XML, for CI servers.
    Junit,
    /// SARIF 2.1.0, for code scanning and security tools.
    Sarif,
    /// Workflow commands of GitHub Actions, for annotations of changes.
    Github,
    /// GitLab's Code Quality JSON, for merge requests.
    Gitlab,
    /// One row per finding, for spreadsheets.
    Csv,
    /// Markdown, for comments and wikis.
    Markdown,
    /// One self-contained page, for a browser or a printer.
    Html,
}

impl Format {
    /// Every format, the default first.
    pub const ALL: [Self; 11] = [
        Self::Text,
        Self::Json,
        Self::KubeBench,
        Self::KubeBenchText,
        Self::Junit,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Csv,
        Self::Markdown,
        Self::Html,
    ];

    /// The format's name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::KubeBench => "kube-bench",
            Self::KubeBenchText => "kube-bench-text",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }

    /// What the format is for, in one clause without a final stop.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Text => "for eyes, at a terminal or in a log",
            Self::Json => "the whole report; `merlon schema report` describes it",
            Self::KubeBench => "kube-bench's JSON, for programs that read it; needs a benchmark",
            Self::KubeBenchText => "kube-bench's text; needs a benchmark",
            Self::Junit => "JUnit XML, for CI servers",
            Self::Sarif => "SARIF 2.1.0, for code scanning and security tools",
            Self::Github => "annotations of GitHub Actions, to be written to a step's output",
            Self::Gitlab => "GitLab's Code Quality JSON, for merge requests",
            Self::Csv => "one row per finding, for spreadsheets",
            Self::Markdown => "for comments on changes and for wikis",
            Self::Html => "one self-contained page, for a browser or a printer",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| UnknownFormat { name: name.to_owned() })
    }
}

/// There is no format of that name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no format {name:?}; take one of {}", Format::ALL.map(Format::as_str).join(", "))]
pub struct UnknownFormat {
    name: String,
}

/// Writes a report in a format.
///
/// # Errors
///
/// When `out` takes no more, and when the format needs a benchmark that the report has not.
pub fn render(
    format: Format,
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    match format {
        Format::Text => text::render(report, options, out),
        Format::Json => json::render(report, options, out),
        Format::KubeBench => kube_bench::render(report, options, out),
        Format::KubeBenchText => kube_bench::text::render(report, options, out),
        Format::Junit => junit::render(report, options, out),
        Format::Sarif => sarif::render(report, options, out),
        Format::Github => github::render(report, options, out),
        Format::Gitlab => gitlab::render(report, options, out),
        Format::Csv => csv::render(report, options, out),
        Format::Markdown => markdown::render(report, options, out),
        Format::Html => html::render(report, options, out),
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn names_of_formats_are_read_back() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        let error = "yaml".parse::<Format>().unwrap_err().to_string();
        assert!(
            error.starts_with("there is no format \"yaml\"; take one of text, json"),
            "{error}"
        );
    }
}
