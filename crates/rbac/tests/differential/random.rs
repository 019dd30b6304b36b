//! Random roles, bindings and requests out of a small universe, so that they often meet.

use serde_json::{Value, json};

pub(crate) const GROUP: &str = "rbac.authorization.k8s.io";
pub(crate) const NAMESPACES: [&str; 4] = ["n0", "n1", "n2", "n3"];
const NAMES: [&str; 4] = ["a", "b", "*", ""];
const VERBS: [&str; 9] =
    ["get", "list", "create", "update", "delete", "*", "bind", "escalate", "impersonate"];
const API_GROUPS: [&str; 4] = ["", "apps", GROUP, "*"];
const RESOURCES: [&str; 13] = [
    "pods",
    "pods/log",
    "pods/exec",
    "pods/*",
    "*/log",
    "*/scale",
    "deployments",
    "deployments/scale",
    "secrets",
    "roles",
    "clusterroles",
    "namespaces",
    "*",
];
const URLS: [&str; 9] = ["/a", "/a/*", "/a*", "/a/b", "/b/*", "*", "/a/*/b", "/a**", "/healthz"];
const USERS: [&str; 4] = ["u0", "u1", "u2", "system:serviceaccount:n0:s0"];
const GROUPS: [&str; 5] =
    ["g0", "g1", "system:authenticated", "system:serviceaccounts:n1", "system:unauthenticated"];
const ACCOUNTS: [&str; 3] = ["s0", "s1", "s2"];

/// A small generator (xorshift64*) that gives the same numbers on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % end
    }

    pub(crate) fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn some<'t>(&mut self, of: &[&'t str], most: usize) -> Vec<&'t str> {
        let count = 1 + self.below(most);
        (0..count).map(|_| self.one(of)).collect()
    }

    pub(crate) fn rule(&mut self, paths: bool) -> Value {
        if paths && self.chance(25) {
            let verbs = self.some(&["get", "post", "*"], 1);
            return json!({"verbs": verbs, "nonResourceURLs": self.some(&URLS, 2)});
        }
        let names = if self.chance(30) { self.some(&NAMES, 2) } else { Vec::new() };
        json!({
            "verbs": self.some(&VERBS, 3),
            "apiGroups": self.some(&API_GROUPS, 2),
            "resources": self.some(&RESOURCES, 3),
            "resourceNames": names,
        })
    }

    pub(crate) fn rules(&mut self, paths: bool) -> Vec<Value> {
        (0..self.below(4)).map(|_| self.rule(paths)).collect()
    }

    /// A rule near those of the writer who holds little.
    pub(crate) fn small_rule(&mut self) -> Value {
        if self.chance(25) {
            let urls = self.some(&["/a/*", "/a/b", "/a", "/a*", "/b", "/b/*", "/a/b/*"], 2);
            return json!({"verbs": [self.one(&["get", "get", "*"])], "nonResourceURLs": urls});
        }
        let names: &[&str] = [&[][..], &["a"], &["b"], &["a", "b"], &["*"]][self.below(5)];
        json!({
            "verbs": self.some(&["get", "list", "get", "list", "*"], 2),
            "apiGroups": [self.one(&["", "", "apps", "apps", "*"])],
            "resources": self.some(&["pods", "pods", "pods/scale", "*/scale", "deployments", "secrets"], 2),
            "resourceNames": names,
        })
    }

    pub(crate) fn subjects(&mut self, namespaced: bool) -> Vec<Value> {
        (0..1 + self.below(2)).map(|_| self.subject(namespaced)).collect()
    }

    fn subject(&mut self, namespaced: bool) -> Value {
        match self.below(10) {
            0..=3 => json!({"kind": "User", "apiGroup": GROUP, "name": self.one(&USERS)}),
            4..=5 => json!({"kind": "Group", "apiGroup": GROUP, "name": self.one(&GROUPS)}),
            _ => {
                let mut subject = json!({"kind": "ServiceAccount", "name": self.one(&ACCOUNTS)});
                if !namespaced || self.chance(60) {
                    subject["namespace"] = self.one(&NAMESPACES).into();
                }
                subject
            }
        }
    }

    /// A user name and groups as authentication would give them, or as nothing ever would.
    pub(crate) fn user(&mut self) -> (String, Vec<String>) {
        let named = |name: &str, groups: &[&str]| {
            (name.to_owned(), groups.iter().map(|group| (*group).to_owned()).collect())
        };
        match self.below(10) {
            0..=2 => {
                let name = self.one(&USERS[..3]);
                let group = self.one(&["g0", "g1", "g2"]);
                named(name, &[group, "system:authenticated"])
            }
            3..=7 => {
                let namespace = self.one(&NAMESPACES);
                let name = format!("system:serviceaccount:{namespace}:{}", self.one(&ACCOUNTS));
                let own = format!("system:serviceaccounts:{namespace}");
                named(&name, &["system:serviceaccounts", &own, "system:authenticated"])
            }
            8 => named("system:anonymous", &["system:unauthenticated"]),
            _ => {
                let name = self.one(&USERS);
                let group = self.one(&GROUPS);
                named(name, &[group])
            }
        }
    }

    /// What a request asks for; `None` for one about a path.
    pub(crate) fn request(&mut self) -> Asked {
        if self.chance(12) {
            let path = self.one(&["/a", "/a/", "/a/b", "/ab", "/b", "/b/c", "/a/x/b", "/healthz"]);
            return Asked::Path {
                verb: self.one(&["get", "post"]).to_owned(),
                path: path.to_owned(),
            };
        }
        let resource =
            self.one(&["pods", "deployments", "secrets", "roles", "clusterroles", "namespaces"]);
        let subresource =
            if self.chance(40) { self.one(&["log", "exec", "scale", "*"]) } else { "" };
        let namespace = if self.chance(75) { self.one(&NAMESPACES) } else { "" };
        Asked::Resource {
            verb: self.one(&VERBS).to_owned(),
            group: self.one(&["", "apps", GROUP]).to_owned(),
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            namespace: namespace.to_owned(),
            name: self.one(&NAMES).to_owned(),
        }
    }
}

/// A request that owns its words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    Resource {
        verb: String,
        group: String,
        resource: String,
        subresource: String,
        namespace: String,
        name: String,
    },
    Path {
        verb: String,
        path: String,
    },
}
