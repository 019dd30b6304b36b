use super::judge_named;

/// Each line: name, value, and the id of the kind, `-` for none; parted by ` | `.
const CASES: &str = "\
PASSWORD | hunter2 | password
PASSWORD | changeme | password
DB_PASSWORD | secret | password
MYSQL_ROOT_PASSWORD | 12345 | password
MYSQL_ROOT_PASSWORD | 123 | -
POSTGRES_PASSWORD | postgres | password
REDIS_PASS | foobared | password
MYSQL_PWD | x9y8 | password
adminPassword | correct horse battery staple | password
spring.datasource.password | s3cr3t | password
registry-passwd | hunter2 | password
KEYSTORE_PASSPHRASE | tiger | password
DBPASSWORD | tiger | password
PASSWORD_1 | tiger | password
password2 | tiger | password
PASSWORD | p@ssw.rd | password
smtp_password | /x+Yz12=Ab | password
PASSWORD_FILE | /run/secrets/db | -
POSTGRES_PASSWORD_FILE | /run/secrets/db | -
PASSWORD | /run/secrets/db | -
PASSWORD | ./secrets/db.txt | -
PASSWORD | $(DB_PASSWORD) | -
PASSWORD | ${DB_PASSWORD} | -
PASSWORD | ${DB_PASSWORD:-} | -
PASSWORD | $DB_PASSWORD | -
PASSWORD | {{ .Values.password }} | -
PASSWORD | {{password}} | -
PASSWORD | %DB_PASSWORD% | -
PASSWORD | <password> | -
PASSWORD | <redacted> | -
PASSWORD | <redacted:password> | -
PASSWORD | REPLACE_ME | -
PASSWORD | replace-with-your-password | -
PASSWORD | YOUR_PASSWORD_HERE | -
PASSWORD | xxx | -
PASSWORD | XXXXXXXX | -
PASSWORD | ******** | -
PASSWORD |  | -
PASSWORD | true | -
PASSWORD | null | -
PASSWORD | none | -
PASSWORD | vault:secret/data/db#password | -
PASSWORD | ref+vault://secret/db#/password | -
PASSWORD | op://vault/db/password | -
PASSWORD | arn:aws:secretsmanager:eu-west-1:123456789012:secret:db | -
PASSWORD | ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str] | -
PASSWORD | os.environ[\"DB_PASSWORD\"] | -
PASSWORD | __DB_PASSWORD__ | -
passwordPolicy | strict | -
password_policy | minLength8Upper1 | -
PASSWORD_MIN_LENGTH | 12 | -
PASSWORD_RESET_URL | https://example.com/reset | -
PASSWORD_HASH_ALGORITHM | bcrypt | -
PASSWORD_ENCODER | argon2id1 | -
passwordless | true | -
ALLOW_EMPTY_PASSWORD | yes | -
passwordSecretRef | db | -
PASSWORD_SECRET_NAME | db-credentials-1 | -
bypass | true | -
compass | north1234 | -
TOKEN | a81f2c9d | token
GITHUB_TOKEN | abc123def | token
accessToken | abc123def | token
bearer_token | Bearer 9sdf8g7h | token
authtoken | 6f1d4a7e-2b0c-4f3b-9a51-0e6f7c2d8b94 | token
SLACK_BOT_TOKEN | not-a-real-one-1 | token
TOKEN_TTL | 3600 | -
TOKEN_TTL | 24h | -
TOKEN_EXPIRATION | 1h30m | -
TOKEN | 24h | -
TOKEN_FILE | /var/run/secrets/token | -
TOKEN_PATH | /var/run/secrets/token | -
TOKEN_URL | https://auth.example.com/token | -
TOKEN_ISSUER | https://auth.example.com | -
tokenReviews | 12345 | -
tokenreviews | authentication.k8s.io | -
MAX_TOKENS | 4096 | -
max_tokens | 200000 | -
tokens | 4096 | -
TOKENIZERS_PARALLELISM | false | -
TOKENIZER | meta-llama/Llama-2-7b | -
token_type | Bearer | -
TOKEN | Bearer | -
automountServiceAccountToken | false | -
serviceAccountTokenExpirationSeconds | 3607 | -
TOKEN_AUDIENCE | api.example.com | -
CLIENT_SECRET | 8f246b77-f3e1-4f88-9b48-8ec93abf3e05 | secret
clientSecret | abc123 | secret
SECRET | hunter2 | secret
APP_SECRET | changeme | secret
JWT_SECRET | my$ecretValue | secret
webhookSecret | Wq3xZ8vN1m | secret
SECRET_NAME | db | -
secretName | db-credentials | -
existingSecret | grafana-admin | -
tlsSecret | Web1 | -
imagePullSecret | regcred | -
secret | my-app-secret | -
secretRef | db | -
DB_SECRET | db-credentials | -
nginx.ingress.kubernetes.io/auth-tls-secret | default/ca-secret | -
nginx.ingress.kubernetes.io/auth-secret | basic-auth | -
vault.hashicorp.com/agent-inject-secret-db-creds | database/creds/db-app | -
SECRET_STORE | vault-backend-1 | -
SECRETS_PATH | secret/data/app | -
secretProviderClass | azure-kv1 | -
API_KEY | abc123def | api-key
apiKey | 3f9a1c77 | api-key
X-API-Key | Zm9vYmFy1 | api-key
openai_apikey | abc123 | api-key
APIKEY_HEADER | X-Api-Key-1 | -
API_KEY_ID | 3f9a1c77b0 | -
apiKey | <your key> | -
MONKEY | abc123def456 | -
KEYBOARD | qwerty12345 | -
turkey | abc123def456 | -
HOCKEY_TEAM | abc123def456 | -
KEY_PATH | /etc/tls/key.pem | -
TLS_KEY | /etc/tls/tls.key | -
TLS_KEY_FILE | tls.key | -
key | node-role.kubernetes.io/control-plane | -
key | password | -
key | app.kubernetes.io/name | -
key | xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYi | random-value
topologyKey | kubernetes.io/hostname | -
PARTITION_KEY | customerId | -
publicKey | MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7q | -
SSH_PUBLIC_KEY | ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2mXo9p3Q7r5s1t8u4vWxYz a@b | -
ENCRYPTION_KEY | 4Qv9Zk2mX7tR1pL5sW8yD3fH6jN0cGaE | encryption-key
SIGNING_KEY | abc123 | encryption-key
SECRET_KEY_BASE | 3f9a1c77b0e2d355 | encryption-key
SECRET_KEY | django-insecure-1a2b | access-key
MINIO_ACCESS_KEY | minio123 | access-key
secretKey | username | -
PRIVATE_KEY | MIIEvQIBADAN1x | private-key
SSH_PRIVATE_KEY_PATH | /root/.ssh/id_rsa | -
CREDENTIALS | admin:hunter2 | credentials
GOOGLE_APPLICATION_CREDENTIALS | /var/secrets/google/key.json | -
credentialsSecret | cloud-credentials | -
useServiceAccountCredentials | true | -
CONNECTION_STRING | Server=db;User Id=app;Password=hunter2; | connection-string
ConnectionStrings__Default | Server=db;Integrated Security=true | -
DATABASE_URL | postgres://db:5432/app | -
SENTRY_DSN | https://sentry.example.com/4 | -
TOKEN | https://example.com/ | -
checksum/config | 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b | -
checksum/secret | 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b | -
secretChecksum | 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b | -
IMAGE | app@sha256:01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b | -
uid | 6f1d4a7e-2b0c-4f3b-9a51-0e6f7c2d8b94 | -
GIT_COMMIT | 3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77 | -
caBundle | LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUM= | -
password.description | The password of the user. | -
config.yaml | password: hunter2 | -
credentials.json | {} | -
ADMIN_EMAIL | admin@example.com | -
TOKEN | admin@example.com | -
kubernetes.io/service-account.name | default | -
cert-manager.io/private-key-secret-name | web-key-1 | -
helm.sh/hook | pre-install1 | -
AUTH | basic | -
AUTH_TYPE | token1234 | -
AUTHORIZATION | Bearer $(TOKEN) | -
LOG_LEVEL | info | -
SESSION_COOKIE | a81f2c9d | cookie
COOKIE_NAME | a81f2c9d | -
hash | 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b | -
pod-template-hash | 7d4b9c6f5d | -
license | Apache-2.0 | -
TOKEN_GITHUB | q2w3e4r5t6y7u8i9o0 | token
PASSWORD_PROD | Tiger#2024 | password
token-rotation | weekly | -
initial-cluster-token | etcd-cluster-1 | -
continueToken | abc123def | -
dataKey | dataValue1 | -";

#[test]
fn names_and_values_together_tell() {
    let mut problems = Vec::new();
    let mut count = 0;
    for line in CASES.lines() {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [name, value, expected] = parts[..] else { panic!("{line}") };
        let found = judge_named(name, value).map_or("-", |kind| kind.id());
        if found != expected {
            problems.push(format!("{name} = {value}: {found}, not {expected}"));
        }
        count += 1;
    }
    assert!(count >= 120, "{count}");
    assert!(problems.is_empty(), "{} of {count}\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn formats_tell_under_any_name() {
    let check = |name: &str, value: &str, expected: &str| {
        assert_eq!(judge_named(name, value).map(|kind| kind.id()), Some(expected), "{value}");
    };
    let token = concat!("ghp", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3");
    check("anything", token, "github-token");
    check("PASSWORD_FILE", token, "github-token");
    check("", token, "github-token");
    check("DD_API_KEY", "3f9a1c77b0e2d35568aabb0119cc4e8d", "datadog-key");
    check("DATABASE_PASSWORD", concat!("postgres://app:", "hunter2@db/app"), "password");
}
