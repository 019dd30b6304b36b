//! Kubernetes YAML as a located tree.
//!
//! [`parse`] turns text into documents whose every node knows the bytes it was read from, by the
//! rules of Kubernetes' own loader (`sigs.k8s.io/yaml`): `privileged: yes` is true, `defaultMode:
//! 0644` is 420, the last of two equal keys counts, and a merge (`<<`) takes the place of the keys
//! before it. JSON is read by the same entry point. No text makes it fail as a whole, panic, or use
//! more than its [`Limits`] allow; what cannot be read is told in [`Parsed::problems`].
//! [`edit`] changes a text and keeps its comments, order and style; live objects come and go as JSON
//! by way of serde.
//!
//! ```
//! use merlon_yaml::{LineIndex, Limits, parse};
//!
//! let source = "kind: Pod\nspec:\n  hostNetwork: on  # metrics\n";
//! let parsed = parse(source, &Limits::default());
//! let entry = parsed.documents[0].root.path(&["spec"]).and_then(|spec| spec.entry("hostNetwork"));
//! let entry = entry.expect("it is written above");
//! assert_eq!(entry.value.as_bool(), Some(true));
//! let position = LineIndex::new(source).position(entry.key_span.start());
//! assert_eq!((position.line, position.column), (3, 3));
//! ```

mod document;
mod edit;
mod json;
mod key;
mod load;
mod mapping;
mod node;
mod pointer;
mod problem;
mod redact;
mod scalar;
mod serde;
mod span;
mod walk;

pub use document::{Comment, Document, Parsed, Placement};
pub use edit::{Change, Edit, EditError, edit};
pub use json::{from_json, to_json};
pub use key::Key;
pub use load::parse;
pub use mapping::{Entry, Mapping};
pub use node::{Node, Value};
pub use pointer::{Pointer, PointerError};
pub use problem::{Limits, Problem, ProblemKind};
pub use redact::{REDACTED, redact};
pub use span::{LineIndex, Position, Span};
pub use walk::{Segment, Visit, walk};
