//! All objects of a kind, page by page.

use std::collections::BTreeSet;

use merlon_snapshot::Cause;
use merlon_yaml::Node;

use crate::discovery::Served;
use crate::page::{Page, accept, parse};
use crate::server::Server;
use crate::trouble::Trouble;
use crate::uri::encoded;

/// How often a list is begun anew after it expired.
const RESTARTS: u32 = 2;

/// How many objects of one kind are read.
const MAX_OBJECTS: usize = 1_000_000;

/// How many pages without an object may follow each other.
const MAX_EMPTY_PAGES: usize = 100;

/// The longest token that is sent back to the server.
const MAX_TOKEN_BYTES: usize = 4 << 10;

/// What was read of a kind, and why not all of it.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) objects: Vec<Node>,
    pub(crate) trouble: Option<Trouble>,
}

/// Lists all objects of a kind, in all namespaces or one. `seen` is told the number before each page.
///
/// What was read before something went wrong is given all the same.
pub(crate) async fn list(
    server: &mut Server<'_>,
    served: &Served,
    namespace: Option<&str>,
    page_size: usize,
    seen: &dyn Fn(usize),
) -> Listing {
    let mut restarts = 0;
    loop {
        let mut listing = Listing::default();
        let path = served.path(namespace);
        let end = pages(server, served, &path, page_size, seen, &mut listing.objects).await;
        match end {
            // etcd forgets the state that the list began with, after five minutes as a rule.
            Err(trouble) if trouble.status == Some(410) && restarts < RESTARTS => restarts += 1,
            end => {
                listing.trouble = end.err();
                return listing;
            }
        }
    }
}

async fn pages(
    server: &mut Server<'_>,
    served: &Served,
    path: &str,
    page_size: usize,
    seen: &dyn Fn(usize),
    objects: &mut Vec<Node>,
) -> Result<(), Trouble> {
    let mut page_size = page_size.max(1);
    let mut token = String::new();
    let mut tokens = BTreeSet::new();
    let mut announced = 0;
    let mut empty = 0;
    loop {
        seen(objects.len());
        let uri = uri(served, path, page_size, &token);
        let body = match server.get(&uri, accept(served.kind)).await {
            Err(trouble) if trouble.cause == Cause::TooLarge && page_size > 1 => {
                page_size = (page_size / 8).max(1);
                continue;
            }
            body => body?,
        };
        let page: Page = parse(&body, served)?;
        empty = if page.objects.is_empty() { empty + 1 } else { 0 };
        objects.extend(page.objects);
        if let Some(what) = page.foreign {
            return Err(Trouble::new(Cause::WrongKind, format!("the list holds {what}")));
        }
        announced = announced.max(objects.len() as u64 + page.remaining);
        if page.token.is_empty() {
            return ended(objects.len() as u64, announced);
        }
        if page.token.len() > MAX_TOKEN_BYTES || !tokens.insert(page.token.clone()) {
            let what = "the server leads in a circle: it continues with a token it gave before";
            return Err(Trouble::new(Cause::Other, what));
        }
        if objects.len() >= MAX_OBJECTS || empty >= MAX_EMPTY_PAGES {
            let what = format!("no end after {} objects", objects.len());
            return Err(Trouble::new(Cause::LimitReached, what));
        }
        token = page.token;
    }
}

/// Whether a list that ended is whole. A server counts either not at all or rightly, as it
/// pages through one state of its store.
fn ended(read: u64, announced: u64) -> Result<(), Trouble> {
    if read >= announced {
        return Ok(());
    }
    let what = format!("the list ended after {read} objects, the server announced {announced}");
    Err(Trouble::new(Cause::Other, what))
}

fn uri(served: &Served, path: &str, page_size: usize, token: &str) -> String {
    let mut uri = format!("{path}?limit={page_size}");
    if served.kind == merlon_model::Kind::Secret {
        uri += "&includeObject=Metadata";
    }
    if !token.is_empty() {
        uri += "&continue=";
        uri.extend(encoded(token));
    }
    uri
}
