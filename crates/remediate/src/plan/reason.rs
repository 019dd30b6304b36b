use std::collections::BTreeSet;

use merlon_model::{Finding, NodeReport};

/// Why something is done: the controls that fail, and the benchmark sections they answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reasons {
    controls: BTreeSet<String>,
    sections: BTreeSet<Section>,
}

/// A section of a benchmark, in natural order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Section {
    order: Vec<(u32, String)>,
    id: String,
    benchmark: String,
}

impl Section {
    fn new(benchmark: &str, id: &str) -> Self {
        let order = id.split('.').map(|part| {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            (part[..digits].parse().unwrap_or(u32::MAX), part[digits..].to_owned())
        });
        Self { order: order.collect(), id: id.to_owned(), benchmark: benchmark.to_owned() }
    }
}

impl Reasons {
    /// The reasons of the finding at that place of the report's list.
    pub(crate) fn of(finding: &Finding, index: usize, node: &NodeReport) -> Self {
        let sections = node.benchmark.iter().flat_map(|benchmark| {
            let answered = benchmark.sections.iter().filter(|s| s.findings.contains(&index));
            answered.map(|section| Section::new(&benchmark.id, &section.id))
        });
        Self { controls: [finding.control.to_string()].into(), sections: sections.collect() }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.controls.extend(other.controls.iter().cloned());
        self.sections.extend(other.sections.iter().cloned());
    }

    /// Sections and controls in one line: `1.2.15 apiserver-profiling`.
    pub(crate) fn title(&self) -> String {
        let sections: Vec<&str> = self.sections.iter().map(|section| section.id.as_str()).collect();
        let distinct = sections.chunk_by(|one, other| one == other).map(|same| same[0]);
        let controls = self.controls.iter().map(String::as_str);
        distinct.chain(controls).collect::<Vec<_>>().join(" ")
    }

    /// A tag for each control, benchmark and section.
    pub(crate) fn tags(&self) -> BTreeSet<String> {
        let harmless = |text: &str| -> String {
            let keep = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            text.chars().map(|c| if keep(c) { c } else { '_' }).collect()
        };
        let controls = self.controls.iter().map(|control| harmless(control));
        let sections = self.sections.iter().flat_map(|section| {
            let benchmark = harmless(&section.benchmark);
            [format!("{benchmark}/{}", harmless(&section.id)), benchmark]
        });
        controls.chain(sections).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Reasons, Section};

    #[test]
    fn a_title_names_sections_in_their_order_and_each_once() {
        let section = |benchmark, id| Section::new(benchmark, id);
        let reasons = Reasons {
            controls: ["b".to_owned(), "a, {{ x }}".to_owned()].into(),
            sections: [
                section("cis-1.12", "1.2.10"),
                section("cis-1.12", "1.2.9"),
                section("eks-1.8.0", "1.2.9"),
            ]
            .into(),
        };
        assert_eq!(reasons.title(), "1.2.9 1.2.10 a, {{ x }} b");
        let tags: Vec<String> = reasons.tags().into_iter().collect();
        let expected = [
            "a_____x___",
            "b",
            "cis-1.12",
            "cis-1.12/1.2.10",
            "cis-1.12/1.2.9",
            "eks-1.8.0",
            "eks-1.8.0/1.2.9",
        ];
        assert_eq!(tags, expected);
    }
}
