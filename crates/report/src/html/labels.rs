use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Finding, Part, Report};

use crate::order::Alike;

/// Namespaces and kinds of the objects that findings are about, each with a number that the page's
/// filters compare: a number is safe in any attribute.
pub(super) struct Labels<'r> {
    pub(super) namespaces: BTreeMap<&'r str, usize>,
    pub(super) kinds: BTreeMap<&'r str, usize>,
}

impl<'r> Labels<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let parts = || report.findings.iter().filter_map(|finding| finding.part.as_ref());
        Self { namespaces: numbered(parts().map(namespace)), kinds: numbered(parts().map(kind)) }
    }

    /// The numbers of a group's namespaces and of its kinds, each between spaces.
    pub(super) fn of_group(&self, report: &Report, group: &Alike<'_>) -> (String, String) {
        let findings = group.places.iter().filter_map(|&place| report.findings.get(place));
        let parts: Vec<&Part> = findings.filter_map(|f: &Finding| f.part.as_ref()).collect();
        let numbers = |known: &BTreeMap<&str, usize>, name: fn(&Part) -> &str| {
            let numbers: BTreeSet<usize> =
                parts.iter().filter_map(|part| known.get(name(part)).copied()).collect();
            numbers.iter().map(|number| format!(" {number} ")).collect::<String>()
        };
        (numbers(&self.namespaces, namespace), numbers(&self.kinds, kind))
    }
}

fn numbered<'r>(names: impl Iterator<Item = &'r str>) -> BTreeMap<&'r str, usize> {
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().zip(0..).collect()
}

fn namespace(part: &Part) -> &str {
    part.object.namespace.as_deref().unwrap_or("no namespace")
}

fn kind(part: &Part) -> &str {
    &part.object.kind
}
