use std::path::{Path, PathBuf};

use anyhow::bail;
use merlon_collect::{Configz, Credential};
use merlon_snapshot::Node;
use merlon_views::Told;

use crate::arguments::Host;

/// Whether the arguments ask for a host.
pub fn is_named(host: &Host) -> bool {
    host.node || host.host_root.is_some() || host.node_name.is_some() || host.configz.is_some()
}

/// Collects from this host.
pub fn collect(host: &Host, told: &Told) -> anyhow::Result<Node> {
    let options = merlon_collect::Options {
        root: host.host_root.clone().unwrap_or_else(|| PathBuf::from(Path::new("/"))),
        name: host.node_name.clone(),
        configz: configz(host)?,
    };
    Ok(merlon_collect::node(&options, |node| merlon_views::wanted(node, told)))
}

fn configz(host: &Host) -> anyhow::Result<Option<Configz>> {
    let Some(url) = &host.configz else { return Ok(None) };
    let Some(address) = url.strip_prefix("https://") else {
        bail!("--configz {url}: only https:// is asked, as in https://127.0.0.1:10250");
    };
    let address = address.trim_end_matches('/').trim_end_matches("/configz");
    let Some(authorities) = &host.configz_ca else {
        bail!(
            "--configz needs --configz-ca: no credential is sent to a kubelet that is not verified"
        );
    };
    let credential = match (&host.configz_token, &host.configz_certificate, &host.configz_key) {
        (Some(token), ..) => Credential::TokenFile(token.clone()),
        (None, Some(chain), Some(key)) => {
            Credential::Certificate { chain: chain.clone(), key: key.clone() }
        }
        _ => bail!("--configz needs --configz-token, or --configz-certificate and --configz-key"),
    };
    Ok(Some(Configz { host: address.to_owned(), authorities: authorities.clone(), credential }))
}
