use crate::visible::visible;
use crate::wrap::{columns, wrap};

/// Rows under headings, in columns that are as wide as they need to be; the wide ones share what the page has left.
pub(super) struct Table<const N: usize> {
    headings: [&'static str; N],
    rows: Vec<[String; N]>,
}

/// Between columns.
const GAP: usize = 2;

/// No column is wrapped to less than this, nor to less than its longest word.
const NARROWEST: usize = 20;

impl<const N: usize> Table<N> {
    pub(super) fn new(headings: [&'static str; N]) -> Self {
        Self { headings, rows: Vec::new() }
    }

    /// Adds a row; what acts on a terminal is escaped.
    pub(super) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| visible(&cell).into_owned()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The line of headings, and the lines of all rows. Columns without any text are left out.
    pub(super) fn lines(&self, width: usize) -> (String, Vec<String>) {
        let used: Vec<usize> =
            (0..N).filter(|column| self.rows.iter().any(|row| !row[*column].is_empty())).collect();
        let widths = self.widths(&used, width);
        let heading = line(used.iter().map(|column| self.headings[*column]), &widths);
        let mut lines = Vec::new();
        for row in &self.rows {
            let cells: Vec<Vec<String>> = used
                .iter()
                .zip(&widths)
                .map(|(column, width)| wrap(&row[*column], *width))
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or_default();
            for number in 0..height {
                let cell = |cell: &'_ Vec<String>| cell.get(number).cloned().unwrap_or_default();
                lines.push(line(cells.iter().map(cell), &widths));
            }
        }
        (heading, lines)
    }

    fn widths(&self, used: &[usize], width: usize) -> Vec<usize> {
        let widest = |column: &usize| {
            let cells = self.rows.iter().map(|row| columns(&row[*column]));
            cells.max().unwrap_or_default().max(columns(self.headings[*column]))
        };
        let mut widths: Vec<usize> = used.iter().map(widest).collect();
        let gaps = GAP * used.len().saturating_sub(1);
        let narrowest = |column: &usize| {
            let words = self.rows.iter().flat_map(|row| row[*column].split(' '));
            words.map(columns).max().unwrap_or_default().max(NARROWEST)
        };
        let narrowest: Vec<usize> = used.iter().map(narrowest).collect();
        // The widest column that can gives until all fit.
        while widths.iter().sum::<usize>() + gaps > width {
            let can = widths.iter_mut().zip(&narrowest).filter(|(own, least)| **own > **least);
            let Some((widest, _)) = can.max() else { break };
            *widest -= 1;
        }
        widths
    }
}

fn line(cells: impl Iterator<Item = impl AsRef<str>>, widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, width) in cells.zip(widths) {
        text.push_str(&format!("{:width$}", cell.as_ref()));
        text.push_str(&" ".repeat(GAP));
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn check(rows: &[[&str; 2]], width: usize, expected: &[&str]) {
        let mut table = Table::new(["A", "B"]);
        for row in rows {
            table.row(row.map(str::to_owned));
        }
        let (heading, lines) = table.lines(width);
        let all: Vec<String> = std::iter::once(heading).chain(lines).collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        check(&[["a", "bb"], ["aaa", "b"]], 80, &["A    B", "a    bb", "aaa  b"]);
        check(&[["a", ""]], 80, &["A", "a"]);
        check(&[], 80, &[""]);
    }

    #[test]
    fn wide_columns_are_wrapped_between_words() {
        check(
            &[["short", "one two three four five six seven"]],
            30,
            &["A      B", "short  one two three four five", "       six seven"],
        );
    }

    #[test]
    fn long_words_stay_whole_and_in_their_column() {
        check(
            &[["a-word-that-is-longer-than-the-page", "one two three four five"]],
            30,
            &[
                "A                                    B",
                "a-word-that-is-longer-than-the-page  one two three four",
                "                                     five",
            ],
        );
    }

    #[test]
    fn what_acts_on_a_terminal_is_escaped() {
        check(&[["\u{1b}[2J", "b"]], 80, &["A          B", "\\u{1b}[2J  b"]);
    }
}
