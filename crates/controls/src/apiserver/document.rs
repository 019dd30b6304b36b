//! The files that flags of the API server lead to.

use merlon_model::Location;
use merlon_views::{ComponentView, NodeView, Text, Unknown};
use merlon_yaml::{Node as Yaml, Span};

/// A configuration file that a flag names, read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document<'v, 'a> {
    text: &'v Text<'a>,
    /// The root of its first YAML document.
    pub(super) root: &'v Yaml,
}

impl<'v, 'a> Document<'v, 'a> {
    /// The file that the setting leads to; `None` when the setting is unset or the release does
    /// not have it.
    ///
    /// # Errors
    /// Says why it could not be read.
    pub(super) fn of(
        setting: &str,
        instance: &ComponentView<'_>,
        node: &'v NodeView<'a>,
    ) -> Result<Option<Self>, String> {
        let path = match instance.path(setting) {
            Ok(Some((path, _))) => path,
            Ok(None) | Err(Unknown::NotInRelease { .. }) => return Ok(None),
            Err(unknown) => return Err(unknown.to_string()),
        };
        let text = node.text(&path)?;
        Ok(Some(Self { text, root: text.root()? }))
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &'a str {
        self.text.path
    }

    /// The line where something in it is written.
    pub(super) fn at(&self, node: &Yaml) -> Location {
        self.at_span(node.span)
    }

    /// The line where a span begins.
    pub(super) fn at_span(&self, span: Span) -> Location {
        self.text.location(span)
    }

    /// What it says it is: `apiVersion` and `kind`, empty where it does not say.
    pub(super) fn kind(&self) -> (&str, &str) {
        let text = |key| self.root.get(key).and_then(Yaml::as_str).unwrap_or_default();
        (text("apiVersion"), text("kind"))
    }

    /// Checks that the file is what it should be.
    ///
    /// # Errors
    /// Says what it is instead.
    pub(super) fn expect_kind(&self, group: &str, kind: &str) -> Result<(), String> {
        let (version, found) = self.kind();
        let in_group = version.split_once('/').is_some_and(|(found, _)| found == group);
        if in_group && found == kind {
            return Ok(());
        }
        Err(format!(
            "{} is no {kind} of {group}: its apiVersion is {version:?}, its kind {found:?}",
            self.path()
        ))
    }
}
