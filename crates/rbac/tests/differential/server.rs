//! What we ask of the API server.

use http::Request;
use k8s_openapi::api::authorization::v1::{
    FieldSelectorAttributes, NonResourceAttributes, ResourceAttributes, SubjectAccessReview,
    SubjectAccessReviewSpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::FieldSelectorRequirement;
use kube::api::PostParams;
use kube::{Api, Client};
use merlon_testkit::{ControlPlane, Credential};
use merlon_yaml::{Limits, Node, parse};
use serde_json::Value;

use crate::random::Asked;

/// Reviews that are under way at once.
const PARALLEL: usize = 32;

#[derive(Clone)]
pub(crate) struct Server {
    client: Client,
}

/// Who asks for what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Review {
    pub(crate) user: String,
    pub(crate) groups: Vec<String>,
    pub(crate) asked: Asked,
    pub(crate) fields: Vec<(String, String)>,
}

impl Review {
    pub(crate) fn resource(
        user: &str,
        groups: &[&str],
        verb: &str,
        group: &str,
        resource: &str,
    ) -> Self {
        let [verb, group, resource] = [verb, group, resource].map(str::to_owned);
        let none = String::new;
        let asked = Asked::Resource {
            verb,
            group,
            resource,
            subresource: none(),
            namespace: none(),
            name: none(),
        };
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        Self { user: user.to_owned(), groups, asked, fields: Vec::new() }
    }

    pub(crate) fn within(mut self, own: &str) -> Self {
        if let Asked::Resource { namespace, .. } = &mut self.asked {
            own.clone_into(namespace);
        }
        self
    }
}

impl Server {
    pub(crate) fn of(plane: &ControlPlane) -> Self {
        Self::by(plane, &Credential::Admin)
    }

    pub(crate) fn by(plane: &ControlPlane, credential: &Credential) -> Self {
        Self { client: plane.client(credential).unwrap() }
    }

    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        let request = Request::get(path).body(Vec::new()).unwrap();
        let list: Value = self.client.request(request).await.unwrap();
        let (version, kind) = (&list["apiVersion"], list["kind"].as_str().unwrap());
        let kind = kind.strip_suffix("List").unwrap();
        let items = list["items"].as_array().unwrap();
        let item = |item: &Value| {
            let mut item = item.clone();
            item["apiVersion"] = version.clone();
            item["kind"] = kind.into();
            item
        };
        items.iter().map(item).collect()
    }

    /// The status of a request that may be refused.
    pub(crate) async fn send(&self, request: Request<Vec<u8>>) -> (u16, Value) {
        match self.client.request::<Value>(request).await {
            Ok(answer) => (200, answer),
            Err(kube::Error::Api(status)) => (status.code, Value::String(status.message.clone())),
            Err(error) => panic!("{error}"),
        }
    }

    /// Whether something is allowed, and the reason.
    pub(crate) async fn review(&self, review: &Review) -> (bool, String) {
        let api: Api<SubjectAccessReview> = Api::all(self.client.clone());
        let mut spec = SubjectAccessReviewSpec {
            user: Some(review.user.clone()),
            groups: Some(review.groups.clone()),
            ..SubjectAccessReviewSpec::default()
        };
        match review.asked.clone() {
            Asked::Path { verb, path } => {
                spec.non_resource_attributes =
                    Some(NonResourceAttributes { path: Some(path), verb: Some(verb) });
            }
            Asked::Resource { verb, group, resource, subresource, namespace, name } => {
                let requirement = |(key, value): &(String, String)| FieldSelectorRequirement {
                    key: key.clone(),
                    operator: "In".to_owned(),
                    values: Some(vec![value.clone()]),
                };
                let requirements: Vec<_> = review.fields.iter().map(requirement).collect();
                spec.resource_attributes = Some(ResourceAttributes {
                    verb: Some(verb),
                    group: Some(group),
                    resource: Some(resource),
                    subresource: Some(subresource),
                    namespace: Some(namespace),
                    name: Some(name),
                    field_selector: (!requirements.is_empty()).then_some(FieldSelectorAttributes {
                        requirements: Some(requirements),
                        raw_selector: None,
                    }),
                    ..ResourceAttributes::default()
                });
            }
        }
        let review = SubjectAccessReview { spec, ..SubjectAccessReview::default() };
        let answer = api.create(&PostParams::default(), &review).await.unwrap();
        let status = answer.status.unwrap();
        (status.allowed, status.reason.unwrap_or_default())
    }

    /// The answers to many reviews, in their order.
    pub(crate) async fn review_all(&self, reviews: &[Review]) -> Vec<(bool, String)> {
        let mut tasks = tokio::task::JoinSet::new();
        for first in 0..PARALLEL {
            let (server, reviews) = (self.clone(), reviews.to_vec());
            tasks.spawn(async move {
                let mut answers = Vec::new();
                for (index, review) in reviews.iter().enumerate().skip(first).step_by(PARALLEL) {
                    answers.push((index, server.review(review).await));
                }
                answers
            });
        }
        let mut answers: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        answers.sort();
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
}

/// Objects as the crate reads them.
pub(crate) fn nodes(objects: &[Value]) -> Vec<Node> {
    let node = |object: &Value| {
        let mut parsed = parse(&object.to_string(), &Limits::default());
        parsed.documents.remove(0).root
    };
    objects.iter().map(node).collect()
}
