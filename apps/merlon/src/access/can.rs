use merlon_model::Kind;
use merlon_rbac::{Lack, PolicyRule, Request, Stage};
use merlon_report::access::{AccessReport, Answer, Authority, CanAnswer, NearMiss};

use super::arguments::Can;
use super::describe::{BOTH, Describer};
use super::facts::{Facts, Known};
use super::gaps::gaps;
use super::question::Question;
use super::subject::Subject;
use super::{Answered, tool};
use crate::exit::Exit;

/// How many near misses are told.
const NEAR: usize = 5;

/// Whether somebody may do something.
pub fn run(can: &Can) -> anyhow::Result<Answered> {
    let facts = Facts::read(&can.sources)?;
    let view = facts.view();
    let known = facts.known(&view);
    let subject = can.subject.in_groups(&can.as_group);
    let mut question = Question::read(&can.action, &view)?;
    if !can.all_namespaces {
        question = question.or_within(subject.namespace().unwrap_or("default"));
    }
    let answer = answer(&known, &subject, &question, can.all_namespaces);
    let of_node = subject.user.node_name().is_some();
    let mut gaps = gaps(&known, if of_node { &[Kind::Pod, Kind::PersistentVolume] } else { &[] });
    if !known.view.is_complete(Kind::ClusterRole) {
        gaps.extend(answer.missing.iter().map(|missing| {
            format!(
                "{} {}: it is bound to the subject and is not here",
                missing.role.kind, missing.role.name
            )
        }));
    }
    let exit = match (answer.allowed, gaps.is_empty()) {
        (true, _) => Exit::Clean,
        (false, true) => Exit::Findings,
        (false, false) => Exit::NotEvaluated,
    };
    let report = AccessReport {
        tool: tool(),
        sources: vec![known.source()],
        covers: BOTH.to_owned(),
        gaps,
        answer: Answer::Can(answer),
    };
    Ok((report, exit))
}

fn answer(
    known: &Known<'_>,
    subject: &Subject,
    question: &Question,
    everywhere: bool,
) -> CanAnswer {
    let request = question.request();
    let describer = Describer::new(known);
    let decision = known.authorizer.authorize(&subject.user, &request);
    let near = if decision.allowed {
        Vec::new()
    } else {
        known.authorizer.near_misses(&subject.user, &request)
    };
    let near = near.iter().take(NEAR).map(|near| NearMiss {
        lack: lack(near.lack).to_owned(),
        why: why(near.lack, known.authorizer.policy().rule(&near.held.grant), &request),
        grant: describer.grant(&near.held.grant, &subject.identity),
    });
    let mut asked = question.asked(false);
    asked.everywhere = everywhere && question.namespaced;
    CanAnswer {
        asked,
        subject: subject.shown(),
        groups: subject.groups(),
        allowed: decision.allowed,
        by: match decision.by {
            Stage::Masters => Authority::Masters,
            Stage::Node => Authority::Node,
            Stage::Rbac => Authority::Rbac,
            Stage::Nobody => Authority::Nobody,
        },
        grants: describer.grants(&decision.grants, &subject.identity),
        near: near.collect(),
        missing: describer.missing(&subject.user.identities()),
    }
}

fn lack(lack: Lack) -> &'static str {
    match lack {
        Lack::Namespace => "namespace",
        Lack::Name => "name",
        Lack::Subresource => "subresource",
        Lack::Group => "group",
        Lack::Verb => "verb",
        Lack::Path => "path",
    }
}

/// What keeps the rule from allowing the request, in a few words.
fn why(lack: Lack, rule: &PolicyRule, request: &Request<'_>) -> String {
    let named = matches!(request, Request::Resource(asked) if !asked.name.is_empty());
    match lack {
        Lack::Namespace if request.namespace().is_empty() => {
            "it holds in a namespace only".to_owned()
        }
        Lack::Namespace => "it holds in another namespace".to_owned(),
        Lack::Name if named => "it is for other names".to_owned(),
        Lack::Name => "it is for some names only".to_owned(),
        Lack::Subresource => subresource(rule, request),
        Lack::Group => "it is for another API group".to_owned(),
        Lack::Verb => "it is for other verbs".to_owned(),
        Lack::Path => "it is for another path".to_owned(),
    }
}

fn subresource(rule: &PolicyRule, request: &Request<'_>) -> String {
    let Request::Resource(asked) = request else { return String::new() };
    let star = format!("{}/*", asked.resource);
    if rule.resources.contains(&star) {
        format!("{star} is no wildcard")
    } else if asked.subresource.is_empty() {
        "it is for a subresource only".to_owned()
    } else if rule.has_resource(asked.resource, "") {
        format!("it does not take in {}/{}", asked.resource, asked.subresource)
    } else {
        "it is for another subresource".to_owned()
    }
}
