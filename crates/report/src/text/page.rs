use std::io;

use anstyle::{AnsiColor, Style};
use merlon_model::{Outcome, Severity};

use crate::Options;
use crate::visible::visible;
use crate::wrap::{columns, wrap};

/// Lines for a terminal: wrapped between words, styled if asked, with data made visible.
pub(crate) struct Page<'o, W> {
    out: &'o mut W,
    pub(crate) options: &'o Options<'o>,
    /// What stands before every line, such as the branches of a tree.
    pub(crate) margin: String,
}

/// How wide the labels before a finding's lines are.
const LABEL: usize = 10;

impl<'o, W: io::Write> Page<'o, W> {
    pub(crate) fn new(out: &'o mut W, options: &'o Options<'o>) -> Self {
        Self { out, options, margin: String::new() }
    }

    pub(crate) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out, "{}", self.margin.trim_end())
    }

    /// A heading on a line of its own.
    pub(crate) fn heading(&mut self, text: &str) -> io::Result<()> {
        self.paragraph(0, "", Style::new(), text, Style::new().bold())
    }

    /// Words after an indent, wrapped to the same indent.
    pub(crate) fn words(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.paragraph(indent, "", Style::new(), text, Style::new())
    }

    /// A labelled line of a finding: `expected  0600 or stricter`.
    pub(crate) fn field(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let label = format!("{label:LABEL$}");
        self.paragraph(indent, &label, Style::new().dimmed(), text, Style::new())
    }

    /// A command, as it is: wrapping would break it.
    pub(crate) fn command(&mut self, indent: usize, command: &str) -> io::Result<()> {
        for (number, line) in command.lines().enumerate() {
            let prompt = if number == 0 { "$" } else { " " };
            let line = visible(line);
            writeln!(self.out, "{}{:indent$}{prompt} {line}", self.margin, "")?;
        }
        Ok(())
    }

    /// A label in its style, then text that is wrapped behind the label.
    pub(crate) fn paragraph(
        &mut self,
        indent: usize,
        label: &str,
        label_style: Style,
        text: &str,
        text_style: Style,
    ) -> io::Result<()> {
        let (label_style, text_style) = (self.style(label_style), self.style(text_style));
        let hang = indent + columns(label);
        let taken = hang + columns(&self.margin);
        // Narrower than this, wrapping makes text less readable than the terminal's own.
        let width = self.options.width.saturating_sub(taken).max(30);
        let lines = wrap(&visible(text), width);
        for (number, line) in lines.iter().enumerate() {
            write!(self.out, "{}", self.margin)?;
            if number == 0 {
                write!(self.out, "{:indent$}{label_style}{label}{label_style:#}", "")?;
            } else {
                write!(self.out, "{:hang$}", "")?;
            }
            writeln!(self.out, "{text_style}{line}{text_style:#}")?;
        }
        Ok(())
    }

    /// A line that is already laid out and made visible.
    pub(crate) fn line(&mut self, style: Style, text: &str) -> io::Result<()> {
        let style = self.style(style);
        writeln!(self.out, "{}{style}{text}{style:#}", self.margin)
    }

    fn style(&self, style: Style) -> Style {
        if self.options.colour { style } else { Style::new() }
    }

    /// The mark and word of an outcome.
    pub(super) fn outcome(&self, outcome: Outcome) -> String {
        if !self.options.unicode {
            return outcome.to_string();
        }
        let mark = match outcome {
            Outcome::Pass => '✓',
            Outcome::Fail => '✗',
            Outcome::Manual => '●',
            Outcome::NotApplicable => '–',
            Outcome::Error => '!',
            Outcome::Justified => '◆',
        };
        format!("{mark} {outcome}")
    }

    /// What separates facts on one line.
    pub(crate) fn separator(&self) -> &'static str {
        if self.options.unicode { " · " } else { ", " }
    }

    /// What leads from one to the next.
    pub(crate) fn arrow(&self) -> &'static str {
        if self.options.unicode { " → " } else { " -> " }
    }
}

pub(super) fn outcome_style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Pass => AnsiColor::Green.on_default(),
        Outcome::Fail => AnsiColor::Red.on_default().bold(),
        Outcome::Manual => AnsiColor::Blue.on_default(),
        Outcome::NotApplicable => Style::new().dimmed(),
        Outcome::Error => AnsiColor::Magenta.on_default().bold(),
        Outcome::Justified => AnsiColor::Cyan.on_default(),
    }
}

pub(super) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::BrightRed.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
    }
}
