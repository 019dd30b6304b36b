//! Where code is kept, built and published.

use super::rows;
use crate::credentials::shape::{Matcher, Part, alnum, dotted, hex, lower, url64, uuid, word};
use Matcher::{Named, Prefixed};
use Part::{Run, Text};

rows! {
    // GitHub: "About authentication to GitHub", token formats.
    "github-token", "a GitHub token",
    Prefixed(&["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], &[Run(word, 36, 255)]);
    finds [
        concat!("ghp", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3"), concat!("gho", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3"),
        concat!("ghu", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3"), concat!("ghs", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3"),
        concat!("ghr", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3"), concat!("token=\"ghp", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3\""),
        concat!("a\\nghp", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3\\n"),
    ]
    passes ["ghp_short", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", concat!("aghp", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3")]

    "github-fine-grained-token", "a GitHub token",
    Prefixed(&["github_pat_"], &[Run(word, 60, 255)]);
    finds [concat!("github_", "pat_11ABCDEFG0xQ7mLz1pR5sW_8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB")]
    passes ["github_pat_11ABC"]

    // GitLab: "Token prefixes" of its security documentation.
    "gitlab-token", "a GitLab token",
    Prefixed(
        &["glpat-", "gloas-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-", "glffct-", "glwt-"],
        &[Run(dotted, 20, 300)]
    );
    finds [
        concat!("glp", "at-xQ7mLz1pR5sW8yD2fH6j"), concat!("gld", "t-xQ7mLz1pR5sW8yD2fH6j"), concat!("glr", "t-xQ7mLz1pR5sW8yD2fH6j"),
        concat!("glp", "at-xQ7mLz1pR5sW8yD2fH6jN4cG0aE.01.0w1abcdef"), concat!("glagent", "-xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5"),
    ]
    passes ["glpat-short", "glrt-"]

    "bitbucket-token", "a Bitbucket app password",
    Prefixed(&["ATBB"], &[Run(alnum, 32, 32)]);
    finds [concat!("ATBB", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYi")]
    passes ["ATBBx"]

    "atlassian-token", "an Atlassian API token",
    Prefixed(&["ATATT3xFfGF0", "ATCTT3xFfGN0"], &[Run(base64url, 100, 300)]);
    finds [concat!("ATATT3xFfGF0", "xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0aE_xQ7mLz1pR5sW8yD2fH6jN4cG0aE-uXoYiVkB3vT9=A1B2C3D4")]
    passes ["ATATT3xFfGF0x"]

    "npm-token", "an npm token",
    Prefixed(&["npm_"], &[Run(alnum, 36, 36)]);
    finds [concat!("npm", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3"), concat!("//registry.npmjs.org/:_authToken=npm", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3")]
    passes ["npm_config_registry", "npm_package_config_something_very_long_indeed"]

    "pypi-token", "a PyPI token",
    Prefixed(&["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"], &[Run(url64, 50, 1000)]);
    finds [concat!("pypi-", "AgEIcHlwaS5vcmcCJDhmMjQ2Yjc3LWYzZTEtNGY4OC05YjQ4LThlYzkzYWJmM2UwNQACKlszLCJkOTk")]
    passes ["pypi-AgEI", "pypi-server"]

    "rubygems-key", "a RubyGems key",
    Prefixed(&["rubygems_"], &[Run(hex, 48, 48)]);
    finds [concat!("rubygems", "_3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77b0e2d355")]
    passes ["rubygems_mirror"]

    "crates-io-token", "a crates.io token",
    Prefixed(&["cio"], &[Run(alnum, 32, 32)]);
    finds [concat!("cio", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYi")]
    passes ["cio", "precioxQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYi"]

    "nuget-key", "a NuGet key",
    Prefixed(&["oy2"], &[Run(lower, 43, 43)]);
    finds [concat!("oy2", "abx3k7m9q2w5e8r1t4y6u0i3o7p2a5s8d1f4g6h9j2k")]
    passes ["oy2abc"]

    "docker-hub-token", "a Docker Hub token",
    Prefixed(&["dckr_pat_", "dckr_oat_"], &[Run(url64, 24, 40)]);
    finds [concat!("dckr_", "pat_xQ7mLz1pR5sW8yD2fH6jN4cG0aE"), concat!("dckr_", "oat_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYi")]
    passes ["dckr_pat_x"]

    "artifactory-key", "an Artifactory key",
    Prefixed(&["AKCp"], &[Run(alnum, 60, 80)]);
    finds [concat!("AKCp", "8xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0a")]
    passes ["AKCp8x"]

    // `reftkn:` in Base64.
    "artifactory-token", "an Artifactory reference token",
    Prefixed(&["cmVmdGtuOj"], &[Run(alnum, 54, 54)]);
    finds [concat!("cmVmdGtuOj", "AxOjE3MjQ4MjY1MDI6xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3")]
    passes ["cmVmdGtuOjA"]

    "terraform-token", "a Terraform Cloud token",
    Named(&[&["terraform", "token"], &["tf", "token"], &["tfe", "token"], &["token"]], &[Run(alnum, 14, 14), Text(".atlasv1."), Run(url64, 60, 70)]);
    finds [concat!("TFE_TOKEN=", "xQ7mLz1pR5sW8y", ".atlasv1.", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7mLz1pR5sW8yD2fH6jN4cG0a")]
    passes ["TFE_TOKEN=x.atlasv1.y"]

    "pulumi-token", "a Pulumi token",
    Prefixed(&["pul-"], &[Run(hex, 40, 40)]);
    finds [concat!("pul-", "3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77")]
    passes ["pul-3f9a"]

    "circleci-token", "a CircleCI token",
    Prefixed(&["CCIPAT_", "CCIPRJ_"], &[Run(word, 50, 80)]);
    finds [concat!("CCIPAT", "_FERmxQ7mLz1pR5sW8yD2fH_3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77")]
    passes ["CCIPAT_x"]

    "buildkite-token", "a Buildkite token",
    Prefixed(&["bkua_", "bkct_"], &[Run(word, 40, 80)]);
    finds [concat!("bkua", "_3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77")]
    passes ["bkua_x"]

    "jenkins-token", "a Jenkins API token",
    Named(&[&["jenkins", "token"]], &[Run(hex, 34, 34)]);
    finds [concat!("JENKINS_API_TOKEN=", "113f9a1c77b0e2d35568aabb0119cc4e8d")]
    passes ["JENKINS_URL=113f9a1c77b0e2d35568aabb0119cc4e8d"]

    "sonar-token", "a SonarQube token",
    Prefixed(&["squ_", "sqp_", "sqa_"], &[Run(hex, 40, 40)]);
    finds [concat!("squ", "_3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77")]
    passes ["squ_x"]

    "snyk-token", "a Snyk token",
    Named(&[&["snyk", "token"]], &[Run(uuid, 36, 36)]);
    finds [concat!("SNYK_TOKEN=", "8f246b77-f3e1-4f88-9b48-8ec93abf3e05")]
    passes ["SNYK_ORG=8f246b77-f3e1-4f88-9b48-8ec93abf3e05"]

    "doppler-token", "a Doppler token",
    Prefixed(&["dp.pt.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], &[Run(alnum, 40, 44)]);
    finds [concat!("dp.", "pt.xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7m")]
    passes ["dp.pt.x"]

    "doppler-service-token", "a Doppler token",
    Prefixed(&["dp.st."], &[Run(dotted, 40, 90)]);
    finds [concat!("dp.", "st.dev.xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9xQ7m")]
    passes ["dp.st.dev"]

    "one-password-token", "a 1Password service account token",
    Prefixed(&["ops_eyJ"], &[Run(url64, 250, 2048)]);
    finds [concat!("ops_", "eyJzaWduSW5BZGRyZXNzIjoibXkuMXBhc3N3b3JkLmNvbSIsInVzZXJBdXRoIjp7Im1ldGhvZCI6IlNSUGctNDA5NiIsImFsZyI6IlBCRVMyZy1IUzI1NiIsIml0ZXJhdGlvbnMiOjY1MDAwMCwic2FsdCI6InhRN21MejFwUjVzVzh5RDJmSDZqTjQifSwiZW1haWwiOiJ4UTdtTHoxcFI1c1c4eUQyZkg2ak40Y0cwYUV1WG9ZaVZrQjN2VDl4UTdtTHoxcFI1c1c4eUQy")]
    passes ["ops_eyJ"]

    "infracost-key", "an Infracost key",
    Prefixed(&["ico-"], &[Run(alnum, 32, 32)]);
    finds [concat!("ico-", "xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYi")]
    passes ["ico-x"]

    "planetscale-token", "a PlanetScale token",
    Prefixed(&["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], &[Run(dotted, 32, 64)]);
    finds [concat!("pscale_", "tkn_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9"), concat!("pscale_", "pw_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3vT9")]
    passes ["pscale_tkn_x"]

    "supabase-key", "a Supabase key",
    Prefixed(&["sbp_", "sb_secret_"], &[Run(url64, 31, 60)]);
    finds [concat!("sbp", "_3f9a1c77b0e2d35568aabb0119cc4e8d3f9a1c77")]
    passes ["sbp_x"]

    "prefect-key", "a Prefect key",
    Prefixed(&["pnu_", "pnb_"], &[Run(alnum, 36, 36)]);
    finds [concat!("pnu", "_xQ7mLz1pR5sW8yD2fH6jN4cG0aEuXoYiVkB3")]
    passes ["pnu_x"]
}

fn base64url(byte: u8) -> bool {
    url64(byte) || byte == b'='
}
