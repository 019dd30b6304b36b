//! Clouds and platforms.

use super::rows;
use crate::credentials::custom;
use crate::credentials::shape::{
    Matcher, Part, alnum, base64, dotted, hex, lower, upper, url64, uuid,
};
use Matcher::{Custom, Named, Prefixed};
use Part::{Run, Text};

rows! {
    // AWS IAM user guide, "Unique identifiers".
    "aws-access-key-id", "an AWS access key id",
    Prefixed(&["AKIA", "ASIA", "ABIA", "ACCA"], &[Run(upper, 16, 16)]);
    finds [concat!("AKIA", "Q3EGRDF7SLPT4NBC"), concat!("AWS_ACCESS_KEY_ID=ASIA", "2QV5WJYK7XRM3HTD")]
    passes ["AKIAIOSFODNN7EXAMPLE", "AKIA", concat!("AKIA", "Q3EGRDF7SLPT4NB"), concat!("XAKIA", "Q3EGRDF7SLPT4NBC"), "AKIAXXXXXXXXXXXXXXXX"]

    "aws-secret-key", "an AWS secret access key",
    Named(&[&["aws", "secret"], &["secret", "accesskey"], &["aws", "key"], &["s3", "secret"]], &[Run(base64, 40, 40)]);
    finds [concat!("AWS_SECRET_ACCESS_KEY: ", "kB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aE/uXoYiV"), concat!("aws_secret_access_key = ", "kB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aE/uXoYiV")]
    passes [concat!("checksum: ", "kB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aE/uXoYiV"), "AWS_SECRET_ACCESS_KEY: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY: $(AWS_SECRET)"]

    "aws-session-token", "an AWS session token",
    Named(&[&["aws", "sessiontoken"]], &[Run(base64, 100, 4096)]);
    finds [concat!("AWS_SESSION_TOKEN=", "IQoJb3JpZ2luX2VjEJr3aLpWx9KdTz5Rm7Qs1Nv8Yc4Bg6Hf2Ju0Oe3Pi5Ak7Wl9DqXs1", "Zt4Vb6Nm8Rg2Ky5Fh7Jc0Lp3Oe9Iw1Ua6Sd4Xq8Tv2Bn5Mk7")]
    passes ["AWS_SESSION_TOKEN=short"]

    "aws-bedrock-key", "an Amazon Bedrock API key",
    Prefixed(&["ABSKQmVkcm9ja0FQSUtleS"], &[Run(base64, 80, 300)]);
    finds [concat!("ABSKQmVkcm9ja0FQSUtleS", "1hYmMtYXQtMTIzNDU2Nzg5MDEyOkdWd3hZejEyMzQ1Njc4OTBhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3g=")]
    passes ["ABSKQmVkcm9ja0FQSUtleS1h"]

    "gcp-api-key", "a Google API key",
    Prefixed(&["AIza"], &[Run(url64, 35, 35)]);
    finds [concat!("AIza", "SyD3kF9mQ7xT1vB5nL8pR2wZ6cH4jG0sYuE")]
    passes [concat!("AIza", "SyD3kF9mQ7"), concat!("AIza", "SyD3kF9mQ7xT1vB5nL8pR2wZ6cH4jG0sYuExx")]

    "gcp-oauth-secret", "a Google OAuth client secret",
    Prefixed(&["GOCSPX-"], &[Run(url64, 28, 28)]);
    finds [concat!("GOCSPX-", "r7Kd2mQx9Tz4Vb6Nj1Lp8Wc3Hs5g")]
    passes ["GOCSPX-abc"]

    "gcp-access-token", "a Google OAuth access token",
    Prefixed(&["ya29."], &[Run(dotted, 30, 2048)]);
    finds [concat!("ya29.", "a0AfB_byC7xQ2mT9vKd4Rz6Nj1Lp8Wc3Hs5gYu")]
    passes ["ya29.x"]

    "gcp-storage-key", "a Google Cloud Storage HMAC key",
    Named(&[&["gcs", "secret"], &["goog", "secret"]], &[Run(base64, 40, 40)]);
    finds [concat!("GCS_SECRET_KEY=", "kB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aE/uXoYiV")]
    passes ["GCS_BUCKET=kB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aE/uXoYiV"]

    "azure-storage-key", "an Azure storage account key",
    Named(&[&["account", "accountkey"], &["storage", "key"]], &[Run(base64, 86, 88)]);
    finds [concat!("DefaultEndpointsProtocol=https;AccountName=x;AccountKey=", "4Qv9Zk2mX7tR1pL5sW8yD3fH6jN0cG+aE/uXoYiVbB3vT9xQ7mLz1pR5sW8yD2fH", "6jN4cG0aE/uXoYiVkB3v==", ";EndpointSuffix=core.windows.net")]
    passes ["AccountKey=abc", "AccountName=storage1"]

    "azure-shared-access-key", "an Azure shared access key",
    Named(&[&["shared", "sharedaccesskey"]], &[Run(base64, 43, 44)]);
    finds [concat!("Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=", "4Qv9Zk2mX7tR1pL5sW8yD3fH6jN0cGaE+uXoYiVbB3w=")]
    passes ["SharedAccessKeyName=RootManageSharedAccessKey"]

    "azure-sas", "an Azure shared access signature",
    Custom(&["sig="], custom::shared_signature);
    finds [concat!("https://x.blob.core.windows.net/c?sv=2022-11-02&se=2030-01-01&sp=r&sig=", "4Qv9Zk2mX7tR1pL5sW8yD3fH6jN0cGaE%2BuXoYiVbB3w%3D")]
    passes ["https://x/?sig=abc", "sig=4Qv9Zk2mX7tR1pL5sW8yD3fH6jN0cGaE"]

    // Entra ID: three characters, a digit, `Q~`.
    "azure-client-secret", "an Entra ID client secret",
    Custom(&["8Q~", "7Q~", "9Q~", "6Q~"], custom::client_secret);
    finds [concat!("abc", "8Q~", "xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3"), concat!("AZURE_CLIENT_SECRET=.ab", "8Q~", "xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB")]
    passes ["8Q~", "abc8Q~short"]

    "azure-devops-token", "an Azure DevOps token",
    Named(&[&["azure", "token"], &["azp", "token"], &["ado", "pat"]], &[Run(lower, 52, 52)]);
    finds [concat!("AZP_TOKEN=", "abx3k7m9q2w5e8r1t4y6u0i3o7p2a5s8d1f4g6h9j2k5l8z3x7c1")]
    passes ["AZP_TOKEN=abc", "AZP_URL=abx3k7m9q2w5e8r1t4y6u0i3o7p2a5s8d1f4g6h9j2k5l8z3x7c1"]

    "digitalocean-token", "a DigitalOcean token",
    Prefixed(&["dop_v1_", "doo_v1_", "dor_v1_"], &[Run(hex, 64, 64)]);
    finds [concat!("dop_v1_", "3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["dop_v1_3f9a"]

    "alibaba-access-key-id", "an Alibaba Cloud access key id",
    Prefixed(&["LTAI"], &[Run(alnum, 16, 20)]);
    finds [concat!("LTAI", "5tQx9Kd2Rz6Nj1Lp8Wc3")]
    passes ["LTAI5t"]

    "tencent-secret-id", "a Tencent Cloud secret id",
    Prefixed(&["AKID"], &[Run(alnum, 32, 32)]);
    finds [concat!("AKID", "z8krbsJ5yKBZQpn74WFkmLPx3gnPhESA")]
    passes ["AKIDz8"]

    "ibm-api-key", "an IBM Cloud API key",
    Named(&[&["ibm", "key"], &["ic", "apikey"]], &[Run(url64, 44, 44)]);
    finds [concat!("IBMCLOUD_API_KEY=", "xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9xQ7m")]
    passes ["IBMCLOUD_REGION=xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9xQ7m", "IBM_API_KEY=x"]

    "yandex-key", "a Yandex Cloud key",
    Prefixed(&["AQVN"], &[Run(url64, 34, 37)]);
    finds [concat!("AQVN", "xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB")]
    passes ["AQVNx"]

    "cloudflare-token", "a Cloudflare API token",
    Named(&[&["cloudflare", "token"], &["cf", "apitoken"], &["cloudflare", "key"]], &[Run(url64, 37, 40)]);
    finds [concat!("CF_API_TOKEN: ", "xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9"), concat!("CLOUDFLARE_API_KEY=", "3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1")]
    passes ["CF_API_TOKEN: x", "CF_ZONE_ID: xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9"]

    "cloudflare-origin-key", "a Cloudflare origin CA key",
    Prefixed(&["v1.0-"], &[Run(hex, 24, 24), Text("-"), Run(hex, 146, 146)]);
    finds [concat!("v1.0-", "3f9a1c77b0e2d35568aabb01", "-", "3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0", "e2d35568aabb0119cc4e8d3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d3556a")]
    passes ["v1.0-3f9a1c77b0e2d35568aabb01"]

    "heroku-key", "a Heroku API key",
    Prefixed(&["HRKU-"], &[Run(url64, 36, 64)]);
    finds [concat!("HRKU-", "8f246b77-f3e1-ff88-5b48-8ec93abf3e05")]
    passes ["HRKU-x"]

    "heroku-legacy-key", "a Heroku API key",
    Named(&[&["heroku", "key"], &["heroku", "token"]], &[Run(uuid, 36, 36)]);
    finds [concat!("HEROKU_API_KEY=", "8f246b77-f3e1-ff88-5b48-8ec93abf3e05")]
    passes ["HEROKU_APP_ID=8f246b77-f3e1-ff88-5b48-8ec93abf3e05"]

    "fly-token", "a Fly.io token",
    Prefixed(&["FlyV1 fm2_", "fo1_"], &[Run(dotted64, 40, 2048)]);
    finds [concat!("fo1_", "xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9xQ7")]
    passes ["fo1_x"]

    "scaleway-key", "a Scaleway secret key",
    Named(&[&["scw", "secret"], &["scaleway", "secret"]], &[Run(uuid, 36, 36)]);
    finds [concat!("SCW_SECRET_KEY=", "8f246b77-f3e1-4f88-9b48-8ec93abf3e05")]
    passes ["SCW_DEFAULT_PROJECT_ID=8f246b77-f3e1-4f88-9b48-8ec93abf3e05"]

    "hetzner-token", "a Hetzner Cloud token",
    Named(&[&["hcloud", "token"], &["hetzner", "token"]], &[Run(alnum, 64, 64)]);
    finds [concat!("HCLOUD_TOKEN=", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0")]
    passes ["HCLOUD_NETWORK=abc"]

    "linode-token", "a Linode token",
    Named(&[&["linode", "token"]], &[Run(hex, 64, 64)]);
    finds [concat!("LINODE_TOKEN=", "3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["LINODE_REGION=3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d35568aabb0119cc4e8d"]

    "databricks-token", "a Databricks token",
    Prefixed(&["dapi"], &[Run(hex, 32, 32)]);
    finds [concat!("dapi", "3f9a1c77b0e2d35568aabb0119cc4e8d"), concat!("dapi", "3f9a1c77b0e2d35568aabb0119cc4e8d", "-2")]
    passes ["dapi3f9a"]

    "firebase-server-key", "a Firebase Cloud Messaging key",
    Prefixed(&["AAAA"], &[Run(url64, 7, 7), Text(":APA91b"), Run(url64, 134, 140)]);
    finds [concat!("AAAA", "xQ7mLz1", ":APA91b", "xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aE", "xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aE")]
    passes ["AAAAB3NzaC1yc2EAAAADAQABAAABgQ"]

    "twilio-key", "a Twilio API key",
    Prefixed(&["SK"], &[Run(hex, 32, 32)]);
    finds [concat!("SK", "3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["SK3f9a", concat!("TASK", "3f9a1c77b0e2d35568aabb0119cc4e8d"), concat!("SK", "3F9A1C77B0E2D35568AABB0119CC4E8D")]

    "twilio-auth-token", "a Twilio auth token",
    Named(&[&["twilio", "token"], &["twilio", "secret"]], &[Run(hex, 32, 32)]);
    finds [concat!("TWILIO_AUTH_TOKEN=", "3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["TWILIO_ACCOUNT_SID=3f9a1c77b0e2d35568aabb0119cc4e8d"]

    "telegram-token", "a Telegram bot token",
    Custom(&[":AA"], custom::telegram_token);
    finds [concat!("5712345678", ":AA", "HxQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoY")]
    passes ["12:AAH", ":AAHxQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoY", "sha:AA"]

    "ovh-key", "an OVHcloud application secret",
    Named(&[&["ovh", "secret"], &["ovh", "consumerkey"]], &[Run(alnum, 32, 32)]);
    finds [concat!("OVH_APPLICATION_SECRET=", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYi")]
    passes ["OVH_ENDPOINT=ovh-eu"]

    "facebook-token", "a Facebook access token",
    Prefixed(&["EAAC", "EAAG", "EAAB"], &[Run(alnum, 80, 400)]);
    finds [concat!("EAAC", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1")]
    passes ["EAACx"]

    "pagerduty-key", "a PagerDuty key",
    Named(&[&["pagerduty", "key"], &["pagerduty", "token"]], &[Run(url64plus, 20, 32)]);
    finds [concat!("PAGERDUTY_API_KEY=", "u+x7QmLz1pR5sW8yD2fH")]
    passes ["PAGERDUTY_SERVICE=u+x7QmLz1pR5sW8yD2fH", "PAGERDUTY_API_KEY=x"]
}

fn dotted64(byte: u8) -> bool {
    base64(byte) || matches!(byte, b'_' | b'-' | b',')
}

fn url64plus(byte: u8) -> bool {
    url64(byte) || byte == b'+'
}
