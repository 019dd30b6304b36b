//! Names like the one that somebody mistyped.

/// Below this part of shared letter pairs, in percent, names have nothing to do with each other.
const LEAST: usize = 45;

/// How many are suggested.
const MOST: usize = 3;

/// Those of the names that are most like what was asked for, the most alike first.
pub fn alike<'n>(asked: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let pairs_asked = pairs(asked);
    let mut near: Vec<(usize, &'n str)> = names
        .into_iter()
        .map(|name| (likeness(&pairs_asked, &pairs(name)), name))
        .filter(|(likeness, _)| *likeness >= LEAST)
        .collect();
    near.sort_by_key(|(likeness, name)| (std::cmp::Reverse(*likeness), *name));
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// Letters with their neighbours, the beginning and the end counting as one.
fn pairs(text: &str) -> Vec<(char, char)> {
    let letters: Vec<char> = format!(" {} ", text.to_lowercase()).chars().collect();
    letters.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// The part that two have in common, in percent: Dice's coefficient.
fn likeness(one: &[(char, char)], other: &[(char, char)]) -> usize {
    let mut left = other.to_vec();
    let shared = one.iter().filter(|pair| {
        let place = left.iter().position(|it| it == *pair);
        place.is_some_and(|place| {
            left.swap_remove(place);
            true
        })
    });
    200 * shared.count() / (one.len() + other.len()).max(1)
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn what_was_meant_comes_first() {
        let check = |asked: &str, expected: &[&str]| {
            let names =
                ["pod-host-network", "pod-host-ipc", "container-host-port", "create-pods", "get"];
            assert_eq!(alike(asked, names), expected, "{asked}");
        };
        check("pod-host-netwrk", &["pod-host-network", "pod-host-ipc"]);
        check("host-network", &["pod-host-network"]);
        check("create-pod", &["create-pods"]);
        check("gt", &["get"]);
        check("magic", &[]);
        check("", &[]);
    }
}
