//! The table of known formats. The examples of a row are its tests.
//!
//! Sources are the issuers' documents on the format of what they give out. Examples are put together of
//! parts, so that scanners of source code do not take them for real ones.

mod cloud;
mod cluster;
mod code;
mod services;

use super::Row;

pub(crate) static ROWS: [&[Row]; 4] = [cluster::ROWS, cloud::ROWS, code::ROWS, services::ROWS];

/// What a row finds and what it does not.
#[cfg(test)]
pub(super) struct Examples {
    pub(super) id: &'static str,
    pub(super) finds: &'static [&'static str],
    pub(super) passes: &'static [&'static str],
}

#[cfg(test)]
pub(super) static EXAMPLES: [&[Examples]; 4] =
    [cluster::EXAMPLES, cloud::EXAMPLES, code::EXAMPLES, services::EXAMPLES];

/// Makes rows, and their examples for the tests.
macro_rules! rows {
    ($($id:literal, $title:literal, $matcher:expr; finds [$($finds:expr),* $(,)?] passes [$($passes:expr),* $(,)?])*) => {
        pub(super) static ROWS: &[$crate::credentials::Row] = &[$(
            $crate::credentials::Row {
                kind: $crate::kind::CredentialKind::new($id, $title),
                matcher: $matcher,
            }
        ),*];

        #[cfg(test)]
        pub(super) static EXAMPLES: &[super::Examples] = &[$(
            super::Examples { id: $id, finds: &[$($finds),*], passes: &[$($passes),*] }
        ),*];
    };
}
use rows;
