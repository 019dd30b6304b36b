use k8s_openapi::api::authentication::v1::{SelfSubjectReview, UserInfo};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use kube::Api;
use kube::api::PostParams;
use merlon_testkit::{ControlPlane, Credential, block_on, eventually};
use serde_json::json;

pub(crate) fn access_is_reviewed(plane: &ControlPlane) {
    block_on(async {
        let namespace = plane.namespace("review").await.unwrap();
        let rules = [
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
                "metadata": {"name": "reader", "namespace": namespace},
                "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
            }),
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {"name": "reader", "namespace": namespace},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}],
            }),
        ];
        plane.apply(&rules).await.unwrap();
        let api: Api<SubjectAccessReview> = Api::all(plane.client(&Credential::Admin).unwrap());
        for (user, verb, expected) in
            [("alice", "get", true), ("alice", "delete", false), ("bob", "get", false)]
        {
            let review = SubjectAccessReview {
                spec: SubjectAccessReviewSpec {
                    user: Some(user.to_owned()),
                    resource_attributes: Some(ResourceAttributes {
                        namespace: Some(namespace.clone()),
                        resource: Some("pods".to_owned()),
                        verb: Some(verb.to_owned()),
                        ..ResourceAttributes::default()
                    }),
                    ..SubjectAccessReviewSpec::default()
                },
                ..SubjectAccessReview::default()
            };
            let ask = || async {
                let answer = api.create(&PostParams::default(), &review).await.unwrap();
                let allowed = answer.status.unwrap().allowed;
                (allowed == expected).then_some(())
            };
            // The authorizer learns of new rules from its watch, a moment later.
            let answer = eventually(std::time::Duration::from_secs(10), ask).await;
            assert!(answer.is_some(), "{user} {verb}");
        }
    });
}

pub(crate) fn identities(plane: &ControlPlane) {
    block_on(async {
        let namespace = plane.namespace("identities").await.unwrap();
        let account = plane.service_account_token(&namespace, "robot").await.unwrap();
        let account_user = format!("system:serviceaccount:{namespace}:robot");
        let account_group = format!("system:serviceaccounts:{namespace}");
        let cases: [(Credential, &str, &[&str]); 6] = [
            (Credential::Admin, "kubernetes-super-admin", &["system:masters"]),
            (Credential::user("alice"), "alice", &[]),
            (Credential::member("bob", "staff"), "bob", &["staff"]),
            (Credential::in_groups("carol", ["staff", "ops"]), "carol", &["staff", "ops"]),
            (Credential::acting_as("dave", ["staff", "ops"]), "dave", &["staff", "ops"]),
            (account, &account_user, &["system:serviceaccounts", &account_group]),
        ];
        for (credential, user, groups) in cases {
            let info = whoami(plane, &credential).await;
            assert_eq!(info.username.as_deref(), Some(user));
            let mut expected: Vec<&str> = groups.to_vec();
            expected.push("system:authenticated");
            expected.sort_unstable();
            let mut actual = info.groups.unwrap_or_default();
            actual.sort();
            assert_eq!(actual, expected, "{user}");
        }
        let path = format!("/api/v1/namespaces/{namespace}/secrets");
        assert_eq!(plane.get(&Credential::Anonymous, &path).await.unwrap().status, 403);
        assert_eq!(
            plane.get(&Credential::Token("wrong".to_owned()), &path).await.unwrap().status,
            401
        );
    });
}

async fn whoami(plane: &ControlPlane, credential: &Credential) -> UserInfo {
    let api: Api<SelfSubjectReview> = Api::all(plane.client(credential).unwrap());
    let review = api.create(&PostParams::default(), &SelfSubjectReview::default()).await.unwrap();
    review.status.unwrap().user_info.unwrap()
}
