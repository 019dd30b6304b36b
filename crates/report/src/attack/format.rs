use std::fmt;
use std::io;
use std::str::FromStr;

use merlon_model::AttackReport;
use thiserror::Error;

use super::{dot, graphml, html, json, mermaid, tree};
use crate::{Options, RenderError};

/// A format that attack paths can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttackFormat {
    /// For eyes, at a terminal or in a log.
    #[default]
    Tree,
    /// The report itself; see [`super::attack_report_schema`].
    Json,
    /// A flowchart for Markdown.
    Mermaid,
    /// A drawing for Graphviz.
    Dot,
    /// GraphML, for programs that look at graphs.
    Graphml,
    /// One self-contained page to explore, for a browser.
    Html,
}

impl AttackFormat {
    /// Every format, the default first.
    pub const ALL: [Self; 6] =
        [Self::Tree, Self::Json, Self::Mermaid, Self::Dot, Self::Graphml, Self::Html];

    /// The format's name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Json => "json",
            Self::Mermaid => "mermaid",
            Self::Dot => "dot",
            Self::Graphml => "graphml",
            Self::Html => "html",
        }
    }

    /// What the format is for, in one clause without a final stop.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Tree => "for eyes, at a terminal or in a log",
            Self::Json => "the whole report, for programs",
            Self::Mermaid => "a flowchart, for Markdown",
            Self::Dot => "a drawing for Graphviz: `dot -Tsvg`",
            Self::Graphml => "for programs that look at graphs, such as Gephi and yEd",
            Self::Html => "one self-contained page to explore, for a browser",
        }
    }
}

impl fmt::Display for AttackFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for AttackFormat {
    type Err = UnknownAttackFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| UnknownAttackFormat { name: name.to_owned() })
    }
}

/// There is no format of that name for attack paths.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "there is no format {name:?} for attack paths; take one of {}",
    AttackFormat::ALL.map(AttackFormat::as_str).join(", ")
)]
pub struct UnknownAttackFormat {
    name: String,
}

/// Writes attack paths in a format.
///
/// With [`Options::verbose`] the tree tells every path step by step, and the drawings show the
/// whole graph instead of what the paths are made of.
///
/// # Errors
///
/// When `out` takes no more.
pub fn render(
    report: &AttackReport,
    format: AttackFormat,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    match format {
        AttackFormat::Tree => Ok(tree::render(report, options, out)?),
        AttackFormat::Json => json::render(report, out),
        AttackFormat::Mermaid => Ok(mermaid::render(report, options, out)?),
        AttackFormat::Dot => Ok(dot::render(report, options, out)?),
        AttackFormat::Graphml => Ok(graphml::render(report, options, out)?),
        AttackFormat::Html => html::render(report, options, out),
    }
}

#[cfg(test)]
mod tests {
    use super::AttackFormat;

    #[test]
    fn names_of_formats_are_read_back() {
        for format in AttackFormat::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        let error = "svg".parse::<AttackFormat>().unwrap_err().to_string();
        assert!(
            error.starts_with("there is no format \"svg\" for attack paths; take one of tree, "),
            "{error}"
        );
    }
}
