use merlon_model::Kind;
use merlon_rbac::{MASTERS, Permission, Thing, node_rules};
use merlon_report::access::{AccessReport, Answer, NodeRights, OfAnswer};

use super::arguments::Of;
use super::describe::{BOTH, Describer, rule};
use super::facts::{Facts, Known};
use super::gaps::gaps;
use super::{Answered, tool};
use crate::exit::Exit;

/// Everything somebody may do.
pub fn run(of: &Of) -> anyhow::Result<Answered> {
    let facts = Facts::read(&of.sources)?;
    let view = facts.view();
    let known = facts.known(&view);
    let subject = of.subject.in_groups(&of.as_group);
    let describer = Describer::new(&known);
    let permissions = known.authorizer.permissions_of(&subject.user);
    let contained = Permission::contained(&permissions);
    let missing = describer.missing(&subject.user.identities());
    let node = subject.user.node_name();
    let mut gaps =
        gaps(&known, if node.is_some() { &[Kind::Pod, Kind::PersistentVolume] } else { &[] });
    if !known.view.is_complete(Kind::ClusterRole) {
        gaps.extend(missing.iter().map(|missing| {
            format!(
                "{} {}: it is bound to the subject and is not here",
                missing.role.kind, missing.role.name
            )
        }));
    }
    let answer = OfAnswer {
        subject: subject.shown(),
        groups: subject.groups(),
        masters: subject.user.is_in(MASTERS),
        permissions: permissions
            .iter()
            .zip(contained)
            .filter_map(|(each, contained)| {
                describer.permission(each, contained, &subject.identity)
            })
            .collect(),
        node: node.map(|node| node_rights(&known, node)),
        missing,
    };
    let exit = if gaps.is_empty() { Exit::Clean } else { Exit::NotEvaluated };
    let report = AccessReport {
        tool: tool(),
        sources: vec![known.source()],
        covers: BOTH.to_owned(),
        gaps,
        answer: Answer::Of(answer),
    };
    Ok((report, exit))
}

fn node_rights(known: &Known<'_>, node: &str) -> NodeRights {
    let reachable = known.authorizer.nodes().into_iter().flat_map(|graph| graph.reachable(node));
    NodeRights {
        rules: node_rules(known.authorizer.release()).iter().map(rule).collect(),
        reachable: reachable
            .map(|it| {
                let kind = word(it.thing);
                match it.namespace {
                    "" => format!("{kind} {}", it.name),
                    namespace => format!("{kind} {namespace}/{}", it.name),
                }
            })
            .collect(),
    }
}

fn word(thing: Thing) -> &'static str {
    match thing {
        Thing::ConfigMap => "configmap",
        Thing::Pod => "pod",
        Thing::PersistentVolumeClaim => "persistentvolumeclaim",
        Thing::PersistentVolume => "persistentvolume",
        Thing::PodCertificateRequest => "podcertificaterequest",
        Thing::ResourceClaim => "resourceclaim",
        Thing::ResourceSlice => "resourceslice",
        Thing::Secret => "secret",
        Thing::ServiceAccount => "serviceaccount",
        Thing::VolumeAttachment => "volumeattachment",
    }
}
