use std::collections::{BTreeMap, BTreeSet};

use merlon_model::Kind;
use merlon_rbac::{NodeGraph, Release, Request, Thing};
use merlon_report::access::{AccessReport, Answer, Holder, NodeHolder, WhoCanAnswer};

use super::arguments::WhoCan;
use super::describe::{BOTH, Describer, members};
use super::facts::{Facts, Known};
use super::gaps::{gaps, unknown_roles};
use super::question::Question;
use super::subject::shown;
use super::{Answered, tool};
use crate::exit::Exit;

/// Everybody who may do something.
pub fn run(who_can: &WhoCan) -> anyhow::Result<Answered> {
    let facts = Facts::read(&who_can.sources)?;
    let view = facts.view();
    let known = facts.known(&view);
    let question = Question::read(&who_can.action, &view)?;
    let request = question.request();
    let anywhere = question.is_open();
    let holders = match (question.is_named(), anywhere) {
        (true, false) => known.authorizer.who_can(&request),
        (true, true) => known.authorizer.who_can_anywhere(&request),
        (false, anywhere) => known.authorizer.who_can_some(&request, anywhere),
    };
    let describer = Describer::new(&known);
    let holder = |(identity, grants): (&_, &[_])| Holder {
        subject: shown(identity),
        members: members(known.authorizer.policy(), identity),
        grants: describer.grants(grants, identity),
    };
    let answer = WhoCanAnswer {
        asked: question.asked(anywhere),
        holders: holders.holders().map(holder).collect(),
        nodes: nodes(&known, &question),
    };
    let mut gaps = gaps(&known, &[Kind::ServiceAccount, Kind::Node, Kind::Pod]);
    gaps.extend(unknown_roles(&known));
    let exit = if gaps.is_empty() { Exit::Clean } else { Exit::NotEvaluated };
    let report = AccessReport {
        tool: tool(),
        sources: vec![known.source()],
        covers: BOTH.to_owned(),
        gaps,
        answer: Answer::WhoCan(answer),
    };
    Ok((report, exit))
}

/// The kubelets whom the node authorizer lets do it: to everything, or to what their pods use.
fn nodes(known: &Known<'_>, question: &Question) -> Vec<NodeHolder> {
    let Some(graph) = known.authorizer.nodes() else { return Vec::new() };
    let release = known.authorizer.release();
    let names: BTreeSet<&str> = known.view.of_kind(Kind::Node).map(|node| node.name()).collect();
    let request = question.request();
    let (everything, others): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|node| graph.authorize(node, &request, release));
    let mut objects = single(question, graph, release, &others);
    let all = everything.into_iter().map(|node| (node, BTreeSet::new()));
    objects.extend(all);
    let holder = |(node, objects): (&str, BTreeSet<String>)| NodeHolder {
        subject: format!("node:{node}"),
        objects: objects.into_iter().collect(),
    };
    objects.into_iter().map(holder).collect()
}

/// The single objects that nodes may do it to.
fn single<'n>(
    question: &Question,
    graph: &NodeGraph,
    release: &Release,
    nodes: &[&'n str],
) -> BTreeMap<&'n str, BTreeSet<String>> {
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let request = question.request();
    let Request::Resource(asked) = request else { return found };
    let wanted = |namespace: &str, name: &str| {
        (asked.name.is_empty() || asked.name == name)
            && (asked.namespace.is_empty() || asked.namespace == namespace)
    };
    if let Some(thing) = thing(asked.group, asked.resource) {
        for (object, own) in graph.related(thing).filter(|(it, _)| wanted(it.namespace, it.name)) {
            let exact = request.within(object.namespace).named(object.name);
            let allowed = nodes.iter().filter(|node| own.contains(**node));
            for node in allowed.filter(|node| graph.authorize(node, &exact, release)) {
                let text = match object.namespace {
                    "" => object.name.to_owned(),
                    namespace => format!("{namespace}/{}", object.name),
                };
                found.entry(node).or_default().insert(text);
            }
        }
    }
    // What is called like the node is the node's own.
    for node in nodes.iter().filter(|node| asked.name.is_empty() || asked.name == **node) {
        let leases = request.within("kube-node-lease").named(node);
        let own = if asked.resource == "leases" { leases } else { request.named(node) };
        if wanted(own.namespace(), node) && graph.authorize(node, &own, release) {
            found.entry(node).or_default().insert((*node).to_owned());
        }
    }
    found
}

fn thing(group: &str, resource: &str) -> Option<Thing> {
    Some(match (group, resource) {
        ("", "configmaps") => Thing::ConfigMap,
        ("", "pods") => Thing::Pod,
        ("", "persistentvolumeclaims") => Thing::PersistentVolumeClaim,
        ("", "persistentvolumes") => Thing::PersistentVolume,
        ("", "secrets") => Thing::Secret,
        ("", "serviceaccounts") => Thing::ServiceAccount,
        ("certificates.k8s.io", "podcertificaterequests") => Thing::PodCertificateRequest,
        ("resource.k8s.io", "resourceclaims") => Thing::ResourceClaim,
        ("resource.k8s.io", "resourceslices") => Thing::ResourceSlice,
        ("storage.k8s.io", "volumeattachments") => Thing::VolumeAttachment,
        _ => return None,
    })
}
