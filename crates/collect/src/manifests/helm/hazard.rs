//! What must not be handed to Helm.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use merlon_snapshot::Cause;

use crate::trouble::Trouble;

/// Finds in a chart what Helm would read without asking: links that lead elsewhere, so that the
/// scan of somebody's chart would show files of this machine; pipes, at which it would wait; and
/// files of any size.
///
/// Links may lead into the trees that were named, where a repository shares files between charts.
pub(super) fn hazard(chart: &Path, roots: &[PathBuf], limit: usize) -> Option<Trouble> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let walk = WalkBuilder::new(chart).standard_filters(false).follow_links(false).build();
    walk.into_iter().filter_map(Result::ok).find_map(|entry| {
        let kind = entry.file_type()?;
        let name = entry.path().strip_prefix(chart).unwrap_or(entry.path()).display().to_string();
        let metadata = if kind.is_symlink() {
            // Where it leads nowhere there is nothing to read.
            let target = fs::canonicalize(entry.path()).ok()?;
            let inside = target.starts_with(chart) || roots.iter().any(|it| target.starts_with(it));
            if !inside {
                let detail = format!("{name} in the chart is a link out of what was named");
                return Some(Trouble::new(Cause::Other, detail));
            }
            fs::metadata(target).ok()?
        } else {
            entry.metadata().ok()?
        };
        if !metadata.is_file() && !metadata.is_dir() {
            let detail = format!("{name} in the chart is neither a file nor a directory");
            return Some(Trouble::new(Cause::WrongKind, detail));
        }
        (metadata.is_file() && metadata.len() > limit).then(|| {
            let detail = format!("{name} in the chart has more than {limit} bytes");
            Trouble::new(Cause::TooLarge, detail)
        })
    })
}
