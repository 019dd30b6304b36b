//! What the kubelet does to and takes from its host.

use merlon_model::{Action, Carrier, Component::Kubelet, Location};
use merlon_views::{ComponentView, FileRole, NodeView, Unknown, settings as rows};

use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters};
use crate::file;
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};
use crate::setting;

const APPLIES: Applies = Applies::Component(Kubelet);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "kubelet-kernel-defaults-unprotected",
        title: "the kubelet changes kernel parameters instead of insisting on them",
        vector: vector("AV:L/AC:H/Au:N/C:N/I:P/A:N"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("protect-kernel-defaults", Expect::Is("true"))]),
        documentation: Documentation {
            finds: "\
`protectKernelDefaults` (or `--protect-kernel-defaults`) off, which is the default. The \
parameters it is about are `vm.overcommit_memory`, `vm.panic_on_oom`, `kernel.panic`, \
`kernel.panic_on_oops`, `kernel.keys.root_maxkeys` and `kernel.keys.root_maxbytes`: see the \
`kernel-` controls.",
            matters: "\
When off, the kubelet overwrites what the host's hardening has set, and nobody notices that node \
and baseline differ. When on, it refuses to start on a host that is not as it has to be.",
            options: "\
- **Set the parameters on the host first**, in `/etc/sysctl.d`, then turn it on: in the other \
order the kubelet does not come up.
- **Leave it off** where the node image is built with the right values and checked.",
            acceptable: "Where another check watches the six parameters, such as this one.",
        },
        examples: &[
            pass("run kubelet@1.31 --protect-kernel-defaults"),
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  protectKernelDefaults: true",
            ),
            fail("run kubelet@1.31"),
            fail("run kubelet@1.31 --protect-kernel-defaults=false"),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-iptables-chains-off",
        title: "the kubelet leaves the host's packet filter to itself",
        vector: vector("AV:A/AC:H/Au:N/C:P/I:P/A:N"),
        applies: APPLIES,
        check: settings(Kubelet, &[require("make-iptables-util-chains", Expect::Is("true"))]),
        documentation: Documentation {
            finds: "\
`makeIPTablesUtilChains` (or `--make-iptables-util-chains`) off. It is on by default.",
            matters: "\
The kubelet's `KUBE-FIREWALL` chain drops packets from outside that are addressed to loopback, and \
marks what kube-proxy has to masquerade. Without it, services that trust 127.0.0.1 can be reached \
by neighbours on the network where `route_localnet` is on.",
            options: "\
- **Leave it on.**
- **Turn it off** only where a network plugin replaces kube-proxy's iptables rules and says so.",
            acceptable: "Where nothing on the node uses iptables, kube-proxy included.",
        },
        examples: &[
            pass("run kubelet@1.31"),
            pass("run kubelet@1.31 --make-iptables-util-chains=true"),
            fail("run kubelet@1.31 --make-iptables-util-chains=false"),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  makeIPTablesUtilChains: false",
            ),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-hostname-override",
        title: "the kubelet goes by another name than its host",
        vector: vector("AV:N/AC:H/Au:M/C:N/I:P/A:N"),
        applies: APPLIES,
        check: Check::Node(hostname_override),
        documentation: Documentation {
            finds: "\
A `--hostname-override` that differs from the host's name. The kubelet compares names in lower \
case, and so does this control; an override with the host's own name passes.",
            matters: "\
The name is the node's identity: its certificate, the pods and Secrets that it may read. A name of \
one's own choice breaks the link between machine, certificate and log.",
            options: "\
- **Leave it out** and give the host the name that the node is to have.
- **Set it to the provider's name** for the machine, where the cloud provider finds nodes by it.",
            acceptable: "Where a cloud provider or installer needs its own name for the node.",
        },
        examples: &[
            pass("run kubelet@1.31"),
            pass("run kubelet@1.31 --hostname-override=example"),
            pass("run kubelet@1.31 --hostname-override Example"),
            fail("run kubelet@1.31 --hostname-override=other"),
            error("gap processes permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-event-limit",
        title: "the kubelet leaves out events when there are many",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:P/A:N"),
        applies: APPLIES,
        check: Check::Node(event_limit),
        documentation: Documentation {
            finds: "\
An `eventRecordQPS` (or `--event-qps`) below what is asked; 0 is no limit and passes always. CIS \
asks for 0 up to 1.23 and for any level that fits since, so that without a parameter every valid \
limit passes. The default is 5 up to 1.26 and 50 since.",
            matters: "\
Events beyond the rate are dropped. Somebody who makes noise can hide among what was not recorded.",
            options: "\
- **0**: nothing is dropped, and a misbehaving pod can load the API server and etcd.
- **A level above what the node does at its busiest**, with an alert on dropped events.",
            acceptable: "Where what matters is recorded elsewhere, such as by the audit log.",
        },
        examples: &[
            pass("run kubelet@1.31"),
            pass("run kubelet@1.31 --event-qps=0"),
            fail("run kubelet@1.31 --event-qps=-1"),
            // Without a release, the default cannot be told.
            error("run kubelet"),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-ip-address-deny",
        title: "the kubelet's service may talk to any address",
        vector: vector("AV:A/AC:H/Au:M/C:P/I:P/A:N"),
        applies: APPLIES,
        check: Check::Node(ip_address_deny),
        documentation: Documentation {
            finds: "\
A systemd unit of the kubelet, drop-ins included, without `IPAddressDeny=any`. systemd adds the \
lines up, and an empty one takes back those before. Not applicable where no unit starts the kubelet.",
            matters: "\
With a filter on the service, somebody who took over the kubelet, or reached its port from a \
network that has no business there, gets no packets through.",
            options: "\
- **`IPAddressDeny=any` with `IPAddressAllow=`** for loopback, the API servers, the pod network, \
registries and monitoring. A network that was forgotten takes the node out, so try one node first.
- **Filter on the host or the network** instead: one place for all services, easier to oversee.",
            acceptable: "\
Where a host or network firewall does the same; only CIS 1.11 asks for it, and 1.12 dropped it.",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31
file /usr/lib/systemd/system/kubelet.service 0644 root:root systemd-unit
  [Service]
  ExecStart=/usr/bin/kubelet
file /etc/systemd/system/kubelet.service.d/10-net.conf 0644 root:root systemd-unit
  [Service]
  IPAddressDeny=any
  IPAddressAllow=10.0.0.0/8
list /etc/systemd/system/kubelet.service.d 10-net.conf",
            ),
            fail(
                "\
run kubelet@1.31
file /usr/lib/systemd/system/kubelet.service 0644 root:root systemd-unit
  [Service]
  ExecStart=/usr/bin/kubelet",
            ),
            // An empty line takes back what was denied before.
            fail(
                "\
run kubelet@1.31
file /usr/lib/systemd/system/kubelet.service 0644 root:root systemd-unit
  [Service]
  ExecStart=/usr/bin/kubelet
  IPAddressDeny=any
  IPAddressDeny=",
            ),
            error(
                "run kubelet@1.31\ngap /usr/lib/systemd/system/kubelet.service permission-denied",
            ),
            // A unit that is there and cannot be read.
            error(
                "\
run kubelet@1.31
file /usr/lib/systemd/system/kubelet.service 0644 root:root
gap /usr/lib/systemd/system/kubelet.service permission-denied",
            ),
            not_applicable("run etcd@3.5"),
        ],
    },
];

fn hostname_override(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let host = &node.node.name;
    for kubelet in node.instances(Kubelet) {
        let effective = match kubelet.effective("hostname-override") {
            Ok(effective) => effective,
            Err(unknown) => {
                let why = format!("--hostname-override is not known: {unknown}");
                judge.error(&kubelet.name, why);
                continue;
            }
        };
        let statement = format!("--hostname-override is {}", effective.value);
        let name = effective.value.as_text().map(str::trim);
        let entry = match name {
            None => judge.pass(&kubelet.name, statement.clone()),
            Some(_) if host.is_empty() => {
                judge.error(&kubelet.name, "the host's name is not known, to compare with")
            }
            Some(name) if name.eq_ignore_ascii_case(host) => {
                judge.pass(&kubelet.name, format!("{statement}, which is the host's own name"))
            }
            Some(_) => {
                let action = rows::find(Kubelet, "hostname-override")
                    .map(|row| setting::remove(row, kubelet, &effective));
                judge
                    .fail(&kubelet.name, format!("{statement}, and the host's name is {host}"))
                    .actions(action)
            }
        };
        entry
            .expected("--hostname-override is not set, or is the host's name")
            .evidence(statement, effective.location)
            .host_evidence(format!("the host's name is {host}"));
    }
}

/// A benchmark's parameter `value` is the least rate; 0 there asks for no limit at all.
fn event_limit(node: &NodeView<'_>, with: &Parameters, judge: &mut Judge<'_, '_>) {
    let least = match with.get("value").map(str::parse::<i64>) {
        None => None,
        Some(Ok(least)) => Some(least),
        Some(Err(_)) => {
            judge.error("kubelet", "the parameter value of the benchmark is not a whole number");
            return;
        }
    };
    for kubelet in node.instances(Kubelet) {
        if let Err(unknown) = judge_events(kubelet, least, judge) {
            let why = format!("the effective value of --event-qps is not known: {unknown}");
            judge.error(&kubelet.name, why);
        }
    }
}

fn judge_events(
    kubelet: &ComponentView<'_>,
    least: Option<i64>,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Unknown> {
    let effective = kubelet.effective("event-qps")?;
    let statement = format!("--event-qps is {}", effective.value);
    let enough = match (effective.value.as_integer(), least) {
        (Some(0), _) => true,
        (Some(rate), None) => rate > 0,
        (Some(rate), Some(least)) => least > 0 && rate >= least,
        (None, _) => false,
    };
    let expected = match least {
        None => "--event-qps is at least 0".to_owned(),
        Some(0) => "--event-qps is 0".to_owned(),
        Some(least) => format!("--event-qps is 0 or at least {least}"),
    };
    let entry = if enough {
        judge.pass(&kubelet.name, statement.clone())
    } else {
        let value = least.unwrap_or(0).to_string();
        let action = rows::find(Kubelet, "event-qps")
            .map(|row| setting::set(row, kubelet, &effective, value));
        judge.fail(&kubelet.name, statement.clone()).actions(action)
    };
    entry.expected(expected).evidence(statement, effective.location);
    Ok(())
}

fn ip_address_deny(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    let found = node.files(FileRole::KubeletUnit);
    for why in &found.unknown {
        judge.error("unit", format!("which unit starts the kubelet is not known: {why}"));
    }
    if let Some(why) = &found.none_because {
        match file::hidden(FileRole::KubeletUnit, node) {
            Some(hidden) => judge.error("unit", hidden),
            None => judge.not_applicable("unit", why),
        };
    }
    let mut files: Vec<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
    // The unit itself, then its drop-ins by name.
    files.sort_by_key(|path| (path.contains(".service.d/"), path.rsplit('/').next()));
    let Some(unit) = files.first().copied() else { return };
    let mut denied: Vec<(String, Location)> = Vec::new();
    for path in files {
        match node.text(path) {
            Err(why) => {
                judge.error(unit, why);
                return;
            }
            Ok(text) => read_denials(path, text.source, &mut denied),
        }
    }
    let any = denied.iter().find(|(value, _)| value == "any");
    let expected = "IPAddressDeny=any";
    match any {
        Some((value, location)) => {
            let statement = format!("IPAddressDeny={value}");
            judge
                .pass(unit, statement.clone())
                .expected(expected)
                .evidence(statement, location.clone());
        }
        None => {
            let message = "the unit does not have IPAddressDeny=any";
            judge
                .fail(unit, message)
                .expected(expected)
                .evidence(message, Location::file(unit))
                .action(Action::Manual {
                    instruction: "deny all addresses in a drop-in of the unit and allow those \
                                  that the kubelet talks to, on one node first"
                        .to_owned(),
                    commands: vec![format!("systemctl edit {}", unit_name(node, unit))],
                });
        }
    }
}

fn unit_name(node: &NodeView<'_>, path: &str) -> String {
    let carriers = node.instances(Kubelet).iter().map(|kubelet| &kubelet.carrier);
    let mut named = carriers.filter_map(|carrier| match carrier {
        Carrier::Unit { unit } | Carrier::EnvironmentFile { unit, .. } => Some(unit.clone()),
        _ => None,
    });
    named.next().unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path).to_owned())
}

/// Adds what a unit's file denies; an empty value takes back what was denied before.
fn read_denials(path: &str, source: &str, denied: &mut Vec<(String, Location)>) {
    let mut section = "";
    for (place, line) in source.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line;
        }
        let Some(values) = line
            .split_once('=')
            .filter(|(key, _)| section == "[Service]" && key.trim() == "IPAddressDeny")
            .map(|(_, values)| values.trim())
        else {
            continue;
        };
        if values.is_empty() {
            denied.clear();
        }
        let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
        let values = values.split_whitespace().map(str::to_owned);
        denied.extend(values.map(|value| (value, Location::line(path, number))));
    }
}
