use std::fs;
use std::process::{Command, Stdio};

use merlon_model::{Action, AttackReport};
use merlon_report::attack::{AttackFormat, render};
use merlon_report::{Options, Remedy};

/// The names that Chromium goes by.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Why the machine has no browser for the tests.
pub(crate) fn missing() -> Option<String> {
    program().is_none().then(|| format!("none of {} is on PATH", PROGRAMS.join(", ")))
}

fn program() -> Option<&'static str> {
    PROGRAMS.into_iter().find(|program| {
        let mut command = Command::new(program);
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// The page of a report.
pub(crate) fn page(report: &AttackReport) -> String {
    let mut out = Vec::new();
    render(report, AttackFormat::Html, &Options::new(&remedy), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn remedy(action: &Action) -> Remedy {
    match action {
        Action::Manual { instruction, commands } => {
            Remedy { summary: instruction.clone(), commands: commands.clone() }
        }
        other => Remedy { summary: format!("{other:?}"), commands: Vec::new() },
    }
}

/// What a page has become in a browser after its script ran, with what was chosen by the address.
pub(crate) struct Dom(String);

pub(crate) fn open(page: &str, chosen: &str) -> Dom {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, page).unwrap();
    let done = Command::new(program().unwrap())
        .args(["--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        // Tests may run as root, where the sandbox refuses; the page is our own.
        .arg("--no-sandbox")
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .args(["--window-size=1400,900", "--timeout=30000", "--dump-dom"])
        .arg(format!("file://{}#{chosen}", path.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Dom(String::from_utf8(done.stdout).unwrap())
}

impl Dom {
    /// The text of the element with this id, without its markup.
    pub(crate) fn text(&self, id: &str) -> String {
        text(self.inside(id))
    }

    /// The markup of the element with this id, up to the next element with an id of the page's own.
    fn inside(&self, id: &str) -> &str {
        let (_, rest) = self
            .0
            .split_once(&format!(" id=\"{id}\""))
            .unwrap_or_else(|| panic!("no element {id} in {}", self.0));
        let (_, rest) = rest.split_once('>').unwrap();
        rest.find(" id=\"").map_or(rest, |end| {
            let tag = rest[..end].rfind('<').unwrap();
            &rest[..tag]
        })
    }

    /// The attributes of every element within the element with this id that has this attribute, as
    /// the value of the attribute and that of another one; empty where the other is not set.
    pub(crate) fn pairs(&self, id: &str, attribute: &str, other: &str) -> Vec<(String, String)> {
        let tags = self.inside(id).split('<').filter_map(|part| part.split_once('>'));
        tags.filter_map(|(tag, _)| {
            let value = value(tag, attribute)?;
            Some((value, self::value(tag, other).unwrap_or_default()))
        })
        .collect()
    }

    /// The values of an attribute within the element with this id.
    pub(crate) fn values(&self, id: &str, attribute: &str) -> Vec<String> {
        self.pairs(id, attribute, attribute).into_iter().map(|(value, _)| value).collect()
    }
}

fn value(tag: &str, attribute: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {attribute}=\""))?;
    Some(plain(rest.split_once('"')?.0))
}

fn text(markup: &str) -> String {
    let mut text = String::new();
    for part in markup.split('<') {
        let words = part.split_once('>').map_or(part, |(_, words)| words);
        text.push_str(words);
        text.push(' ');
    }
    plain(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}
