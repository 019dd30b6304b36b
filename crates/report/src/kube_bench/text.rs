//! kube-bench's text output.

use std::io;

use anstyle::{AnsiColor, Style};
use merlon_model::Report;

use super::shape::{Controls, Overall, Summary};
use crate::visible::visible;
use crate::{Format, Options, RenderError};

pub(crate) fn render(
    report: &Report,
    options: &Options<'_>,
    out: &mut impl io::Write,
) -> Result<(), RenderError> {
    let Overall { controls, totals } = super::document(report, options, Format::KubeBenchText)?;
    let mut page = Page { out, colour: options.colour };
    for controls in &controls {
        page.results(controls)?;
        page.remediations(controls)?;
        page.summary(&format!("Summary {}", controls.node_type), &controls.summary)?;
    }
    page.summary("Summary total", &totals)?;
    Ok(())
}

struct Page<'o, W> {
    out: &'o mut W,
    colour: bool,
}

impl<W: io::Write> Page<'_, W> {
    fn results(&mut self, controls: &Controls) -> io::Result<()> {
        self.state("INFO", &controls.id, &controls.text)?;
        for group in &controls.tests {
            self.state("INFO", &group.section, &group.desc)?;
            for check in &group.results {
                self.state(check.status, &check.test_number, &check.test_desc)?;
            }
        }
        writeln!(self.out)
    }

    fn state(&mut self, state: &str, id: &str, text: &str) -> io::Result<()> {
        let style = self.style(state);
        writeln!(self.out, "{style}[{state}]{style:#} {} {}", visible(id), visible(text))
    }

    fn remediations(&mut self, controls: &Controls) -> io::Result<()> {
        if controls.summary.total_fail + controls.summary.total_warn == 0 {
            return Ok(());
        }
        self.heading("WARN", &format!("Remediations {}", controls.node_type))?;
        let checks = controls.tests.iter().flat_map(|group| &group.results);
        for check in checks.filter(|check| matches!(check.status, "FAIL" | "WARN")) {
            let id = visible(&check.test_number);
            match &check.reason {
                Some(reason) if check.broken => {
                    writeln!(self.out, "{id} audit test did not run: {}", visible(reason))?;
                }
                // The remediation's lines were made visible one by one.
                _ => writeln!(self.out, "{id} {}", check.remediation)?,
            }
            writeln!(self.out)?;
        }
        writeln!(self.out)
    }

    fn summary(&mut self, title: &str, summary: &Summary) -> io::Result<()> {
        let state = match summary {
            Summary { total_fail: 1.., .. } => "FAIL",
            Summary { total_warn: 1.., .. } => "WARN",
            _ => "PASS",
        };
        self.heading(state, title)?;
        writeln!(self.out, "{} checks PASS", summary.total_pass)?;
        writeln!(self.out, "{} checks FAIL", summary.total_fail)?;
        writeln!(self.out, "{} checks WARN", summary.total_warn)?;
        writeln!(self.out, "{} checks INFO", summary.total_info)?;
        writeln!(self.out)
    }

    fn heading(&mut self, state: &str, title: &str) -> io::Result<()> {
        let style = self.style(state);
        writeln!(self.out, "{style}== {} =={style:#}", visible(title))
    }

    fn style(&self, state: &str) -> Style {
        let colour = match state {
            _ if !self.colour => return Style::new(),
            "PASS" => AnsiColor::Green,
            "FAIL" => AnsiColor::Red,
            "WARN" => AnsiColor::Yellow,
            _ => AnsiColor::Blue,
        };
        colour.on_default()
    }
}
