//! The shape of kube-bench's JSON: names and order of its fields.

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Overall {
    #[serde(rename = "Controls")]
    pub(super) controls: Vec<Controls>,
    #[serde(rename = "Totals")]
    pub(super) totals: Summary,
}

#[derive(Serialize)]
pub(super) struct Controls {
    pub(super) id: String,
    pub(super) version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detected_version: Option<String>,
    pub(super) text: String,
    pub(super) node_type: String,
    pub(super) tests: Vec<Group>,
    #[serde(flatten)]
    pub(super) summary: Summary,
}

#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Summary {
    pub(super) total_pass: usize,
    pub(super) total_fail: usize,
    pub(super) total_warn: usize,
    pub(super) total_info: usize,
}

impl Summary {
    pub(super) fn sum<'s>(parts: impl IntoIterator<Item = &'s Self>) -> Self {
        parts.into_iter().fold(Self::default(), |sum, part| Self {
            total_pass: sum.total_pass + part.total_pass,
            total_fail: sum.total_fail + part.total_fail,
            total_warn: sum.total_warn + part.total_warn,
            total_info: sum.total_info + part.total_info,
        })
    }

    pub(super) fn of_groups(groups: &[Group]) -> Self {
        Self {
            total_pass: groups.iter().map(|group| group.pass).sum(),
            total_fail: groups.iter().map(|group| group.fail).sum(),
            total_warn: groups.iter().map(|group| group.warn).sum(),
            total_info: groups.iter().map(|group| group.info).sum(),
        }
    }
}

#[derive(Default, Serialize)]
pub(super) struct Group {
    pub(super) section: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) pass: usize,
    pub(super) fail: usize,
    pub(super) warn: usize,
    pub(super) info: usize,
    pub(super) desc: String,
    pub(super) results: Vec<Check>,
}

impl Group {
    /// Adds a check and counts its state.
    pub(super) fn add(&mut self, check: Check) {
        match check.status {
            "PASS" => self.pass += 1,
            "FAIL" => self.fail += 1,
            "WARN" => self.warn += 1,
            _ => self.info += 1,
        }
        self.results.push(check);
    }
}

#[derive(Serialize)]
pub(super) struct Check {
    pub(super) test_number: String,
    pub(super) test_desc: String,
    pub(super) audit: String,
    #[serde(rename = "AuditEnv")]
    pub(super) audit_env: &'static str,
    #[serde(rename = "AuditConfig")]
    pub(super) audit_config: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) remediation: String,
    pub(super) test_info: Vec<String>,
    pub(super) status: &'static str,
    pub(super) actual_value: String,
    pub(super) scored: bool,
    #[serde(rename = "IsMultiple")]
    pub(super) is_multiple: bool,
    pub(super) expected_result: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Whether the section could not be evaluated; only the text says so.
    #[serde(skip)]
    pub(super) broken: bool,
}

/// Compact JSON with the characters escaped that Go's encoder escapes.
///
/// They stand in texts only, so that replacing them in the written document is right.
pub(super) fn go_json(document: &impl Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(document)?;
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    Ok(escaped)
}

#[cfg(test)]
mod tests {
    use super::go_json;

    #[test]
    fn texts_are_escaped_as_go_does() {
        let check = |text: &str, expected: &str| {
            assert_eq!(go_json(&text).unwrap(), expected);
        };
        check("a<b>&\u{2028}", "\"a\\u003cb\\u003e\\u0026\\u2028\"");
        check("größe\n\u{1b}", "\"größe\\n\\u001b\"");
    }
}
