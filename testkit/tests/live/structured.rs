use merlon_testkit::{ControlPlane, Credential, Version, block_on};

const AUTHENTICATION: &str = "\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions:
  - path: /livez
";

const AUTHORIZATION: &str = "\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: Node
  name: node
- type: RBAC
  name: rbac
";

pub(crate) fn authentication_and_authorization() {
    let plane = ControlPlane::builder(Version::NEWEST)
        .without_controllers()
        .configure(|profile| {
            let directory = "/etc/kubernetes/structured";
            profile.file(&format!("{directory}/authentication.yaml"), AUTHENTICATION, 0o600).file(
                &format!("{directory}/authorization.yaml"),
                AUTHORIZATION,
                0o600,
            );
            profile
                .apiserver
                .remove("authorization-mode")
                .set("authentication-config", &format!("{{root}}{directory}/authentication.yaml"))
                .set("authorization-config", &format!("{{root}}{directory}/authorization.yaml"));
        })
        .start()
        .unwrap();
    let status =
        |credential: &Credential, path: &str| block_on(plane.get(credential, path)).unwrap().status;
    assert_eq!(status(&Credential::Anonymous, "/livez"), 200);
    assert_eq!(status(&Credential::Anonymous, "/version"), 401);
    assert_eq!(status(&Credential::user("alice"), "/version"), 200);
    assert_eq!(status(&Credential::user("alice"), "/api/v1/nodes"), 403);
    assert_eq!(status(&Credential::Admin, "/api/v1/nodes"), 200);
}
