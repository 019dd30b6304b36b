use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::Severity;

/// What a failing control lets somebody do, in the six base metrics of the Common Configuration
/// Scoring System (NIST IR 7502), whose equations are those of CVSS 2.
///
/// It is written `AV:N/AC:L/Au:N/C:C/I:C/A:C`: all six metrics in this order, each as its name and
/// a letter. For Kubernetes the letters mean, the mildest first:
///
/// | metric | letters |
/// | --- | --- |
/// | AV, from where | `L` needs code that runs in the container or on the node already; `A` from inside the cluster's network or the node's; `N` over the network, by whoever reaches the port |
/// | AC, how easily | `H` needs rare circumstances; `M` needs a further common circumstance; `L` always works |
/// | Au, with what credential | `M` more than one, or a privileged one first; `S` one ordinary credential, of a user or a service account; `N` none |
/// | C, what is read | `N` nothing; `P` of single workloads or namespaces; `C` of a node or the cluster |
/// | I, what is changed | as for C |
/// | A, what is stopped | as for C |
///
/// ```
/// use merlon_model::{Severity, Vector};
///
/// let vector = Vector::parse("AV:L/AC:L/Au:N/C:C/I:C/A:C").unwrap();
/// assert_eq!(vector.score().to_string(), "7.2");
/// assert_eq!(vector.severity(), Severity::High);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vector {
    /// For each of [`METRICS`] the place of its letter, the mildest first.
    levels: [u8; 6],
}

/// One of the six base metrics.
struct Metric {
    name: &'static str,
    /// The mildest first.
    letters: [u8; 3],
    /// What each letter weighs in the equations, in thousandths.
    weights: [i64; 3],
}

const METRICS: [Metric; 6] = [
    Metric { name: "AV", letters: *b"LAN", weights: [395, 646, 1000] },
    Metric { name: "AC", letters: *b"HML", weights: [350, 610, 710] },
    Metric { name: "Au", letters: *b"MSN", weights: [450, 560, 704] },
    Metric { name: "C", letters: *b"NPC", weights: LOSS },
    Metric { name: "I", letters: *b"NPC", weights: LOSS },
    Metric { name: "A", letters: *b"NPC", weights: LOSS },
];

const LOSS: [i64; 3] = [0, 275, 660];

impl Vector {
    /// Reads `AV:N/AC:L/Au:N/C:C/I:C/A:C`: every metric once, in this order; nothing else.
    #[must_use]
    pub const fn parse(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        let mut levels = [0; 6];
        let (mut place, mut metric) = (0, 0);
        while metric < METRICS.len() {
            if metric > 0 {
                if place >= text.len() || text[place] != b'/' {
                    return None;
                }
                place += 1;
            }
            let name = METRICS[metric].name.as_bytes();
            // A name, a colon and a letter.
            if text.len() < place + name.len() + 2 || text[place + name.len()] != b':' {
                return None;
            }
            let mut letter = 0;
            while letter < name.len() {
                if text[place + letter] != name[letter] {
                    return None;
                }
                letter += 1;
            }
            let letters = METRICS[metric].letters;
            levels[metric] = match text[place + name.len() + 1] {
                letter if letter == letters[0] => 0,
                letter if letter == letters[1] => 1,
                letter if letter == letters[2] => 2,
                _ => return None,
            };
            place += name.len() + 2;
            metric += 1;
        }
        if place == text.len() { Some(Self { levels }) } else { None }
    }

    /// The base score, 0.0 to 10.0.
    ///
    /// The equations of NIST IR 7502, section 3.1, in whole numbers, so that rounding is exact.
    #[must_use]
    pub const fn score(self) -> Score {
        let base = (6 * self.impact() + 400 * self.exploitability() - 1_500_000_000_000)
            * self.impact_factor();
        // From units of 1e-15 to tenths, the half upwards.
        let tenths = (base + 50_000_000_000_000) / 100_000_000_000_000;
        Score { tenths: tenths as u8 }
    }

    /// The severity of the score.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.score().severity()
    }

    /// How the score comes about, in one line: impact, exploitability, factor and result.
    #[must_use]
    pub fn explain(self) -> String {
        let [av, ac, au, c, i, a] = std::array::from_fn(|metric| thousandths(self.weight(metric)));
        let impact = hundredths(self.impact(), 1_000_000_000);
        let exploitability = hundredths(self.exploitability(), 10_000_000);
        let factor = thousandths(self.impact_factor());
        format!(
            "impact 10.41 × (1 − (1 − {c}) × (1 − {i}) × (1 − {a})) = {impact}; \
             exploitability 20 × {av} × {ac} × {au} = {exploitability}; \
             (0.6 × {impact} + 0.4 × {exploitability} − 1.5) × {factor} = {}",
            self.score()
        )
    }

    const fn weight(self, metric: usize) -> i64 {
        METRICS[metric].weights[self.levels[metric] as usize]
    }

    /// In units of 1e-11.
    const fn impact(self) -> i64 {
        let kept = (1000 - self.weight(3)) * (1000 - self.weight(4)) * (1000 - self.weight(5));
        1041 * (1_000_000_000 - kept)
    }

    /// In units of 1e-9.
    const fn exploitability(self) -> i64 {
        20 * self.weight(0) * self.weight(1) * self.weight(2)
    }

    /// f(impact), in thousandths: what loses nothing scores nothing.
    const fn impact_factor(self) -> i64 {
        if self.impact() == 0 { 0 } else { 1176 }
    }
}

/// `0.66` for 660.
fn thousandths(value: i64) -> String {
    let text = format!("{}.{:03}", value / 1000, value % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A value with two decimals, of which `unit` of it are one hundredth.
fn hundredths(value: i64, unit: i64) -> String {
    let rounded = (value + unit / 2) / unit;
    format!("{}.{:02}", rounded / 100, rounded % 100)
}

impl fmt::Display for Vector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics = METRICS.iter().zip(self.levels).map(|(metric, level)| {
            format!("{}:{}", metric.name, char::from(metric.letters[usize::from(level)]))
        });
        formatter.pad(&metrics.collect::<Vec<_>>().join("/"))
    }
}

impl Serialize for Vector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Vector {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Vector".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What a failure lets somebody do, in the base metrics of NIST IR 7502.",
            "type": "string",
            "pattern": "^AV:[LAN]/AC:[HML]/Au:[MSN]/C:[NPC]/I:[NPC]/A:[NPC]$",
        })
    }
}

/// A base score from 0.0 to 10.0 with one decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score {
    tenths: u8,
}

impl Score {
    /// The score in tenths: 72 for 7.2.
    #[must_use]
    pub const fn tenths(self) -> u8 {
        self.tenths
    }

    /// Its severity: low below 4.0, medium below 7.0, high below 9.0, critical from there.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self.tenths {
            0..40 => Severity::Low,
            40..70 => Severity::Medium,
            70..90 => Severity::High,
            _ => Severity::Critical,
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{}.{}", self.tenths / 10, self.tenths % 10))
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.tenths) / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{METRICS, Vector};
    use crate::Severity;

    fn every_vector() -> impl Iterator<Item = Vector> {
        (0..729_u16).map(|number| Vector {
            levels: std::array::from_fn(|metric| {
                (number / 3_u16.pow(u32::try_from(metric).unwrap()) % 3).try_into().unwrap()
            }),
        })
    }

    #[test]
    fn scores_are_those_of_the_published_calculator() {
        let check = |text: &str, score: &str, severity: Severity| {
            let vector = Vector::parse(text).expect(text);
            assert_eq!(vector.to_string(), text);
            assert_eq!(vector.score().to_string(), score, "{text}");
            assert_eq!(vector.severity(), severity, "{text}");
        };
        check("AV:N/AC:L/Au:N/C:C/I:C/A:C", "10.0", Severity::Critical);
        check("AV:N/AC:M/Au:N/C:C/I:C/A:C", "9.3", Severity::Critical);
        check("AV:N/AC:L/Au:S/C:C/I:C/A:C", "9.0", Severity::Critical);
        check("AV:N/AC:M/Au:S/C:C/I:C/A:C", "8.5", Severity::High);
        check("AV:A/AC:L/Au:N/C:C/I:C/A:C", "8.3", Severity::High);
        check("AV:N/AC:L/Au:N/C:N/I:N/A:C", "7.8", Severity::High);
        check("AV:N/AC:H/Au:N/C:C/I:C/A:C", "7.6", Severity::High);
        check("AV:N/AC:L/Au:N/C:P/I:P/A:P", "7.5", Severity::High);
        check("AV:L/AC:L/Au:N/C:C/I:C/A:C", "7.2", Severity::High);
        check("AV:L/AC:M/Au:N/C:C/I:C/A:C", "6.9", Severity::Medium);
        check("AV:N/AC:M/Au:N/C:P/I:P/A:P", "6.8", Severity::Medium);
        check("AV:N/AC:L/Au:S/C:P/I:P/A:P", "6.5", Severity::Medium);
        check("AV:L/AC:H/Au:N/C:C/I:C/A:C", "6.2", Severity::Medium);
        check("AV:N/AC:L/Au:N/C:P/I:N/A:N", "5.0", Severity::Medium);
        check("AV:L/AC:L/Au:N/C:P/I:P/A:P", "4.6", Severity::Medium);
        check("AV:N/AC:M/Au:N/C:N/I:P/A:N", "4.3", Severity::Medium);
        check("AV:N/AC:L/Au:S/C:P/I:N/A:N", "4.0", Severity::Medium);
        check("AV:N/AC:M/Au:S/C:N/I:P/A:N", "3.5", Severity::Low);
        check("AV:A/AC:L/Au:N/C:P/I:N/A:N", "3.3", Severity::Low);
        check("AV:L/AC:L/Au:N/C:P/I:N/A:N", "2.1", Severity::Low);
        check("AV:L/AC:M/Au:N/C:P/I:N/A:N", "1.9", Severity::Low);
        check("AV:L/AC:H/Au:M/C:P/I:N/A:N", "0.8", Severity::Low);
        check("AV:N/AC:L/Au:N/C:N/I:N/A:N", "0.0", Severity::Low);
    }

    #[test]
    fn what_is_not_a_whole_vector_is_refused() {
        let check = |text: &str| assert_eq!(Vector::parse(text), None, "{text:?}");
        let whole = "AV:N/AC:L/Au:N/C:C/I:C/A:C";
        for end in 0..whole.len() {
            check(&whole[..end]);
        }
        check("AV:N/AC:L/Au:N/C:C/I:C/A:C/");
        check("AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F");
        check("(AV:N/AC:L/Au:N/C:C/I:C/A:C)");
        check("AC:L/AV:N/Au:N/C:C/I:C/A:C");
        check("AV:N/AC:L/AU:N/C:C/I:C/A:C");
        check("AV:N/AC:L/Au:N/C:C/I:C/A:c");
        check("AV:P/AC:L/Au:N/C:C/I:C/A:C");
        check("AV:N AC:L Au:N C:C I:C A:C");
        check("AV:N//AC:L/Au:N/C:C/I:C/A:C");
        check("AV:Ñ/AC:L/Au:N/C:C/I:C/A:C");
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H");
    }

    #[test]
    fn every_vector_is_read_as_it_is_written() {
        for vector in every_vector() {
            assert_eq!(Vector::parse(&vector.to_string()), Some(vector));
        }
        assert_eq!(every_vector().collect::<std::collections::BTreeSet<_>>().len(), 729);
    }

    #[test]
    fn a_worse_metric_never_scores_less() {
        for vector in every_vector() {
            assert!(vector.score().tenths() <= 100, "{vector}");
            for metric in 0..METRICS.len() {
                let mut worse = vector;
                worse.levels[metric] = (vector.levels[metric] + 1).min(2);
                assert!(worse.score() >= vector.score(), "{vector} {worse}");
            }
        }
    }

    #[test]
    fn what_loses_nothing_scores_nothing_and_nothing_else_does() {
        for vector in every_vector() {
            let nothing = vector.to_string().ends_with("C:N/I:N/A:N");
            assert_eq!(vector.score().tenths() == 0, nothing, "{vector}");
        }
    }

    #[test]
    fn the_derivation_ends_with_the_score() {
        let check = |text: &str, expected: &str| {
            assert_eq!(Vector::parse(text).expect(text).explain(), expected);
        };
        check(
            "AV:L/AC:L/Au:N/C:C/I:C/A:C",
            "impact 10.41 × (1 − (1 − 0.66) × (1 − 0.66) × (1 − 0.66)) = 10.00; exploitability \
             20 × 0.395 × 0.71 × 0.704 = 3.95; (0.6 × 10.00 + 0.4 × 3.95 − 1.5) × 1.176 = 7.2",
        );
        check(
            "AV:N/AC:M/Au:S/C:N/I:N/A:N",
            "impact 10.41 × (1 − (1 − 0) × (1 − 0) × (1 − 0)) = 0.00; exploitability \
             20 × 1 × 0.61 × 0.56 = 6.83; (0.6 × 0.00 + 0.4 × 6.83 − 1.5) × 0 = 0.0",
        );
    }
}
