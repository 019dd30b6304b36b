use std::io::{IsTerminal, stdout};

use anstream::ColorChoice;

use crate::arguments::Color;

/// What standard output can show.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Whether colour is wanted: on a terminal, unless `NO_COLOR` or `--color` say otherwise.
    pub colour: bool,
    /// The columns; `None` when it is no terminal.
    pub width: Option<usize>,
    /// Whether the locale can show more than ASCII.
    pub unicode: bool,
}

impl Terminal {
    /// Looks at standard output and the environment.
    pub fn of(color: Color) -> Self {
        match color {
            Color::Auto => {}
            Color::Always => ColorChoice::Always.write_global(),
            Color::Never => ColorChoice::Never.write_global(),
        }
        let colour = !matches!(anstream::AutoStream::choice(&stdout()), ColorChoice::Never);
        let width = stdout()
            .is_terminal()
            .then(terminal_size::terminal_size)
            .flatten()
            .map(|(width, _)| usize::from(width.0));
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
            .unwrap_or_default();
        let unicode = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        Self { colour, width, unicode }
    }
}
