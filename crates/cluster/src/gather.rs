//! The whole way from options to an inventory.

use std::collections::BTreeSet;
use std::time::Duration;

use merlon_model::Kind;
use merlon_snapshot::{Cause, Inventory, Object, Origin, Source, Subject};
use merlon_yaml::Node;
use serde::Deserialize;

use crate::connect::{Connection, connect};
use crate::discovery::{Served, discover};
use crate::list::{Listing, list};
use crate::page::{parse, parse_one};
use crate::rate::Rate;
use crate::server::{Patience, Server};
use crate::trouble::Trouble;
use crate::uri::encoded;
use crate::{ClusterOptions, ConnectError, Progress};

const JSON: &str = "application/json";

/// Reads the objects of a cluster: of every kind that Merlon knows and the server has.
///
/// A kind that the server does not have is neither listed nor a gap. A kind that may not be listed,
/// or whose list broke off, is a gap; what was read of it is there. With namespaces named, a kind is
/// listed when it was listed in each of them.
///
/// Blocks until everything is read. It runs on a runtime of its own and may not be called from within
/// an asynchronous one.
///
/// # Errors
/// When no cluster is configured, its server may not be trusted with credentials, does not take
/// them, or does not answer.
pub fn collect(options: &ClusterOptions<'_>) -> Result<Inventory, ConnectError> {
    collect_patiently(options, Patience::new(options.timeout))
}

pub(crate) fn collect_patiently(
    options: &ClusterOptions<'_>,
    patience: Patience,
) -> Result<Inventory, ConnectError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let connection = connect(options).await?;
        gather(connection, options, patience).await
    });
    // A name that is still being looked up may take its time without us.
    runtime.shutdown_background();
    result
}

async fn gather(
    connection: Connection,
    options: &ClusterOptions<'_>,
    patience: Patience,
) -> Result<Inventory, ConnectError> {
    let waiting = |pause: Duration| (options.progress)(Progress::Waiting { pause });
    let rate = Rate::per_second(options.requests_per_second);
    let mut server = Server::new(connection.client.clone(), rate, patience, &waiting);
    let mut gaps = Vec::new();
    let version = version(&mut server).await;
    if let Err(trouble) = &version {
        answers(trouble, &connection)?;
        gaps.push(trouble.gap(Subject::Server { part: "version".to_owned() }));
    }
    let discovery = discover(&mut server).await;
    if let (Err(_), Some(trouble)) = (&version, &discovery.failed)
        && trouble.cause != Cause::PermissionDenied
    {
        return Err(unreachable(trouble, &connection));
    }
    gaps.extend(discovery.gaps);
    let mut objects = Vec::new();
    let mut listed = BTreeSet::new();
    let kinds = discovery.served.len();
    for (number, served) in discovery.served.iter().enumerate() {
        let seen = |count: usize| {
            let objects = objects.len() + count;
            let number = number + 1;
            (options.progress)(Progress::Listing { kind: served.kind, number, kinds, objects });
        };
        let listing = everywhere(&mut server, served, options, &seen).await;
        match listing.trouble {
            Some(trouble) => gaps.push(trouble.gap(Subject::Objects { kind: served.kind })),
            None => {
                listed.insert(served.kind);
            }
        }
        objects.extend(listing.objects.into_iter().map(live));
    }
    gaps.sort();
    let origin = Origin::Cluster { server: connection.server, version: version.ok(), listed };
    Ok(Inventory { name: connection.context, origin, manifests: Vec::new(), objects, gaps })
}

fn live(root: Node) -> Object {
    Object { root, source: Source::Api }
}

/// Lists a kind wherever it is wanted.
async fn everywhere(
    server: &mut Server<'_>,
    served: &Served,
    options: &ClusterOptions<'_>,
    seen: &dyn Fn(usize),
) -> Listing {
    if options.namespaces.is_empty() || !(served.is_namespaced || served.kind == Kind::Namespace) {
        return list(server, served, None, options.page_size, seen).await;
    }
    let mut whole = Listing::default();
    let namespaces: BTreeSet<&str> = options.namespaces.iter().map(String::as_str).collect();
    for namespace in namespaces {
        let before = whole.objects.len();
        let seen = |count: usize| seen(before + count);
        let part = if served.kind == Kind::Namespace {
            one_namespace(server, served, namespace, &seen).await
        } else {
            list(server, served, Some(namespace), options.page_size, &seen).await
        };
        whole.objects.extend(part.objects);
        let trouble = part.trouble.map(|trouble| trouble.about(&format!("namespace {namespace}")));
        whole.trouble = whole.trouble.or(trouble);
    }
    whole
}

/// A namespace by its name: as the only one of a list, or where lists are forbidden by itself.
async fn one_namespace(
    server: &mut Server<'_>,
    served: &Served,
    namespace: &str,
    seen: &dyn Fn(usize),
) -> Listing {
    seen(0);
    let (path, name) = (served.path(None), encoded(namespace));
    let listed = server.get(&format!("{path}?fieldSelector=metadata.name%3D{name}"), JSON).await;
    let read = match listed {
        Err(trouble) if trouble.cause == Cause::PermissionDenied => {
            let alone = server.get(&format!("{path}/{name}"), JSON).await;
            alone.and_then(|body| parse_one(&body, served)).map(|object| vec![object])
        }
        listed => listed.and_then(|body| parse(&body, served)).map(|page| page.objects),
    };
    match read {
        Ok(objects) if objects.is_empty() => {
            let trouble = Some(Trouble::new(Cause::Vanished, "it does not exist"));
            Listing { objects, trouble }
        }
        Ok(objects) => Listing { objects, trouble: None },
        Err(trouble) => Listing { objects: Vec::new(), trouble: Some(trouble) },
    }
}

/// The release of the server, such as `v1.37.1`.
async fn version(server: &mut Server<'_>) -> Result<String, Trouble> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        git_version: String,
    }
    let body = server.get("/version", JSON).await?;
    let version: Version = serde_json::from_slice(&body)
        .map_err(|error| Trouble::new(Cause::Unparsable, error.to_string()))?;
    Ok(version.git_version)
}

/// Whether it makes sense to go on after the first request failed.
fn answers(trouble: &Trouble, connection: &Connection) -> Result<(), ConnectError> {
    match trouble.status {
        Some(401) => Err(ConnectError::Unauthorized {
            kubeconfig: connection.kubeconfig.clone(),
            context: connection.context.clone(),
            server: connection.server.clone(),
            cause: trouble.detail.clone(),
        }),
        None if matches!(trouble.cause, Cause::Unreachable | Cause::TimedOut) => {
            Err(unreachable(trouble, connection))
        }
        None if trouble.cause == Cause::PermissionDenied => Err(ConnectError::Credentials {
            kubeconfig: connection.kubeconfig.clone(),
            context: connection.context.clone(),
            server: connection.server.clone(),
            cause: trouble.detail.clone(),
        }),
        _ => Ok(()),
    }
}

fn unreachable(trouble: &Trouble, connection: &Connection) -> ConnectError {
    ConnectError::Unreachable {
        kubeconfig: connection.kubeconfig.clone(),
        context: connection.context.clone(),
        server: connection.server.clone(),
        cause: trouble.detail.clone(),
    }
}
