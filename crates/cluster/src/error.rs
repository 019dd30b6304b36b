//! Why nothing at all could be read.

/// Why nothing at all could be read.
///
/// What fails later, for one kind of objects, is a gap of the inventory instead.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing says which cluster.
    #[error(
        "no cluster is configured: {looked} does not exist and this does not run in a pod; name a \
         kubeconfig"
    )]
    NoConfiguration {
        /// Where a kubeconfig was looked for.
        looked: String,
    },
    /// The kubeconfig cannot be used.
    #[error("kubeconfig {kubeconfig}: {cause}")]
    Kubeconfig {
        /// The file.
        kubeconfig: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The kubeconfig has no such context, or no current one.
    #[error("kubeconfig {kubeconfig}: {what}; it has {known}")]
    Context {
        /// The file.
        kubeconfig: String,
        /// What is missing.
        what: String,
        /// The contexts that are there, for people.
        known: String,
    },
    /// Credentials would be sent to a server that might be anybody.
    #[error(
        "context {context}: {server} would be sent credentials though {why}; {remedy}, or allow \
         insecure connections explicitly"
    )]
    Unverified {
        /// The context.
        context: String,
        /// The server's address.
        server: String,
        /// Why it cannot be verified.
        why: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// No client can be made of the configuration: a plugin fails, a certificate cannot be read.
    #[error(
        "context {context}: cannot authenticate to {server}: {cause}; check its user in {kubeconfig}"
    )]
    Credentials {
        /// Where the configuration stands.
        kubeconfig: String,
        /// The context.
        context: String,
        /// The server's address.
        server: String,
        /// The cause.
        cause: String,
    },
    /// The server does not take the credentials.
    #[error(
        "context {context}: {server} does not know the credentials of {kubeconfig} ({cause}); log in \
         again or choose another context"
    )]
    Unauthorized {
        /// Where the configuration stands.
        kubeconfig: String,
        /// The context.
        context: String,
        /// The server's address.
        server: String,
        /// What the server said.
        cause: String,
    },
    /// Nothing answers, or something that is no API server.
    #[error(
        "context {context} of {kubeconfig}: no API server answers at {server}: {cause}; check the \
         address, the network and any proxy"
    )]
    Unreachable {
        /// Where the configuration stands.
        kubeconfig: String,
        /// The context.
        context: String,
        /// The server's address.
        server: String,
        /// The cause.
        cause: String,
    },
    /// The system gives no means to wait for answers.
    #[error("no network runtime: {0}; check limits on threads and open files")]
    Runtime(#[from] std::io::Error),
}
