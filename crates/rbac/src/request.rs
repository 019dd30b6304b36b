/// What is asked of an authorizer, besides who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request<'a> {
    /// About resources.
    Resource(ResourceRequest<'a>),
    /// About a path that is no resource, such as `/metrics`.
    NonResource {
        /// The HTTP method in small letters.
        verb: &'a str,
        /// The path without its query.
        path: &'a str,
    },
}

/// A request about resources. `""` stands for what the request does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRequest<'a> {
    /// `get`, `list`, `create`, or a verb that is only ever checked, such as `bind`.
    pub verb: &'a str,
    /// The API group, `""` for the core group.
    pub group: &'a str,
    /// The resource in the plural, such as `pods`.
    pub resource: &'a str,
    /// What follows the resource, such as `exec`.
    pub subresource: &'a str,
    /// The namespace; for requests about a namespace itself, that namespace.
    pub namespace: &'a str,
    /// The object. Lists and watches have one when a field selector names `metadata.name`; creations have none,
    /// except for those of a subresource.
    pub name: &'a str,
    /// Fields that a field selector of a list or watch sets to a value. Only the node authorizer looks at them.
    pub fields: &'a [(&'a str, &'a str)],
}

impl<'a> Request<'a> {
    /// A request for a resource in the whole cluster, without a name.
    #[must_use]
    pub fn resource(verb: &'a str, group: &'a str, resource: &'a str) -> Self {
        Self::Resource(ResourceRequest { verb, group, resource, ..ResourceRequest::default() })
    }

    /// The same in a namespace; requests without a resource have none.
    #[must_use]
    pub fn within(mut self, namespace: &'a str) -> Self {
        if let Self::Resource(request) = &mut self {
            request.namespace = namespace;
        }
        self
    }

    /// The same for the object of a name.
    #[must_use]
    pub fn named(mut self, name: &'a str) -> Self {
        if let Self::Resource(request) = &mut self {
            request.name = name;
        }
        self
    }

    /// The same for a subresource.
    #[must_use]
    pub fn subresource(mut self, subresource: &'a str) -> Self {
        if let Self::Resource(request) = &mut self {
            request.subresource = subresource;
        }
        self
    }

    /// What is to be done.
    #[must_use]
    pub fn verb(&self) -> &'a str {
        match self {
            Self::Resource(request) => request.verb,
            Self::NonResource { verb, .. } => verb,
        }
    }

    /// The namespace, or `""`.
    #[must_use]
    pub fn namespace(&self) -> &'a str {
        match self {
            Self::Resource(request) => request.namespace,
            Self::NonResource { .. } => "",
        }
    }
}

/// Whether requests of the verb carry a name, so that a rule for named objects allows some of them.
///
/// Creating a subresource does; so do lists and watches of one object by field selector.
pub(crate) fn takes_name(verb: &str, subresource: &str) -> bool {
    match verb {
        "create" => !subresource.is_empty(),
        "deletecollection" => false,
        _ => true,
    }
}
