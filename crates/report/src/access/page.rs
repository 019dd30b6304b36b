use std::io;

use anstyle::{AnsiColor, Style};

use super::document::{AccessReport, AccessSource};
use super::render::AccessStyle;
use super::table::Table;
use crate::visible::visible;
use crate::wrap::{columns, wrap};

/// Lines for a terminal.
pub(super) struct Page<'o, W> {
    out: &'o mut W,
    pub(super) style: AccessStyle,
}

pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const PLAIN: Style = Style::new();

impl<'o, W: io::Write> Page<'o, W> {
    pub(super) fn new(out: &'o mut W, style: AccessStyle) -> Self {
        Self { out, style }
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line that is made visible and not wrapped.
    pub(super) fn line(&mut self, style: Style, text: &str) -> io::Result<()> {
        let style = if self.style.colour { style } else { PLAIN };
        writeln!(self.out, "{style}{}{style:#}", visible(text))
    }

    /// Words after a label, wrapped behind it.
    pub(super) fn words(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let hang = indent + columns(label);
        let width = self.style.width.saturating_sub(hang).max(30);
        for (number, line) in wrap(&visible(text), width).iter().enumerate() {
            if number == 0 {
                let style = if self.style.colour { DIM } else { PLAIN };
                writeln!(self.out, "{:indent$}{style}{label}{style:#}{line}", "")?;
            } else {
                writeln!(self.out, "{:hang$}{line}", "")?;
            }
        }
        Ok(())
    }

    /// A term, then what it means, wrapped to a small indent.
    pub(super) fn meaning(&mut self, term: &str, text: &str) -> io::Result<()> {
        const HANG: usize = 6;
        let width = self.style.width.saturating_sub(HANG).max(30);
        let text = format!("{term}: {text}");
        for (number, line) in wrap(&visible(&text), width).iter().enumerate() {
            let indent = if number == 0 { 2 } else { HANG };
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    pub(super) fn table<const N: usize>(
        &mut self,
        indent: usize,
        table: &Table<N>,
    ) -> io::Result<()> {
        if table.is_empty() {
            return Ok(());
        }
        let (heading, lines) = table.lines(self.style.width.saturating_sub(indent));
        let style = if self.style.colour { DIM } else { PLAIN };
        writeln!(self.out, "{:indent$}{style}{heading}{style:#}", "")?;
        for line in lines {
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    /// What stands between a thing and what it leads to.
    pub(super) fn arrow(&self) -> &'static str {
        if self.style.unicode { "→" } else { "->" }
    }

    /// What the answer rests on.
    pub(super) fn footer(&mut self, report: &AccessReport) -> io::Result<()> {
        self.blank()?;
        let sources: Vec<String> = report.sources.iter().map(source).collect();
        self.words(0, "Read: ", &sources.join("; then "))?;
        self.words(0, "Covers: ", &report.covers)
    }
}

fn source(source: &AccessSource) -> String {
    let what = if source.is_cluster { "cluster" } else { "manifests" };
    let release = match &source.kubernetes_version {
        Some(version) => format!("Kubernetes {version}"),
        None => "release not known, so what any release gives counts".to_owned(),
    };
    let AccessSource { name, roles, bindings, .. } = source;
    format!("{what} {name} ({release}): {roles} roles, {bindings} bindings")
}
