//! Controls on known programs: releases with known holes, add-ons, interfaces for administrators.

/// A node with that information about its software, for examples.
macro_rules! node {
    ($info:literal) => {
        concat!(
            "# cluster\nkind: Node\napiVersion: v1\nmetadata: {name: a}\nstatus: {nodeInfo: ",
            $info,
            "}"
        )
    };
}

pub(crate) mod nodes;
pub(crate) mod release;
pub(crate) mod versions;
mod weakness;

use weakness::{Numbers, Weakness, numbers};
