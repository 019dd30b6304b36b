//! Finding credentials in Kubernetes objects, and cutting them out.
//!
//! Everything that enters a snapshot passes through here: [`redact_manifest`] for text,
//! [`redact_live`] for objects of an API server. In place of a credential stands a [`Marker`], which
//! says what was there and never how it read; [`kind_of_marker`] tells it to whoever judges the object.
//!
//! A credential is known by its format ([`find`]) or by the name of what it is the value of
//! ([`judge_named`]).
//!
//! ```
//! use merlon_redaction::{apply, kind_of_marker, redact_manifest};
//! use merlon_yaml::{Limits, parse};
//!
//! let text = "kind: ConfigMap\ndata:\n  DB_PASSWORD: hunter2\n  LEVEL: info\n";
//! let parsed = parse(text, &Limits::default());
//! let redacted = apply(text, &redact_manifest(text, &parsed.documents));
//! assert_eq!(redacted, "kind: ConfigMap\ndata:\n  DB_PASSWORD: <redacted:password>\n  LEVEL: info\n");
//! assert_eq!(kind_of_marker(&redacted).map(|kind| kind.title()), Some("a password"));
//! ```

mod align;
mod argv;
mod comments;
mod credentials;
mod cut;
mod embedded;
mod judge;
mod kind;
mod live;
mod manifest;
mod marker;
mod names;
mod object;
mod text;
mod values;

pub use comments::redact_comments;
pub use credentials::{Match, find};
pub use judge::judge_named;
pub use kind::CredentialKind;
pub use live::redact_live;
pub use manifest::{Redaction, apply, redact_manifest, redact_object};
pub use marker::{Marker, kind_of_marker, markers};
pub use names::words;
