//! Services that programs talk to.

use super::rows;
use crate::credentials::custom;
use crate::credentials::shape::{
    Matcher, Part, alnum, base64, digit, dotted, hex, lower, upper, url64, uuid, word,
};
use Matcher::{Custom, Dotted, Named, Prefixed};
use Part::{Run, Text};

rows! {
    "slack-token", "a Slack token",
    Prefixed(&["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxc-", "xoxd-", "xoxe.", "xapp-"], &[Run(dotted, 20, 300)]);
    finds [concat!("xox", "b-2345678901-2345678901234-xQ7mLz1pR5sW8yD2fH6jN4cG"), concat!("xap", "p-1-A02ABCDEFGH-2345678901234-3f9a1c77b0e2d355")]
    passes ["xoxb-", "xoxb-your-token", "xapp-1"]

    "slack-webhook", "a Slack webhook",
    Prefixed(&["hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/"], &[Run(path, 24, 200)]);
    finds [concat!("https://hooks.slack.com/", "services/T02ABCDEF/B03GHIJKL/xQ7mLz1pR5sW8yD2fH6jN4cG")]
    passes ["https://hooks.slack.com/services/", "https://hooks.slack.com/services/XXX/XXX/XXXXXXXXXXXXXXXXX"]

    "discord-webhook", "a Discord webhook",
    Prefixed(&["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"], &[Run(digit, 17, 20), Text("/"), Run(url64, 60, 72)]);
    finds [concat!("https://discord.com/api/", "webhooks/1099511627776000123/xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aEu")]
    passes ["https://discord.com/api/webhooks/"]

    "discord-token", "a Discord bot token",
    Dotted(custom::discord_token);
    finds [concat!("MTA5OTUxMTYyNzc3NjAwMDEyMw", ".GxQ7mL.", "z1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7m")]
    passes ["MTA5.GxQ7mL.z1pR5", "a.b.c"]

    "teams-webhook", "a Microsoft Teams webhook",
    Prefixed(&["webhook.office.com/webhookb2/"], &[Run(path, 60, 300)]);
    finds [concat!("https://corp.webhook.office.com/", "webhookb2/8f246b77-f3e1-4f88-9b48-8ec93abf3e05@8f246b77-f3e1-4f88-9b48-8ec93abf3e05/IncomingWebhook/3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["https://corp.webhook.office.com/webhookb2/x"]

    "stripe-key", "a Stripe key",
    Prefixed(&["sk_live_", "sk_test_", "rk_live_", "rk_test_", "sk_prod_", "rk_prod_"], &[Run(alnum, 16, 250)]);
    finds [concat!("sk", "_live_xQ7mLz1pR5sW8yD2fH6jN4cG"), concat!("rk", "_test_xQ7mLz1pR5sW8yD2fH6jN4cG")]
    passes ["sk_live_x", concat!("pk", "_live_xQ7mLz1pR5sW8yD2fH6jN4cG")]

    "stripe-webhook-secret", "a Stripe webhook secret",
    Prefixed(&["whsec_"], &[Run(base64, 32, 80)]);
    finds [concat!("whsec", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYi")]
    passes ["whsec_x"]

    "sendgrid-key", "a SendGrid key",
    Prefixed(&["SG."], &[Run(url64, 22, 22), Text("."), Run(url64, 43, 43)]);
    finds [concat!("SG", ".xQ7mLz1pR5sW8yD2fH6jN4.cG0aE-uXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0")]
    passes ["SG.x.y", "MSG.xQ7mLz1pR5sW8yD2fH6jN4"]

    "mailgun-key", "a Mailgun key",
    Prefixed(&["key-"], &[Run(hex, 32, 32)]);
    finds [concat!("key-", "3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["key-3f9a", "key-rotation"]

    "mailchimp-key", "a Mailchimp key",
    Named(&[&["mailchimp", "key"], &["mandrill", "key"]], &[Run(hex, 32, 32), Text("-us"), Run(digit, 1, 2)]);
    finds [concat!("MAILCHIMP_API_KEY=", "3f9a1c77b0e2d35568aabb0119cc4e8d", "-us12")]
    passes ["MAILCHIMP_LIST=3f9a1c77b0e2d35568aabb0119cc4e8d-us12"]

    "brevo-key", "a Brevo key",
    Prefixed(&["xkeysib-"], &[Run(hex, 64, 64), Text("-"), Run(alnum, 16, 16)]);
    finds [concat!("xkeysib-", "3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d35568aabb0119cc4e8d", "-xQ7mLz1pR5sW8yD2")]
    passes ["xkeysib-x"]

    "postmark-token", "a Postmark token",
    Named(&[&["postmark", "token"]], &[Run(uuid, 36, 36)]);
    finds [concat!("POSTMARK_SERVER_TOKEN=", "8f246b77-f3e1-4f88-9b48-8ec93abf3e05")]
    passes ["POSTMARK_STREAM=8f246b77-f3e1-4f88-9b48-8ec93abf3e05"]

    "shopify-token", "a Shopify token",
    Prefixed(&["shpat_", "shpca_", "shppa_", "shpss_"], &[Run(hexes, 32, 32)]);
    finds [concat!("shpat", "_3f9a1c77b0e2d35568aabb0119cc4e8d"), concat!("shpss", "_3F9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["shpat_x"]

    "square-token", "a Square token",
    Prefixed(&["sq0atp-", "sq0csp-", "sq0idp-"], &[Run(url64, 22, 60)]);
    finds [concat!("sq0atp", "-xQ7mLz1pR5sW8yD2fH6jN4"), concat!("sq0csp", "-xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7")]
    passes ["sq0atp-x"]

    "square-access-token", "a Square token",
    Prefixed(&["EAAAE", "EAAAF"], &[Run(url64, 59, 59)]);
    finds [concat!("EAAAE", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6j")]
    passes ["EAAAEx"]

    "paypal-token", "a Braintree access token",
    Prefixed(&["access_token$production$", "access_token$sandbox$"], &[Run(lower, 16, 16), Text("$"), Run(hex, 32, 32)]);
    finds [concat!("access_token$", "production$abx3k7m9q2w5e8r1$3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["access_token$production$x"]

    "openai-key", "an OpenAI key",
    Prefixed(&["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"], &[Run(url64, 40, 256)]);
    finds [concat!("sk-", "proj-xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7T3BlbkFJxQ7mLz1pR5sW8y")]
    passes ["sk-proj-x", "sk-project-name"]

    "openai-legacy-key", "an OpenAI key",
    Prefixed(&["sk-"], &[Run(alnum, 48, 48)]);
    finds [concat!("sk", "-xQ7mLz1pR5sW8yD2fH6jT3BlbkFJxQ7mLz1pR5sW8yD2fH6j")]
    passes ["sk-x", "task-xQ7mLz1pR5sW8yD2fH6j"]

    "anthropic-key", "an Anthropic key",
    Prefixed(&["sk-ant-"], &[Run(url64, 80, 120)]);
    finds [concat!("sk-", "ant-api03-xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pAA")]
    passes ["sk-ant-api03"]

    "openrouter-key", "an OpenRouter key",
    Prefixed(&["sk-or-v1-"], &[Run(hex, 64, 64)]);
    finds [concat!("sk-or", "-v1-3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["sk-or-v1-x"]

    "hugging-face-token", "a Hugging Face token",
    Prefixed(&["hf_", "api_org_"], &[Run(alnum, 34, 34)]);
    finds [concat!("hf", "_xQmLzpRsWyDfHjNcGaEuXoYiVkBvTxQmLz")]
    passes ["hf_home", "hf_xQ7", "shf_xQmLzpRsWyDfHjNcGaEuXoYiVkBvTxQmLz"]

    "groq-key", "a Groq key",
    Prefixed(&["gsk_"], &[Run(alnum, 52, 52)]);
    finds [concat!("gsk", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8")]
    passes ["gsk_x"]

    "perplexity-key", "a Perplexity key",
    Prefixed(&["pplx-"], &[Run(alnum, 48, 48)]);
    finds [concat!("pplx-", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR")]
    passes ["pplx-x"]

    "replicate-token", "a Replicate token",
    Prefixed(&["r8_"], &[Run(alnum, 37, 37)]);
    finds [concat!("r8", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3v")]
    passes ["r8_x"]

    "xai-key", "an xAI key",
    Prefixed(&["xai-"], &[Run(alnum, 80, 80)]);
    finds [concat!("xai-", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ")]
    passes ["xai-x"]

    "datadog-key", "a Datadog key",
    Named(&[&["datadog", "key"], &["dd", "apikey"], &["dd", "appkey"]], &[Run(hex, 32, 40)]);
    finds [concat!("DD_API_KEY=", "3f9a1c77b0e2d35568aabb0119cc4e8d"), concat!("datadog_app_key: ", "3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77")]
    passes ["DD_SITE=datadoghq.com", "add_host: 3f9a1c77b0e2d35568aabb0119cc4e8d", "DD_API_KEY=x"]

    "new-relic-key", "a New Relic key",
    Prefixed(&["NRAK-", "NRII-", "NRJS-", "NRIQ-", "NRRA-", "NRSP-"], &[Run(base64dash, 19, 48)]);
    finds [concat!("NRAK-", "Q3EGRDF7SLPT4NBC2QV5WJYK7XR"), concat!("NRJS-", "3f9a1c77b0e2d355681")]
    passes ["NRAK-X"]

    "new-relic-license", "a New Relic license key",
    Custom(&["NRAL"], custom::new_relic_license);
    finds [concat!("3f9a1c77b0e2d35568aabb0119cc4e8dFFFF", "NRAL"), concat!("eu01xx77b0e2d35568aabb0119cc4e8dFFFF", "NRAL")]
    passes ["NRAL", "xNRAL", "3f9a1c77NRAL"]

    "grafana-token", "a Grafana token",
    Prefixed(&["glsa_"], &[Run(alnum, 32, 32), Text("_"), Run(hexes, 8, 8)]);
    finds [concat!("glsa", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYi_3f9a1c77")]
    passes ["glsa_x"]

    "grafana-cloud-token", "a Grafana Cloud token",
    Prefixed(&["glc_"], &[Run(base64, 32, 400)]);
    finds [concat!("glc", "_eyJvIjoiMTIzIiwibiI6ImEiLCJrIjoieFE3bUx6MXBSNXNXIn0=")]
    passes ["glc_x"]

    "dynatrace-token", "a Dynatrace token",
    Prefixed(&["dt0c01.", "dt0s16.", "dt0s01."], &[Run(upper, 8, 24), Text("."), Run(upper, 64, 64)]);
    finds [concat!("dt0c01", ".Q3EGRDF7SLPT4NBC2QV5WJYK.", "Q3EGRDF7SLPT4NBC2QV5WJYK7XRM3HTDQ3EGRDF7SLPT4NBC2QV5WJYK7XRM3HTD")]
    passes ["dt0c01.x"]

    "sentry-token", "a Sentry token",
    Prefixed(&["sntrys_", "sntryu_"], &[Run(base64under, 60, 400)]);
    finds [concat!("sntryu", "_3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["sntryu_x"]

    "elastic-key", "an Elastic API key",
    Named(&[&["elastic", "key"]], &[Run(base64, 48, 80)]);
    finds [concat!("ELASTIC_API_KEY=", "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==")]
    passes ["ELASTIC_URL=VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw=="]

    "confluent-secret", "a Confluent API secret",
    Named(&[&["confluent", "secret"], &["ccloud", "secret"]], &[Run(base64, 64, 64)]);
    finds [concat!("CONFLUENT_API_SECRET=", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0")]
    passes ["CONFLUENT_CLUSTER=lkc-123"]

    "okta-token", "an Okta token",
    Named(&[&["okta", "token"], &["okta", "key"]], &[Text("00"), Run(url64, 40, 40)]);
    finds [concat!("OKTA_API_TOKEN=00", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9x")]
    passes ["OKTA_ORG=00xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9x"]

    "launchdarkly-key", "a LaunchDarkly key",
    Prefixed(&["sdk-", "api-"], &[Run(hex, 8, 8), Text("-"), Run(hex, 4, 4), Text("-4"), Run(hex, 3, 3), Text("-"), Run(hex, 4, 4), Text("-"), Run(hex, 12, 12)]);
    finds [concat!("sdk-", "8f246b77-f3e1-4f88-9b48-8ec93abf3e05")]
    passes ["sdk-8f246b77", "api-server-8f246b77-f3e1"]

    "airtable-token", "an Airtable token",
    Prefixed(&["pat"], &[Run(alnum, 14, 14), Text("."), Run(hex, 64, 64)]);
    finds [concat!("pat", "xQ7mLz1pR5sW8y", ".3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["path", "patxQ7mLz1pR5sW8y.x"]

    "notion-token", "a Notion token",
    Prefixed(&["ntn_"], &[Run(alnum, 43, 50)]);
    finds [concat!("ntn", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1")]
    passes ["ntn_x"]

    "linear-key", "a Linear key",
    Prefixed(&["lin_api_", "lin_oauth_"], &[Run(alnum, 40, 64)]);
    finds [concat!("lin_", "api_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9x")]
    passes ["lin_api_x"]

    "figma-token", "a Figma token",
    Prefixed(&["figd_"], &[Run(url64, 40, 60)]);
    finds [concat!("figd", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9x")]
    passes ["figd_x"]

    "postman-key", "a Postman key",
    Prefixed(&["PMAK-"], &[Run(hex, 24, 24), Text("-"), Run(hex, 34, 34)]);
    finds [concat!("PMAK-", "3f9a1c77b0e2d35568aabb01-19cc4e8d3f9a1c77b0e2d35568aabb0119")]
    passes ["PMAK-x"]

    "mapbox-token", "a Mapbox secret token",
    Prefixed(&["sk.eyJ"], &[Run(url64, 60, 250), Text("."), Run(url64, 22, 22)]);
    finds [concat!("sk", ".eyJ1IjoiY29ycCIsImEiOiJjbGFiY2RlZmdoMDEyM2FiY2RlZmdoMDEyM2FiY2RlIn0.xQ7mLz1pR5sW8yD2fH6jN4")]
    passes ["sk.eyJ"]

    "contentful-token", "a Contentful token",
    Prefixed(&["CFPAT-"], &[Run(url64, 43, 43)]);
    finds [concat!("CFPAT-", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7m")]
    passes ["CFPAT-x"]

    "asana-token", "an Asana token",
    Named(&[&["asana", "token"], &["asana", "secret"]], &[Run(colons, 32, 64)]);
    finds [concat!("ASANA_TOKEN=", "2/1199511627776/1208925819614:3f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["ASANA_PROJECT=1208925819614"]
}

fn path(byte: u8) -> bool {
    word(byte) || matches!(byte, b'/' | b'-' | b'@')
}

fn colons(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b':')
}

fn hexes(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn base64dash(byte: u8) -> bool {
    url64(byte) || byte == b'+' || byte == b'/'
}

fn base64under(byte: u8) -> bool {
    base64(byte) || byte == b'_'
}
