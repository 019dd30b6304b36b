//! The lines of a Go template: what stands in them, and which values they take.

use std::collections::BTreeMap;

/// A template as far as lines of its output can be traced back to it.
#[derive(Debug, Default)]
pub(super) struct Template<'a> {
    pub(super) lines: Vec<Line<'a>>,
    /// The first and last line of what `range` repeats, from 0.
    pub(super) loops: Vec<(usize, usize)>,
    /// For each branch the one that it stands in: what comes between `if`, `else` and `end`, or the
    /// like. The first is the whole template, which stands in itself.
    pub(super) branches: Vec<usize>,
}

/// One line of a template.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Line<'a> {
    /// Text as it stands, and holes that actions fill; what only controls leaves nothing.
    pub(super) parts: Vec<Part<'a>>,
    /// How far the output of the line's last action is indented, where it says so itself.
    pub(super) indent: Option<usize>,
    /// The keys of the chart's values that actions on the line write out.
    pub(super) keys: Vec<String>,
    /// The branch that its last part stands in.
    pub(super) branch: usize,
    /// Whether it stands in a `define`, whose output appears elsewhere.
    pub(super) elsewhere: bool,
}

impl Line<'_> {
    /// Whether there is text on it, and not only what actions write.
    pub(super) fn has_text(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Text(text) if !text.trim().is_empty()))
    }

    /// Whether there is nothing on it but what actions write.
    pub(super) fn is_output(&self) -> bool {
        self.parts.contains(&Part::Hole) && !self.has_text()
    }
}

/// A part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Hole,
}

/// What `.` means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Dot {
    Root,
    Values(String),
    Unknown,
}

struct Block {
    dot: Dot,
    branch: usize,
    define: bool,
    /// The line of a `range`.
    repeats: Option<usize>,
}

/// Reads a template. No text is refused: what is not understood is text.
pub(super) fn template(source: &str) -> Template<'_> {
    let mut reader = Reader {
        template: Template { lines: vec![Line::default()], loops: Vec::new(), branches: vec![0] },
        blocks: Vec::new(),
        variables: BTreeMap::new(),
    };
    let mut rest = source;
    let mut trim_next = false;
    while let Some(open) = rest.find("{{") {
        let inner = &rest[open + 2..];
        let Some(close) = end_of_action(inner) else { break };
        let action = &inner[..close];
        let before = &rest[..open];
        // Only blanks on the line count here: lines that trimming joins stay lines of the file.
        let trims = action.starts_with("- ") || action.starts_with("-\n") || action == "-";
        reader.text(before, trim_next, trims);
        reader.action(action);
        trim_next = action.ends_with(" -") || action.ends_with("\n-");
        for _ in action.matches('\n') {
            reader.next_line();
        }
        rest = &inner[close + 2..];
    }
    reader.text(rest, trim_next, false);
    reader.template
}

/// Where the `}}` of an action is; strings and comments in it may hold others.
fn end_of_action(inner: &str) -> Option<usize> {
    let comment = inner.strip_prefix('-').unwrap_or(inner).trim_start();
    if comment.starts_with("/*") {
        let end = inner.find("*/")?;
        return inner[end..].find("}}").map(|at| end + at);
    }
    let bytes = inner.as_bytes();
    let mut at = 0;
    let mut quote = None;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (None, byte @ (b'"' | b'`')) => quote = Some(byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

struct Reader<'a> {
    template: Template<'a>,
    blocks: Vec<Block>,
    /// Variables that hold a key of the values.
    variables: BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    fn next_line(&mut self) {
        let elsewhere = self.blocks.iter().any(|block| block.define);
        self.template.lines.push(Line { elsewhere, ..Line::default() });
    }

    fn line(&mut self) -> &mut Line<'a> {
        self.template.lines.last_mut().expect("there is a line from the start")
    }

    fn push(&mut self, part: Part<'a>) {
        let branch = self.branch();
        let line = self.line();
        line.branch = branch;
        line.parts.push(part);
    }

    fn branch(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.branch)
    }

    fn text(&mut self, text: &'a str, trim_start: bool, trim_end: bool) {
        let count = text.matches('\n').count();
        for (number, part) in text.split('\n').enumerate() {
            if number > 0 {
                self.next_line();
            }
            let part = if number == 0 && trim_start { part.trim_start() } else { part };
            let part = if number == count && trim_end { part.trim_end() } else { part };
            if !part.is_empty() {
                self.push(Part::Text(part));
            }
        }
    }

    fn action(&mut self, action: &str) {
        let action = action.strip_prefix('-').unwrap_or(action);
        let action = action.strip_suffix('-').unwrap_or(action).trim();
        let (word, rest) = action.split_once(char::is_whitespace).unwrap_or((action, ""));
        match word {
            "if" => self.open(self.dot(), false, false),
            "with" => self.enter(rest, false),
            "range" => self.enter(rest, true),
            "define" => self.open(Dot::Unknown, true, false),
            "block" => self.open(Dot::Unknown, false, false),
            "end" => self.close(),
            "else" => self.otherwise(rest.trim_start()),
            "break" | "continue" | "" => {}
            _ if action.starts_with("/*") => {}
            _ => self.output_or_variable(action),
        }
    }

    /// `else`, `else if` and `else with`: another branch, which mostly has the dot from outside.
    fn otherwise(&mut self, rest: &str) {
        let outer = match self.blocks.len() {
            0 | 1 => (0, Dot::Root),
            depth => (self.blocks[depth - 2].branch, self.blocks[depth - 2].dot.clone()),
        };
        let branch = self.begin_branch(outer.0);
        if let Some(block) = self.blocks.last_mut() {
            block.branch = branch;
            block.dot = outer.1;
        }
        if let Some(value) = rest.strip_prefix("with ") {
            let dot = self.meaning(value.trim());
            if let Some(block) = self.blocks.last_mut() {
                block.dot = dot;
            }
        }
    }

    fn begin_branch(&mut self, within: usize) -> usize {
        self.template.branches.push(within);
        self.template.branches.len() - 1
    }

    fn output_or_variable(&mut self, action: &str) {
        if let Some((name, value)) = assignment(action) {
            match self.meaning(value) {
                Dot::Values(key) => self.variables.insert(name.to_owned(), key),
                _ => self.variables.remove(name),
            };
            return;
        }
        let keys = self.keys(action);
        let indent = indent(action);
        self.push(Part::Hole);
        let line = self.line();
        line.indent = indent;
        for key in keys {
            if !line.keys.contains(&key) {
                line.keys.push(key);
            }
        }
    }

    fn dot(&self) -> Dot {
        self.blocks.last().map_or(Dot::Root, |block| block.dot.clone())
    }

    fn open(&mut self, dot: Dot, define: bool, repeats: bool) {
        let repeats = repeats.then_some(self.template.lines.len() - 1);
        let branch = self.begin_branch(self.branch());
        self.blocks.push(Block { dot, branch, define, repeats });
    }

    /// `with` and `range`: the dot becomes what they name.
    fn enter(&mut self, rest: &str, repeats: bool) {
        let (variables, value) = match rest.split_once(":=") {
            Some((variables, value)) => (variables.trim(), value.trim()),
            None => ("", rest.trim()),
        };
        let dot = match self.meaning(value) {
            Dot::Values(key) if repeats => Dot::Values(key + "[]"),
            Dot::Root if repeats => Dot::Unknown,
            dot => dot,
        };
        if let Some(variable) = variables.split(',').next_back().map(str::trim) {
            if let Dot::Values(key) = &dot {
                self.variables.insert(variable.to_owned(), key.clone());
            } else {
                self.variables.remove(variable);
            }
        }
        self.open(dot, false, repeats);
    }

    fn close(&mut self) {
        let Some(block) = self.blocks.pop() else { return };
        if let Some(start) = block.repeats {
            self.template.loops.push((start, self.template.lines.len() - 1));
        }
    }

    /// What an expression is, when it is nothing but one path.
    fn meaning(&self, expression: &str) -> Dot {
        match expression {
            "." => self.dot(),
            "$" => Dot::Root,
            _ if expression.contains(|symbol: char| symbol.is_whitespace() || symbol == '(') => {
                // `.Values.a | default dict`, `(default .Values.a .Values.b)`: one key, or none.
                match <[String; 1]>::try_from(self.keys(expression)) {
                    Ok([key]) => Dot::Values(key),
                    Err(_) => Dot::Unknown,
                }
            }
            _ => self.key(expression).map_or(Dot::Unknown, Dot::Values),
        }
    }

    /// The keys of the values that an expression names.
    fn keys(&self, expression: &str) -> Vec<String> {
        let words = words(expression);
        let mut keys = Vec::new();
        for (number, word) in words.iter().enumerate() {
            let Some(mut key) = self.key(word) else { continue };
            // `index .Values.a "b-c"`.
            if number > 0 && words[number - 1] == "index" {
                let strings = words[number + 1..].iter();
                for step in strings.map_while(|word| word.strip_prefix('"')) {
                    key = join(&key, step.trim_end_matches('"'));
                }
            }
            if !key.is_empty() {
                keys.push(key);
            }
        }
        keys
    }

    /// The key of the values that a path leads to; empty for all the values.
    fn key(&self, path: &str) -> Option<String> {
        let (head, steps) = match path.strip_prefix('$') {
            Some(rest) => {
                let end = rest.find('.').unwrap_or(rest.len());
                let (name, steps) = rest.split_at(end);
                if name.is_empty() {
                    (Dot::Root, steps)
                } else {
                    (Dot::Values(self.variables.get(&path[..=end])?.clone()), steps)
                }
            }
            None if path.starts_with('.') => (self.dot(), path),
            None => return None,
        };
        match head {
            Dot::Root => {
                let below = steps.strip_prefix(".Values")?;
                (below.is_empty() || below.starts_with('.'))
                    .then(|| below.trim_start_matches('.').to_owned())
            }
            Dot::Values(key) => Some(join(&key, steps.trim_start_matches('.'))),
            Dot::Unknown => None,
        }
    }
}

fn join(key: &str, step: &str) -> String {
    match (key.is_empty(), step.is_empty()) {
        (true, _) => step.to_owned(),
        (_, true) => key.to_owned(),
        _ => format!("{key}.{step}"),
    }
}

/// `$name := value` and `$name = value`.
fn assignment(action: &str) -> Option<(&str, &str)> {
    let end = action.find(|symbol: char| symbol.is_whitespace() || matches!(symbol, ':' | '='))?;
    let (name, rest) = action.split_at(end);
    let value = rest.trim_start();
    let value = value.strip_prefix(":=").or_else(|| value.strip_prefix('='))?;
    name.starts_with('$').then(|| (name, value.trim()))
}

/// The number after the last `indent` or `nindent`.
fn indent(action: &str) -> Option<usize> {
    let words = words(action);
    let at = words.iter().rposition(|word| matches!(*word, "indent" | "nindent"))?;
    words.get(at + 1)?.parse().ok()
}

/// The words of an expression; strings are one word with their first quote.
fn words(expression: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = expression;
    loop {
        rest = rest.trim_start_matches(|symbol: char| {
            symbol.is_whitespace() || matches!(symbol, '(' | ')' | '|' | ',')
        });
        let Some(first) = rest.chars().next() else { return words };
        let end = if matches!(first, '"' | '`') {
            end_of_string(rest, first)
        } else {
            rest.find(|symbol: char| {
                symbol.is_whitespace() || matches!(symbol, '(' | ')' | '|' | ',' | '"' | '`')
            })
            .unwrap_or(rest.len())
        };
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
}

fn end_of_string(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, symbol) in text.char_indices().skip(1) {
        match symbol {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if symbol == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}
