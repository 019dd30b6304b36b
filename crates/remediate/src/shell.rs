use merlon_model::Report;

/// A POSIX shell script that mends what failed, node by node.
#[must_use]
pub fn shell(_report: &Report) -> String {
    String::new()
}
