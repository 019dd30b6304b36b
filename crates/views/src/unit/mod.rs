//! systemd units: the command line that a unit gives a service, whether it runs or not.

mod syntax;

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Component, Location};
use merlon_snapshot::{DocumentKind, Lookup, Node, Process};

use syntax::{Directive, Value, Word, directives, environment, is_variable, words};

/// Where units stand, the directory that wins first (`systemd.unit(5)`, "Unit File Load Path").
/// `/lib` is the same as `/usr/lib` where the two are merged.
pub(crate) const DIRECTORIES: [&str; 6] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator",
];

/// A unit with its drop-ins, as systemd would load them.
#[derive(Debug)]
pub(crate) struct Unit<'a> {
    /// Its name: `kubelet.service`.
    pub(crate) name: String,
    /// The unit file, then the drop-ins in the order they are applied.
    pub(crate) files: Vec<String>,
    directives: Vec<(&'a str, Directive)>,
    /// Why a part of it could not be read.
    unreadable: Option<String>,
}

/// The command line of a service.
#[derive(Debug, Default)]
pub(crate) struct Command {
    /// The words after the program, each with the line it was written on.
    pub(crate) words: Vec<(String, Location)>,
    /// The environment that the unit gives the service.
    pub(crate) environment: BTreeMap<String, (String, Location)>,
    /// Variables that stand for whole words of the command line, set or not, in their order.
    pub(crate) variables: Vec<String>,
}

impl<'a> Unit<'a> {
    /// The unit of that name, if the snapshot has its file and it is not masked.
    pub(crate) fn load(name: &str, node: &'a Node) -> Option<Self> {
        let mut places = DIRECTORIES.iter().map(|directory| format!("{directory}/{name}"));
        let fragment =
            places.find(|path| matches!(node.files.get(path), Some(Lookup::Present(_))))?;
        let file = node.files.get(&fragment)?.file()?;
        if file.resolved.as_deref() == Some("/dev/null") {
            return None;
        }
        let mut unit = Self {
            name: name.to_owned(),
            files: Vec::new(),
            directives: Vec::new(),
            unreadable: None,
        };
        unit.read(&fragment, node);
        unit.unreadable = unit.unreadable.or_else(|| unseen_drop_ins(name, node));
        for path in drop_ins(name, node) {
            unit.read(&path, node);
        }
        Some(unit)
    }

    fn read(&mut self, path: &str, node: &'a Node) {
        self.files.push(path.to_owned());
        let Some((path, document)) = node.documents.get_key_value(path) else {
            let why = match node.gap_at(path) {
                Some(gap) => gap.to_string(),
                None => format!("{path} was not collected"),
            };
            self.unreadable.get_or_insert(why);
            return;
        };
        self.directives.extend(
            directives(&document.text).into_iter().map(|directive| (path.as_str(), directive)),
        );
    }

    /// The environment files it names: path, and whether the file may be missing.
    ///
    /// # Errors
    /// When the name of one cannot be told.
    pub(crate) fn environment_files(&self) -> Result<Vec<(String, bool)>, String> {
        let values = self.service("EnvironmentFile").into_iter();
        values
            .map(|(_, value)| {
                let (path, optional) = match value.text.strip_prefix('-') {
                    Some(path) => (path, true),
                    None => (value.text.as_str(), false),
                };
                Ok((self.specifiers(path)?, optional))
            })
            .collect()
    }

    /// Whether it takes variables from a file.
    pub(crate) fn reads(&self, path: &str) -> bool {
        let files = self.environment_files().unwrap_or_default();
        files.iter().any(|(file, _)| file == path)
    }

    /// The values of a list-like key of `[Service]`: an empty one takes back those before.
    fn service(&self, key: &str) -> Vec<(&'a str, &Value)> {
        let mut found = Vec::new();
        for (path, directive) in &self.directives {
            if directive.section != "Service" || directive.key != key {
                continue;
            }
            if directive.value.text.is_empty() {
                found.clear();
            } else {
                found.push((*path, &directive.value));
            }
        }
        found
    }

    /// The program that it starts, by its last name: `kubelet`.
    pub(crate) fn program(&self) -> Option<String> {
        let starts = self.service("ExecStart");
        let (_, value) = starts.last()?;
        let line: Vec<String> = split(&value.text)?;
        let wrapped = wrapped(&line);
        let program = line.get(wrapped)?.trim_start_matches(PREFIXES);
        Some(last_name(program).to_owned())
    }

    /// The command line that it gives its service.
    ///
    /// # Errors
    /// Says what keeps the command line from being told.
    pub(crate) fn command(&self, node: &Node) -> Result<Command, String> {
        if let Some(why) = &self.unreadable {
            return Err(why.clone());
        }
        let starts = self.service("ExecStart");
        // A service has one, or runs several after another (`Type=oneshot`): the last one stays.
        let Some((path, value)) = starts.last() else {
            return Err(format!("{} has no ExecStart", self.name));
        };
        let broken = || format!("{path}:{}: a quote is left open", value.line_at(0));
        let line = words(&value.text).ok_or_else(broken)?;
        let texts: Vec<String> = line.iter().map(|word| word.text.clone()).collect();
        let wrapped = wrapped(&texts);
        let mut line = line.into_iter();
        let program = line.next().map(|word| word.text).unwrap_or_default();
        let prefixes =
            program.len() - program.trim_start_matches(['@', '-', ':', '+', '!', '|']).len();
        let prefixes = &program[..prefixes];
        if prefixes.contains('@') {
            // The next word is only the name that the process shows.
            line.next();
        }
        if is_shell(program.trim_start_matches(PREFIXES)) {
            let line = value.line_at(0);
            return Err(format!("{path}:{line} starts a shell, which decides the arguments"));
        }
        let line = line.skip(wrapped);
        let environment = self.environment(node)?;
        let mut command = Command { environment, ..Command::default() };
        for word in line {
            let location = Location::line(*path, value.line_at(word.place));
            if prefixes.contains(':') {
                command.words.push((self.specifiers(&word.text)?, location));
            } else {
                self.expand(&word, location, &mut command)?;
            }
        }
        Ok(command)
    }

    /// The environment: `Environment=` first, then what the files say.
    fn environment(&self, node: &Node) -> Result<BTreeMap<String, (String, Location)>, String> {
        let mut found = BTreeMap::new();
        for (path, value) in self.service("Environment") {
            for word in words(&value.text).unwrap_or_default() {
                let Some((name, text)) = word.text.split_once('=') else { continue };
                let location = Location::line(path, value.line_at(word.place));
                found.insert(name.to_owned(), (self.specifiers(text)?, location));
            }
        }
        for (path, optional) in self.environment_files()? {
            match (node.documents.get(&path), node.files.get(&path)) {
                (Some(document), _) if document.kind == DocumentKind::EnvironmentFile => {
                    for (name, text, line) in environment(&document.text) {
                        found.insert(name, (text, Location::line(&path, line)));
                    }
                }
                (None, Some(Lookup::Absent)) if optional => {}
                (None, Some(Lookup::Absent)) => {
                    return Err(format!("{} needs {path}, which does not exist", self.name));
                }
                _ => {
                    return Err(match node.gap_at(&path) {
                        Some(gap) => gap.to_string(),
                        None => format!("{path} was not collected"),
                    });
                }
            }
        }
        for (_, value) in self.service("UnsetEnvironment") {
            for word in words(&value.text).unwrap_or_default() {
                found.remove(word.text.split('=').next().unwrap_or_default());
            }
        }
        Ok(found)
    }

    /// Puts variables in a word (`replace_env_argv` of systemd): `$NAME` alone stands for any
    /// number of words, `${NAME}` for a part of one, `$$` for a dollar sign.
    fn expand(&self, word: &Word, location: Location, command: &mut Command) -> Result<(), String> {
        let text = self.specifiers(&word.text)?;
        if let Some(name) = text.strip_prefix('$').filter(|name| is_variable(name)) {
            command.variables.push(name.to_owned());
            if let Some((value, location)) = command.environment.get(name) {
                let broken = || format!("{name} at {location}: a quote is left open");
                let more = words(value).ok_or_else(broken)?;
                let location = location.clone();
                command.words.extend(more.into_iter().map(|word| (word.text, location.clone())));
            }
            return Ok(());
        }
        let mut expanded = String::new();
        let mut rest = text.as_str();
        while let Some(place) = rest.find('$') {
            expanded.push_str(&rest[..place]);
            rest = &rest[place + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                expanded.push('$');
                rest = after;
            } else if let Some((name, after)) = rest
                .strip_prefix('{')
                .and_then(|rest| rest.split_once('}'))
                .filter(|(name, _)| is_variable(name))
            {
                let value = command.environment.get(name).map(|(value, _)| value.as_str());
                expanded.push_str(value.unwrap_or_default());
                rest = after;
            } else {
                expanded.push('$');
            }
        }
        expanded.push_str(rest);
        command.words.push((expanded, location));
        Ok(())
    }

    /// Puts specifiers in a text (`systemd.unit(5)`, "Specifiers"): those that the unit's name
    /// tells.
    fn specifiers(&self, text: &str) -> Result<String, String> {
        if !text.contains('%') {
            return Ok(text.to_owned());
        }
        let stem = self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem);
        let (prefix, instance) = stem.split_once('@').unwrap_or((stem, ""));
        let mut expanded = String::new();
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            if c != '%' {
                expanded.push(c);
                continue;
            }
            match characters.next() {
                Some('%') => expanded.push('%'),
                Some('n') => expanded.push_str(&self.name),
                Some('N') => expanded.push_str(stem),
                Some('p') => expanded.push_str(prefix),
                Some('i') => expanded.push_str(instance),
                Some(other) => {
                    let name = &self.name;
                    return Err(format!("{name} uses %{other}, which only systemd can fill in"));
                }
                None => expanded.push('%'),
            }
        }
        Ok(expanded)
    }
}

/// Characters before the program that change how it is started.
const PREFIXES: [char; 6] = ['@', '-', ':', '+', '!', '|'];

/// How many words stand before the component that a line starts: `hyperkube kubelet`,
/// `/usr/local/bin/kubenswrapper /usr/bin/kubelet`.
fn wrapped(line: &[String]) -> usize {
    let component =
        |word: &String| Component::from_name(last_name(word.trim_start_matches(PREFIXES)));
    line.iter().take(3).position(|word| component(word).is_some()).unwrap_or(0)
}

fn last_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_shell(program: &str) -> bool {
    matches!(last_name(program), "sh" | "bash" | "dash" | "ash")
}

/// The units that bear on Kubernetes, by name.
#[derive(Debug)]
pub(crate) struct Units<'a> {
    units: BTreeMap<String, Unit<'a>>,
}

/// Units that are looked at even when no process shows them.
pub(crate) const NAMES: [&str; 17] = [
    "kubelet.service",
    "etcd.service",
    "kube-apiserver.service",
    "kube-controller-manager.service",
    "kube-scheduler.service",
    "kube-proxy.service",
    "k3s.service",
    "k3s-agent.service",
    "rke2-server.service",
    "rke2-agent.service",
    "k0scontroller.service",
    "k0sworker.service",
    "snap.kubelet.daemon.service",
    "snap.microk8s.daemon-kubelite.service",
    "snap.microk8s.daemon-kubelet.service",
    "containerd.service",
    "crio.service",
];

impl<'a> Units<'a> {
    /// The units that the snapshot has.
    pub(crate) fn of(node: &'a Node) -> Self {
        let names = Self::names(node).into_iter();
        let units = names.filter_map(|name| Unit::load(&name, node).map(|unit| (name, unit)));
        Self { units: units.collect() }
    }

    /// The names of units to look at: the usual ones and those that the processes belong to.
    pub(crate) fn names(node: &Node) -> BTreeSet<String> {
        let usual = NAMES.iter().map(|name| (*name).to_owned());
        usual.chain(node.processes.iter().filter_map(Self::of_process)).collect()
    }

    /// The unit that a process belongs to, by its control group.
    pub(crate) fn of_process(process: &Process) -> Option<String> {
        let cgroup = process.cgroup.as_deref()?;
        // Pods have groups below a unit of the kubelet's or the runtime's, but not their own.
        if cgroup.contains("kubepods") {
            return None;
        }
        let name = cgroup.rsplit('/').find(|part| part.ends_with(".service"))?;
        Some(name.to_owned())
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Unit<'a>> {
        self.units.values()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Unit<'a>> {
        self.units.get(name)
    }

    /// The unit that starts a program, if one of the usual ones does.
    pub(crate) fn starting(&self, program: &str) -> Option<&Unit<'a>> {
        self.units.values().find(|unit| unit.program().as_deref() == Some(program))
    }

    /// The unit that starts a component itself; a supervisor's unit does not.
    pub(crate) fn of_component(
        &self,
        component: Component,
        process: Option<&Process>,
    ) -> Option<&Unit<'a>> {
        let unit = match process.and_then(Self::of_process) {
            Some(name) => self.get(&name),
            None if process.is_some_and(|process| process.own_mounts == Some(true)) => None,
            None => self.starting(component.as_str()),
        };
        unit.filter(|unit| unit.program().as_deref() == Some(component.as_str()))
    }

    /// Whether a service that does not run now would run after a start of the system: its unit is
    /// there and enabled, as far as that was seen.
    pub(crate) fn would_run(&self, name: &str, node: &Node) -> bool {
        if !self.units.contains_key(name) {
            return false;
        }
        node.directories.get(ENABLED).is_none_or(|names| names.iter().any(|each| each == name))
    }
}

/// Where enabling a unit that `multi-user.target` wants puts a link.
pub(crate) const ENABLED: &str = "/etc/systemd/system/multi-user.target.wants";

/// Splits a text into words at blanks, quotes taken off; `None` when one is left open.
pub(crate) fn split(text: &str) -> Option<Vec<String>> {
    Some(words(text)?.into_iter().map(|word| word.text).collect())
}

/// The drop-ins of a unit: those of all directories by file name, of which the first directory's
/// wins.
fn drop_ins(name: &str, node: &Node) -> Vec<String> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    for directory in DIRECTORIES {
        let directory = format!("{directory}/{name}.d");
        let names = node.directories.get(&directory).into_iter().flatten();
        for each in names.filter(|each| each.ends_with(".conf")) {
            found.entry(each).or_insert_with(|| format!("{directory}/{each}"));
        }
    }
    found.into_values().filter(|path| !masked(path, node)).collect()
}

/// Why there may be drop-ins that were not seen.
fn unseen_drop_ins(name: &str, node: &Node) -> Option<String> {
    DIRECTORIES.iter().find_map(|directory| {
        let directory = format!("{directory}/{name}.d");
        let seen = node.directories.contains_key(&directory)
            || matches!(node.files.get(&directory), Some(Lookup::Absent));
        (!seen).then(|| match node.gap_at(&directory) {
            Some(gap) => gap.to_string(),
            None => format!("{directory} was not collected"),
        })
    })
}

fn masked(path: &str, node: &Node) -> bool {
    let file = node.files.get(path).and_then(Lookup::file);
    file.and_then(|file| file.resolved.as_deref()) == Some("/dev/null")
}

#[cfg(test)]
mod tests {
    use merlon_snapshot::{Document, DocumentKind, File, FileKind, Lookup, Node};

    use super::Unit;

    fn add(node: &mut Node, path: &str, kind: DocumentKind, text: &str) {
        let (mode, uid, gid, size) = (0o644, 0, 0, 0);
        let (owner, group, resolved) = (None, None, None);
        let kind_of = FileKind::Regular;
        let file = File { kind: kind_of, mode, uid, gid, owner, group, size, resolved };
        node.files.insert(path.to_owned(), Lookup::Present(file));
        let document = Document { kind, text: text.to_owned(), redactions: 0 };
        node.documents.insert(path.to_owned(), document);
        let (directory, name) = path.rsplit_once('/').unwrap();
        node.directories.entry(directory.to_owned()).or_default().push(name.to_owned());
    }

    const UNIT: &str = "/usr/lib/systemd/system/kubelet.service";
    const DROP_IN: &str = "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf";

    /// A kubelet's unit, a drop-in and `/etc/default/kubelet`; an empty text stands for no file.
    fn check(unit: &str, drop_in: &str, variables: &str, expected: Result<&[&str], &str>) {
        let mut node = Node::default();
        for directory in super::DIRECTORIES {
            node.files.insert(format!("{directory}/kubelet.service.d"), Lookup::Absent);
        }
        add(&mut node, UNIT, DocumentKind::SystemdUnit, unit);
        if !drop_in.is_empty() {
            add(&mut node, DROP_IN, DocumentKind::SystemdUnit, drop_in);
        }
        let path = "/etc/default/kubelet";
        if variables.is_empty() {
            node.files.insert(path.to_owned(), Lookup::Absent);
        } else {
            add(&mut node, path, DocumentKind::EnvironmentFile, variables);
        }
        let loaded = Unit::load("kubelet.service", &node).expect("it was added");
        let command = loaded.command(&node).map(|command| {
            let words = command.words.iter();
            words.map(|(text, place)| format!("{text} @ {place}")).collect::<Vec<_>>()
        });
        let expected = expected.map(<[&str]>::to_vec).map_err(str::to_owned);
        assert_eq!(command, expected.map(|words| words.into_iter().map(str::to_owned).collect()));
    }

    #[test]
    fn command_lines_are_put_together_from_unit_drop_ins_and_files() {
        check(
            "[Service]\nExecStart=/usr/bin/kubelet --a b\n",
            "",
            "",
            Ok(&[
                "--a @ /usr/lib/systemd/system/kubelet.service:2",
                "b @ /usr/lib/systemd/system/kubelet.service:2",
            ]),
        );
        // kubeadm's packages: the drop-in takes the unit's command line back.
        check(
            "[Service]\nExecStart=/usr/bin/kubelet --old\n",
            "[Service]\nEnvironment=\"CONFIG=--config=/c --x\"\nEnvironmentFile=-/etc/default/kubelet\n\
             ExecStart=\nExecStart=/usr/bin/kubelet $CONFIG \\\n  $EXTRA ${EXTRA}z $$x $NONE\n",
            "# mine\nEXTRA='--v 2'\n",
            Ok(&[
                "--config=/c @ /etc/systemd/system/kubelet.service.d/10-kubeadm.conf:2",
                "--x @ /etc/systemd/system/kubelet.service.d/10-kubeadm.conf:2",
                "--v @ /etc/default/kubelet:2",
                "2 @ /etc/default/kubelet:2",
                "--v 2z @ /etc/systemd/system/kubelet.service.d/10-kubeadm.conf:6",
                "$x @ /etc/systemd/system/kubelet.service.d/10-kubeadm.conf:6",
            ]),
        );
        check(
            "[Service]\nEnvironmentFile=/etc/default/kubelet\nExecStart=/k $A\n",
            "",
            "",
            Err("kubelet.service needs /etc/default/kubelet, which does not exist"),
        );
        check(
            "[Service]\nExecStart=:/k $A %n\n",
            "",
            "",
            Ok(&[
                "$A @ /usr/lib/systemd/system/kubelet.service:2",
                "kubelet.service @ /usr/lib/systemd/system/kubelet.service:2",
            ]),
        );
        check(
            "[Service]\nExecStart=/k --node=%H\n",
            "",
            "",
            Err("kubelet.service uses %H, which only systemd can fill in"),
        );
        check(
            "[Service]\nExecStart=@-/k shown --a\n",
            "",
            "",
            Ok(&["--a @ /usr/lib/systemd/system/kubelet.service:2"]),
        );
        check("[Unit]\nA=b\n", "", "", Err("kubelet.service has no ExecStart"));
        check(
            "[Service]\nExecStart=/k 'a\n",
            "",
            "",
            Err("/usr/lib/systemd/system/kubelet.service:2: a quote is left open"),
        );
        check(
            "[Service]\nEnvironment=A=b\nUnsetEnvironment=A\nExecStart=/k $A c\n",
            "",
            "",
            Ok(&["c @ /usr/lib/systemd/system/kubelet.service:4"]),
        );
    }
}
