//! Keys, tokens and passwords of clusters, and of no issuer in particular.

use super::rows;
use crate::credentials::custom;
use crate::credentials::shape::{Matcher, Part, alnum, base64, dotted, lower, upper, url64, uuid};
use Matcher::{Custom, Dotted, Named, Prefixed};
use Part::Run;

rows! {
    // The PEM block inside is a `private-key-block`; this row comes first.
    "gcp-service-account", "a key of a Google Cloud service account",
    Custom(&["-----BEGIN "], custom::service_account_key);
    finds [concat!("{\"type\": \"service_account\", \"private_key_id\": \"9f\", \"private_key\": \"-----BEGIN ", "PRIVATE KEY-----\\nMIIEvQ8s7dh\\n-----END ", "PRIVATE KEY-----\\n\"}")]
    passes ["{\"type\": \"service_account\", \"private_key_id\": \"\"}", "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----"]

    // RFC 7468; OpenSSH `PROTOCOL.key`; PGP (RFC 9580, section 6.2).
    "private-key-block", "a private key",
    Custom(&["-----BEGIN ", "---- BEGIN "], custom::private_block);
    finds [
        concat!("-----BEGIN ", "RSA PRIVATE KEY-----\nMIIEow\n-----END ", "RSA PRIVATE KEY-----"),
        concat!("-----BEGIN ", "PRIVATE KEY-----\\nMIIEvQ\\n-----END ", "PRIVATE KEY-----\\n"),
        concat!("-----BEGIN ", "EC PRIVATE KEY-----\nMHcCAQ"),
        concat!("-----BEGIN ", "ENCRYPTED PRIVATE KEY-----\nMIIFHD\n-----END ", "ENCRYPTED PRIVATE KEY-----"),
        concat!("-----BEGIN ", "OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END ", "OPENSSH PRIVATE KEY-----"),
        concat!("-----BEGIN ", "DSA PRIVATE KEY-----\nMIIB\n-----END ", "DSA PRIVATE KEY-----"),
        concat!("-----BEGIN ", "PGP PRIVATE KEY BLOCK-----\n\nlQVY\n-----END ", "PGP PRIVATE KEY BLOCK-----"),
        concat!("---- BEGIN ", "SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAAAi4AAAA3\n---- END ", "SSH2 ENCRYPTED PRIVATE KEY ----"),
    ]
    passes [
        "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQ\n-----END PGP PUBLIC KEY BLOCK-----",
        "-----BEGIN OPENSSH", "a PRIVATE KEY", "-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----",
    ]

    // `client-key-data` of kubeconfigs, `tls.key` of Secrets.
    "encoded-private-key", "a private key in Base64",
    Custom(&["LS0tLS1CRUdJTi", "LS0tLSBCRUdJTi"], custom::encoded_block);
    finds [
        concat!("client-key-data: LS0tLS1CRUdJTi", "BSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFb3c="),
        concat!("LS0tLS1CRUdJTi", "BQUklWQVRFIEtFWS0tLS0tCk1JSUV2UQo="),
        concat!("LS0tLS1CRUdJTi", "BQUklWQVRFIEtFWS0tLS0tCk1JSUV2UQ", "\nAAAABBBBCCCCDDDD\nEEEE"),
    ]
    passes [
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUM=",
        "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUlJQg==", "LS0tLS1CRUdJTi",
    ]

    "age-private-key", "an age private key",
    Prefixed(&["AGE-SECRET-KEY-1"], &[Run(upper, 58, 58)]);
    finds [concat!("AGE-SECRET-", "KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQGPYQ0A9")]
    passes ["age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqg", "AGE-SECRET-KEY-1QYQS"]

    // RFC 7519; ServiceAccount tokens are such.
    "jwt", "a JSON Web Token",
    Custom(&["eyJ"], custom::web_token);
    finds [
        concat!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"),
        concat!("token: eyJhbGciOiJSUzI1NiIsImtpZCI6ImFiYyJ9.", "eyJpc3MiOiJrdWJlcm5ldGVzIn0", ".c2lnbmF0dXJlMTIzNDU2"),
        concat!("eyJhbGciOiJub25lIn0.", "eyJzdWIiOiJhIn0", "."),
    ]
    passes [
        "eyJhIjoxfQ.eyJiIjoyfQ.YWJj", "eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ", "eyJ.eyJ.eyJ",
    ]

    // `auths` of a Docker configuration: user and password in Base64.
    "registry-auth", "credentials for a container registry",
    Custom(&["\"auth\"", "auth:", "'auth'", "\"auth\\\""], custom::registry_auth);
    finds [
        concat!("{\"auths\":{\"ghcr.io\":{\"auth\":\"", "Ym90Omh1bnRlcjI=", "\"}}}"),
        concat!("auth: ", "X2pzb25fa2V5OntzZWNyZXQ5fQ=="),
        concat!("{\\\"auth\\\": \\\"", "Ym90Omh1bnRlcjI=", "\\\"}"),
    ]
    passes ["\"auth\": \"basic\"", "auth: true", "auth: dG9rZW4=", "\"auth\": {}"]

    // RFC 3986, section 3.2.1.
    "url-password", "a password in a URL",
    Custom(&["://"], custom::user_information);
    finds [
        concat!("https://bot:", "hunter2@git.corp/x.git"),
        concat!("postgres://app:", "s3cr/et@db:5432/app"),
        concat!("redis://:", "hunter2@redis:6379/0"),
        concat!("amqp://guest:", "guest@rabbit:5672"),
        concat!("mongodb+srv://root:", "p%40ss@cluster0.mongodb.net"),
        concat!("https://", "4f9a1c77b0e2d35568aabb0119cc@github.com/x/y"),
    ]
    passes [
        "https://example.com:8080/a@b", "https://user@example.com/", "ssh://git@github.com:22/x",
        "postgres://$(USER):$(PASSWORD)@db/app", "postgres://u:${PASSWORD}@db/app", "https://u:<password>@h",
        "https://user:password@example.com/", "http://{{ .User }}:{{ .Password }}@h", "https://u:****@h/",
        "https://user:$PASSWORD@h/", "https://registry.npmjs.org/@scope/x", "://:@", "oci://ghcr.io/a/b:v1@sha256:0a1b",
        "docker.io://x:5000/y@sha256:aa", "https://u:@h/",
    ]

    // go-sql-driver/mysql: `user:password@tcp(host)/database`.
    "database-password", "a password in a data source name",
    Custom(&["@tcp(", "@unix(", "@tcp6("], custom::data_source);
    finds [concat!("root:", "hunter2@tcp(mysql:3306)/app"), concat!("DSN=app:", "p@ss@unix(/run/mysqld.sock)/x")]
    passes ["root@tcp(mysql:3306)/app", "$(USER):$(PASS)@tcp(mysql)/app", "@tcp(x)"]

    // RFC 7617 and RFC 6750.
    "authorization-header", "credentials in an Authorization header",
    Custom(&["Bearer ", "bearer ", "Basic ", "basic ", "BEARER ", "BASIC "], custom::scheme);
    finds [
        concat!("Authorization: Basic ", "Ym90Omh1bnRlcjI="),
        concat!("authorization: Bearer ", "a81f2c_9d0e4b7a6c31"),
    ]
    passes ["Bearer token", "Bearer $(TOKEN)", "basic authentication is used", "Basic YWJj", "the bearer of this", "Bearer <token>", "basic 1234567"]

    // `cluster-bootstrap/token/util/helpers.go`: `[a-z0-9]{6}\.[a-z0-9]{16}`.
    "bootstrap-token", "a Kubernetes bootstrap token",
    Dotted(custom::bootstrap_token);
    finds [concat!("abcdef", ".0123456789abcdef"), concat!("--token ", "07401b", ".f395accd246ae52d")]
    passes ["abcdef.0123456789abcde", "abcdef.0123456789abcdef0", "docker.registrymirrors", "x-abcdef.0123456789abcdef.org", "github.serverconfigmaps", "ABCDEF.0123456789ABCDEF"]

    // k3s and RKE2, `pkg/clientaccess/token.go`: `K10<hash>::user:password`.
    "join-token", "a k3s or RKE2 join token",
    Custom(&["K10"], custom::join_token);
    finds [concat!("K10", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "::server:", "9f8e7d6c5b4a3210")]
    passes ["K10", "K100f1e2d3c4b5a6978", "K10abc::x"]

    "rancher-token", "a Rancher API token",
    Prefixed(&["token-"], &[Run(lower, 5, 5), Part::Text(":"), Run(lower, 54, 54)]);
    finds [concat!("token-", "x7k2p:", "9sdf8g7h6j5k4l3q2w1e9r8t7y6u5i4o3p2a1s9d8f7g6h5j4k3l2z")]
    passes ["token-x7k2p", "token-x7k2p:9sdf8g"]

    "openshift-token", "an OpenShift OAuth token",
    Prefixed(&["sha256~"], &[Run(url64, 43, 43)]);
    finds [concat!("sha256~", "Wq3xZ8vN1mK5tR7yB2cD4fG6hJ9kL0pQsUvXwYzA1b_")]
    passes ["sha256:4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865", "sha256~abc"]

    // crypt(5), htpasswd of Apache.
    "password-hash", "a hash of a password",
    Custom(&["$apr1$", "$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$argon2"], custom::password_hash);
    finds [
        concat!("admin:$apr1$", "dHh3Ge8k$", "Vo0eeJBbhcoSAmSrsBzHf1"),
        concat!("$2y$", "05$", "c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC"),
        concat!("$6$", "saltsalt$", "qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/"),
        concat!("$argon2", "id$v=19$m=65536,t=3,p=4$", "c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG"),
    ]
    passes ["$1$2", "$5$x", "cost: $6$", "echo $1$2$3"]

    "htpasswd-sha", "a hash of a password in an htpasswd line",
    Prefixed(&["{SHA}", "{SSHA}"], &[Run(base64, 28, 80)]);
    finds [concat!("admin:{SHA}", "W6ph5Mm5Pz8GgiULbPgzG37mj9g=")]
    passes ["{SHA}", "x:{SHA}abc"]

    // `sops` keys and HashiCorp Vault tokens since 1.10.
    "vault-token", "a HashiCorp Vault token",
    Prefixed(&["hvs.", "hvb.", "hvr."], &[Run(dotted, 24, 512)]);
    finds [concat!("hvs.", "CAESIJ2mXo9p3Q7r5s1t8u4vWxYz"), concat!("hvb.", "AAAAAQJ2mXo9p3Q7r5s1t8u4vWxYz")]
    passes ["hvs.short", "xhvs.CAESIJ2mXo9p3Q7r5s1t8u4vWxYz"]

    "vault-legacy-token", "a HashiCorp Vault token",
    Named(&[&["vault", "token"]], &[Part::Text("s."), Run(alnum, 24, 24)]);
    finds [concat!("VAULT_TOKEN=s.", "Rz8Kq1Lm5Np3Wx7Yv2Tb9Hc4")]
    passes ["VAULT_TOKEN=s.abc", "x: s.Rz8Kq1Lm5Np3Wx7Yv2Tb9Hc4"]

    "consul-token", "a Consul token",
    Named(&[&["consul", "token"]], &[Run(uuid, 36, 36)]);
    finds [concat!("CONSUL_HTTP_TOKEN: ", "8f246b77-f3e1-ff88-5b48-8ec93abf3e05")]
    passes ["CONSUL_HTTP_TOKEN: x", "uid: 8f246b77-f3e1-ff88-5b48-8ec93abf3e05"]

    "nomad-token", "a Nomad token",
    Named(&[&["nomad", "token"]], &[Run(uuid, 36, 36)]);
    finds [concat!("NOMAD_TOKEN=", "8f246b77-f3e1-ff88-5b48-8ec93abf3e05")]
    passes ["NOMAD_ADDR=8f246b77-f3e1-ff88-5b48-8ec93abf3e05"]

    "tailscale-key", "a Tailscale key",
    Prefixed(&["tskey-"], &[Run(dotted, 20, 128)]);
    finds [concat!("tskey-", "auth-kQ3mZ7CNTRL-9xV2bN8mK4jH6gF1dS5aP0oI")]
    passes ["tskey-auth"]
}
