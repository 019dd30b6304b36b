use std::collections::HashMap;

use merlon_model::Kind;
use merlon_snapshot::Object;
use merlon_yaml::{Node, Value};

use super::fields::{Fields, Malformed};
use super::inventory::InventoryView;
use super::pod::{ContainerView, PodView};

/// What a container is given of a resource: what it is promised, or what it may not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// `requests`.
    Request,
    /// `limits`.
    Limit,
}

/// The first release that counts the resources of whole pods without being asked (KEP-2837).
const POD_LEVEL: (u32, u32) = (1, 34);

impl<'a> InventoryView<'a> {
    /// What a container gets of a resource, as the API server completes it: its own value; for a
    /// request the container's limit; the pod's (since 1.34, or where the release is not known);
    /// what the limit ranges of the namespace set by default.
    ///
    /// # Errors
    /// When something else than quantities stands there.
    pub fn resource(
        &self,
        pod: &PodView<'a>,
        container: &ContainerView<'a>,
        share: Share,
        name: &str,
    ) -> Result<Option<&'a Node>, Malformed<'a>> {
        let own = container.fields().get("resources");
        let of_pod = pod.fields().get("resources");
        let keys: &[&str] = match share {
            Share::Request => &["requests", "limits"],
            Share::Limit => &["limits"],
        };
        let counts_pods = name != "ephemeral-storage"
            && self.release.as_ref().is_none_or(|release| release.minor_release() >= POD_LEVEL);
        let holders = [Some(own), counts_pods.then_some(of_pod)];
        for (holder, key) in holders
            .into_iter()
            .flatten()
            .flat_map(|holder| keys.iter().map(move |key| (holder, key)))
        {
            if let Some(node) = holder.get(key).get(name).node() {
                quantity(node)?;
                return Ok(Some(node));
            }
        }
        let ranges = self.limit_ranges(pod.namespace).iter();
        Ok(ranges.filter_map(|range| container_default(range, share, name)).next())
    }

    /// The limit ranges of a namespace.
    #[must_use]
    pub fn limit_ranges(&self, namespace: &str) -> &[&'a Object] {
        let ranges = self.ranges.get_or_init(|| {
            let mut ranges: HashMap<&'a str, Vec<&'a Object>> = HashMap::new();
            for range in self.of_kind(Kind::LimitRange) {
                ranges.entry(self.namespace_of(range)).or_default().push(range);
            }
            ranges
        });
        ranges.get(namespace).map_or(&[], Vec::as_slice)
    }
}

/// What a limit range gives containers that do not say what they need: `default`, for which `max`
/// stands in, and `defaultRequest`, for which `default` and `min` do
/// (`SetDefaults_LimitRangeItem` in `pkg/apis/core/v1/defaults.go`).
#[must_use]
pub fn container_default<'a>(range: &'a Object, share: Share, name: &str) -> Option<&'a Node> {
    let keys: &[&str] = match share {
        Share::Request => &["defaultRequest", "default", "max", "min"],
        Share::Limit => &["default", "max"],
    };
    let items = range.root.path(&["spec", "limits"]).and_then(Node::as_sequence)?;
    items
        .iter()
        .map(Fields::of)
        .filter(|item| item.get("type").node().and_then(Node::as_str) == Some("Container"))
        .find_map(|item| keys.iter().find_map(|key| item.get(key).get(name).node()))
}

/// The number of a quantity (`500m`, `1.5Gi`, `2e3`) in units of 1e-9, as far as it fits.
///
/// # Errors
/// When it is no quantity (`resource.Quantity` in `k8s.io/apimachinery`).
pub fn quantity(node: &Node) -> Result<i128, Malformed<'_>> {
    let number = match &node.value {
        Value::Int(number) => i128::from(*number).checked_mul(NANO),
        Value::Float(number) => parse(&number.to_string()),
        Value::String(text) => parse(text),
        _ => None,
    };
    number.ok_or(Malformed { node, expected: "a quantity such as 500m or 1Gi" })
}

const NANO: i128 = 1_000_000_000;

fn parse(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(digits) || !is_number(fraction) || digits.len() + fraction.len() == 0 {
        return None;
    }
    let whole: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let nanos: i128 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let value = sign * whole.checked_mul(NANO)?.checked_add(nanos)?;
    let power = |base: i128, exponent: u32| value.checked_mul(base.checked_pow(exponent)?);
    match suffix {
        "n" => Some(value / NANO),
        "u" => Some(value / 1_000_000),
        "m" => Some(value / 1000),
        "" => Some(value),
        "k" => power(1000, 1),
        "M" => power(1000, 2),
        "G" => power(1000, 3),
        "T" => power(1000, 4),
        "P" => power(1000, 5),
        "E" => power(1000, 6),
        "Ki" => power(1024, 1),
        "Mi" => power(1024, 2),
        "Gi" => power(1024, 3),
        "Ti" => power(1024, 4),
        "Pi" => power(1024, 5),
        "Ei" => power(1024, 6),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 { Some(value / power) } else { value.checked_mul(power) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn quantities_are_read_as_kubernetes_does() {
        let check =
            |text: &str, expected: Option<i128>| assert_eq!(parse(text), expected, "{text}");
        check("1", Some(1_000_000_000));
        check("500m", Some(500_000_000));
        check("0.5", Some(500_000_000));
        check(".5", Some(500_000_000));
        check("1.", Some(1_000_000_000));
        check("-1", Some(-1_000_000_000));
        check("1Ki", Some(1_024_000_000_000));
        check("1k", Some(1_000_000_000_000));
        check("2e3", Some(2_000_000_000_000));
        check("2E-3", Some(2_000_000));
        check("1.5Gi", Some(1_610_612_736_000_000_000));
        check("0", Some(0));
        for wrong in
            ["", "m", "1 Gi", "1gi", "1GB", "1.2.3", "--1", "1-2", "e3", "1e", "1e999", "９"]
        {
            check(wrong, None);
        }
    }
}
