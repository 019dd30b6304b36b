//! What a container starts and listens to.

use merlon_views::objects::{Malformed, Place, place};
use merlon_views::{ContainerView, InventoryView, PodView};
use merlon_yaml::Node;

use super::{called, calls, items, program, text};
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{containers, error, fail, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-privileged-port",
        title: "a container listens to a port below 1024",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(privileged_port),
        documentation: Documentation {
            finds: "\
Containers that declare a `containerPort` below 1024 and may need a privilege for it: the pod does \
not lower `net.ipv4.ip_unprivileged_port_start` to the port.",
            matters: "\
Where the runtime does not let ordinary users bind low ports, the program runs as root or with \
`NET_BIND_SERVICE` for this alone. Docker and containerd since 2.0 let them, so this is a \
hint and not a hole.",
            options: "\
- **A port from 1024 on**; a Service maps any port to it, so nobody else notices. The program's \
own configuration has to follow, which no edit of the manifest can do.
- **The sysctl `net.ipv4.ip_unprivileged_port_start`** on the pod, which is a safe one: the edit \
offered, but for pods with the node's network, which may set none.",
            acceptable: "Wherever the program runs as an ordinary user all the same.",
        },
        examples: &[
            fail(container!("ports: [{containerPort: 80}, {containerPort: 8080}]")),
            fail(pod!(
                "
  securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: '443'}]}
  containers: [{name: web, ports: [{containerPort: 80}, {containerPort: 443}]}]"
            )),
            fail(pod!(
                "{hostNetwork: true, containers: [{name: web, ports: [{containerPort: 80}]}]}"
            )),
            fail(pod!(
                "
  securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: '1'}]}
  containers: [{name: web, ports: [{containerPort: 443}]}, {name: b, ports: [{containerPort: 80}]}]"
            )),
            pass(container!("ports: [{containerPort: 1024}]")),
            pass(pod!(
                "
  securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: '0'}]}
  containers: [{name: web, ports: [{containerPort: 80}]}]"
            )),
            pass(container!("image: nginx")),
            error(container!("ports: [{containerPort: http}]")),
        ],
    },
    Control {
        id: "container-sudo",
        title: "a container's command uses sudo",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(sudo),
        documentation: Documentation {
            finds: "\
Containers with `sudo` among the words of `command` or `args`, those of a shell's script included.",
            matters: "\
The image lets an ordinary user become root without a password: so does whoever breaks into the \
program, and `allowPrivilegeEscalation: false` cannot be set.",
            options: "\
- **Leave `sudo` out** and run as the user that the program needs (`runAsUser`).
- **An init container** as root prepares files, so that the program itself need not be root.
- An edit is offered where `sudo` only stands before the command; a script has to be rewritten.",
            acceptable: "For images of others, until they are replaced.",
        },
        examples: &[
            fail(container!("command: [sudo, nginx, -g, daemon off;]")),
            fail(container!("command: [sh, -c, 'cd /; /usr/bin/sudo -E nginx']")),
            fail(container!("args: ['true;sudo nginx']")),
            pass(container!("command: [nginx, --with, sudoers]")),
            pass(container!("image: sudo")),
            error(container!("command: sudo nginx")),
        ],
    },
    Control {
        id: "container-ssh",
        title: "a container runs a server for SSH",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: containers(ssh),
        documentation: Documentation {
            finds: "\
Containers that declare port 22 (TCP), a port called `ssh`, or start `sshd` or `dropbear`.",
            matters: "\
It is a second way in, with accounts and keys that neither RBAC nor the audit log of the cluster \
knows, and one more server to keep patched.",
            options: "\
- **`kubectl exec` and `kubectl debug`**, which RBAC allows and the audit log records.
- **Keep it** where SSH is the service itself (Git, SFTP, a bastion), without shells. Taking the \
port out of the manifest only stops Services by name; the server has to go from the image.",
            acceptable: "For Git and SFTP servers.",
        },
        examples: &[
            fail(container!("ports: [{containerPort: 22}]")),
            fail(container!("ports: [{containerPort: 2222, name: ssh}]")),
            fail(container!("command: [/usr/sbin/sshd, -D]")),
            pass(container!("ports: [{containerPort: 22, protocol: UDP}, {containerPort: 80}]")),
            pass(container!("command: [ssh-agent]")),
            error(container!("ports: {containerPort: 22}")),
        ],
    },
    Control {
        id: "container-shell-command",
        title: "a container starts by a shell",
        vector: vector("AV:L/AC:H/Au:M/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(shell),
        documentation: Documentation {
            finds: "Containers whose `command` starts with a shell: `sh`, `bash`, `cmd`, `pwsh`.",
            matters: "\
The image has to have a shell, which an intruder uses first; scripts in manifests are seldom \
reviewed, and what a variable adds to one is run.",
            options: "\
- **Name the program** in `command` and its arguments in `args`; `$(NAME)` puts variables in.
- **A script in the image**, built and reviewed like the rest.
- The edit offered is for scripts that only start one program with plain arguments; what others do \
has to be moved by hand.",
            acceptable: "For jobs and tests.",
        },
        examples: &[
            fail(container!("command: [sh, -c, exec nginx]")),
            fail(container!("command: [/bin/sh, -c, python3 /srv/app.py --port=80]")),
            fail(container!("command: [sh, -c, 'nginx -g $OPTIONS']")),
            fail(container!("command: [sh, -c, cd /srv]")),
            fail(container!("command: [sh, -c, nginx], args: [-g]")),
            fail(container!("command: [/bin/bash]")),
            fail(container!(r"command: ['C:\Windows\System32\cmd.exe', /c, app]")),
            pass(container!("command: [nginx]")),
            pass(container!("args: [sh]")),
            error(container!("command: {}")),
        ],
    },
];

fn privileged_port<'a>(
    _: &InventoryView<'a>,
    pod: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let mut first_free = None;
    let mut flaws: Vec<Flaw<'a>> = Vec::new();
    for port in items(container.fields(), "ports")? {
        let (Some(number @ 1..1024), Some(node)) =
            (port.int("containerPort")?, port.get("containerPort").node())
        else {
            continue;
        };
        let free = match first_free {
            Some(free) => free,
            None => *first_free.insert(unprivileged_port_start(pod)?),
        };
        if number < free {
            let message = format!("the container listens to port {number}");
            let flaw = flaw(Place::Node(node), message);
            flaws.push(if pod.fields().bool("hostNetwork")? == Some(true) {
                flaw.step(
                    "Let the program listen to a port from 1024 on and name it here and in Services",
                    &[],
                )
            } else {
                let sysctls = place(pod.spec, &["securityContext", "sysctls"]);
                flaw.set_at(sysctls, sysctls_for_ports(pod)?).needs_review()
            });
        }
    }
    Ok(Verdict::of(flaws))
}

const FIRST_PORT: &str = "net.ipv4.ip_unprivileged_port_start";

/// The pod's sysctls, and the one by which ordinary users may bind each port that it declares.
fn sysctls_for_ports<'a>(pod: &PodView<'a>) -> Result<serde_json::Value, Malformed<'a>> {
    let mut lowest = 1024;
    for container in &pod.containers {
        for port in items(container.fields(), "ports")? {
            lowest = lowest.min(port.int("containerPort")?.filter(|it| *it > 0).unwrap_or(1024));
        }
    }
    let own = pod.security().list("sysctls")?.iter();
    let others = own.filter(|it| it.get("name").and_then(Node::as_str) != Some(FIRST_PORT));
    let mut sysctls: Vec<serde_json::Value> = others.map(merlon_yaml::to_json).collect();
    sysctls.push(serde_json::json!({"name": FIRST_PORT, "value": lowest.to_string()}));
    Ok(sysctls.into())
}

/// The first port that ordinary users may bind, as far as the pod says.
fn unprivileged_port_start<'a>(pod: &PodView<'a>) -> Result<i64, Malformed<'a>> {
    for sysctl in items(pod.security(), "sysctls")? {
        if sysctl.text("name")? == Some(FIRST_PORT) {
            let value = sysctl.text("value")?.unwrap_or_default();
            return Ok(value.trim().parse().unwrap_or(1024));
        }
    }
    Ok(1024)
}

fn sudo<'a>(_: &InventoryView<'a>, _: &PodView<'a>, container: &ContainerView<'a>) -> Judged<'a> {
    for key in ["command", "args"] {
        let list = container.fields().list(key)?;
        for (index, node) in list.iter().enumerate() {
            let text = text(node)?;
            if called(text, &["sudo"]).is_none() {
                continue;
            }
            let flaw = flaw(Place::Node(node), "the container's command uses sudo");
            let next = list.get(index + 1).and_then(Node::as_str);
            let only_before = index == 0
                && key == "command"
                && program(text) == "sudo"
                && next.is_some_and(|next| !next.starts_with('-') && !next.contains('='));
            return if only_before {
                flaw.remove(node).needs_review().into()
            } else {
                flaw.step("Rewrite the command without sudo and set runAsUser", &[]).into()
            };
        }
    }
    Ok(Verdict::Pass)
}

fn ssh<'a>(_: &InventoryView<'a>, _: &PodView<'a>, container: &ContainerView<'a>) -> Judged<'a> {
    let mut flaws = Vec::new();
    for port in items(container.fields(), "ports")? {
        let Some(node) = port.node() else { continue };
        let is_tcp = matches!(port.text("protocol")?, None | Some("TCP"));
        let is_named = port.text("name")? == Some("ssh");
        if is_tcp && (port.int("containerPort")? == Some(22) || is_named) {
            let message = "the container has a port for SSH";
            flaws.push(flaw(Place::Node(node), message).remove(node).needs_review());
        }
    }
    if let Some((node, server)) = calls(container, &["sshd", "dropbear"])? {
        let message = format!("the container starts {server}");
        flaws.push(flaw(Place::Node(node), message).step(
            "Take the server out of the command and the image; use kubectl exec or kubectl debug",
            &[],
        ));
    }
    Ok(Verdict::of(flaws))
}

const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "ash",
    "dash",
    "zsh",
    "ksh",
    "cmd",
    "cmd.exe",
    "powershell",
    "pwsh",
    "pwsh.exe",
];

fn shell<'a>(_: &InventoryView<'a>, _: &PodView<'a>, container: &ContainerView<'a>) -> Judged<'a> {
    let Some(node) = container.fields().list("command")?.first() else {
        return Ok(Verdict::Pass);
    };
    let text = text(node)?;
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    if !SHELLS.contains(&name) {
        return Ok(Verdict::Pass);
    }
    let message = format!("the container starts by {name}");
    let flaw = flaw(Place::Node(node), message);
    match started_program(container)? {
        Some(words) => {
            flaw.set_at(place(container.node, &["command"]), words).needs_review().into()
        }
        None => flaw.step("Name the program itself in command, its arguments in args", &[]).into(),
    }
}

/// The program that a shell's script starts, with its arguments, where the script does nothing else
/// and the shell changes no word of it.
fn started_program<'a>(
    container: &ContainerView<'a>,
) -> Result<Option<Vec<&'a str>>, Malformed<'a>> {
    /// Words by which a shell does something itself that no program does.
    const BUILTINS: &[&str] = &[
        ".", ":", "[", "alias", "bg", "break", "case", "cd", "command", "continue", "declare",
        "do", "done", "echo", "elif", "else", "esac", "eval", "exec", "exit", "export", "fg", "fi",
        "for", "function", "getopts", "hash", "if", "jobs", "let", "local", "printf", "read",
        "readonly", "return", "select", "set", "shift", "shopt", "source", "test", "then", "time",
        "times", "trap", "type", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
    ];
    let command = container.fields().texts("command")?;
    let [shell, "-c", script] = command[..] else { return Ok(None) };
    let is_posix =
        ["sh", "bash", "ash", "dash"].contains(&shell.rsplit('/').next().unwrap_or(shell));
    if !is_posix || !container.fields().list("args")?.is_empty() {
        return Ok(None);
    }
    let words: Vec<&str> = script.split(' ').filter(|word| !word.is_empty()).collect();
    let words = words.strip_prefix(&["exec"]).unwrap_or(&words);
    let is_plain = |word: &&str| {
        word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte))
    };
    let Some(first) = words.first() else { return Ok(None) };
    let name = first.rsplit('/').next().unwrap_or(first);
    let starts = !first.contains('=') && !BUILTINS.contains(first) && !SHELLS.contains(&name);
    Ok((starts && words.iter().all(is_plain)).then(|| words.to_vec()))
}
