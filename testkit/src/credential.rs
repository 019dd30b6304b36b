use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kube::config::AuthInfo;

use crate::pki::Certified;

/// Who a client is to the API server or the kubelet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The cluster's administrator: group `system:masters`, which no authorizer refuses.
    Admin,
    /// Nobody: no certificate, no token.
    Anonymous,
    /// A client certificate of the cluster's authority. Certificates of the testkit name one group at most.
    Certificate {
        /// The common name.
        user: String,
        /// The organization.
        group: Option<String>,
    },
    /// A user whom an authenticating proxy vouches for: any number of groups, no impersonation
    /// in the audit log. Only the API server takes this.
    Proxied {
        /// The user.
        user: String,
        /// The groups; the server adds `system:authenticated`.
        groups: Vec<String>,
    },
    /// The administrator who acts as somebody else.
    Impersonated {
        /// The user.
        user: String,
        /// The groups.
        groups: Vec<String>,
    },
    /// A bearer token, such as one of a service account.
    Token(String),
}

impl Credential {
    /// A user known by certificate.
    pub fn user(name: &str) -> Credential {
        Credential::Certificate { user: name.to_owned(), group: None }
    }

    /// A user known by certificate, in one group.
    pub fn member(name: &str, group: &str) -> Credential {
        Credential::Certificate { user: name.to_owned(), group: Some(group.to_owned()) }
    }

    /// A user in several groups, vouched for by the front proxy.
    pub fn in_groups<'text>(
        user: &str,
        groups: impl IntoIterator<Item = &'text str>,
    ) -> Credential {
        Credential::Proxied {
            user: user.to_owned(),
            groups: groups.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The administrator acting as `user` with `groups`.
    pub fn acting_as<'text>(
        user: &str,
        groups: impl IntoIterator<Item = &'text str>,
    ) -> Credential {
        Credential::Impersonated {
            user: user.to_owned(),
            groups: groups.into_iter().map(str::to_owned).collect(),
        }
    }
}

pub(crate) fn with_certificate(pair: &Certified) -> AuthInfo {
    AuthInfo {
        client_certificate_data: Some(BASE64_STANDARD.encode(&pair.certificate)),
        client_key_data: Some(BASE64_STANDARD.encode(&pair.key).into()),
        ..AuthInfo::default()
    }
}
