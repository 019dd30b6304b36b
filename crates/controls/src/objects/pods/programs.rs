//! What a container starts and listens to.

use merlon_views::objects::{Malformed, Place};
use merlon_views::{ContainerView, InventoryView, PodView};
use merlon_yaml::Node;

use super::{called, calls, items, program, text};
use crate::control::{Applies, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
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
own configuration has to follow, which is why no edit of the manifest can do it.
- **The sysctl `net.ipv4.ip_unprivileged_port_start`** on the pod, which is a safe one.",
            acceptable: "Wherever the program runs as an ordinary user all the same.",
        },
        examples: &[
            fail(container!("ports: [{containerPort: 80}, {containerPort: 8080}]")),
            fail(pod!(
                "
  securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: '443'}]}
  containers: [{name: web, ports: [{containerPort: 80}, {containerPort: 443}]}]"
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
- What the script does has to be moved by hand, so no edit is offered.",
            acceptable: "For jobs and tests.",
        },
        examples: &[
            fail(container!("command: [sh, -c, exec nginx]")),
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
    let mut flaws = Vec::new();
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
            flaws.push(flaw(Place::Node(node), message).step(
                "Let the program listen to a port from 1024 on and name it here and in Services",
                &[],
            ));
        }
    }
    Ok(Verdict::of(flaws))
}

/// The first port that ordinary users may bind, as far as the pod says.
fn unprivileged_port_start<'a>(pod: &PodView<'a>) -> Result<i64, Malformed<'a>> {
    for sysctl in items(pod.security(), "sysctls")? {
        if sysctl.text("name")? == Some("net.ipv4.ip_unprivileged_port_start") {
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
    flaw(Place::Node(node), message)
        .step("Name the program itself in command, its arguments in args", &[])
        .into()
}
