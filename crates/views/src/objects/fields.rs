use merlon_yaml::{Node, Value};

/// A part of an object, or nothing where it is not written; null counts as not written, as it does
/// for the API server.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(Option<&'a Node>);

/// A field of a type that the API server refuses.
#[derive(Clone, Copy, Debug)]
pub struct Malformed<'a> {
    /// What stands there.
    pub node: &'a Node,
    /// What has to: `a boolean`.
    pub expected: &'static str,
}

impl<'a> Fields<'a> {
    /// The fields of a mapping.
    #[must_use]
    pub fn of(node: &'a Node) -> Self {
        Self::maybe(Some(node))
    }

    /// The fields of what may not be there.
    #[must_use]
    pub fn maybe(node: Option<&'a Node>) -> Self {
        Self(node.filter(|node| !node.is_null()))
    }

    /// The value itself, if it is written.
    #[must_use]
    pub fn node(self) -> Option<&'a Node> {
        self.0
    }

    /// Whether it is written.
    #[must_use]
    pub fn is_set(self) -> bool {
        self.0.is_some()
    }

    /// The fields below a key. What is no mapping has no fields.
    #[must_use]
    pub fn get(self, key: &str) -> Self {
        Self::maybe(self.0.and_then(|node| node.get(key)))
    }

    /// The fields below keys, one after the other.
    #[must_use]
    pub fn path(self, keys: &[&str]) -> Self {
        keys.iter().fold(self, |fields, key| fields.get(key))
    }

    /// A boolean below a key.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn bool(self, key: &str) -> Result<Option<bool>, Malformed<'a>> {
        self.typed(key, "a boolean", Node::as_bool)
    }

    /// A whole number below a key.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn int(self, key: &str) -> Result<Option<i64>, Malformed<'a>> {
        self.typed(key, "a whole number", Node::as_i64)
    }

    /// A text below a key.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn text(self, key: &str) -> Result<Option<&'a str>, Malformed<'a>> {
        self.typed(key, "a text", Node::as_str)
    }

    /// The items of a list below a key; none when it is not written.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn list(self, key: &str) -> Result<&'a [Node], Malformed<'a>> {
        Ok(self.typed(key, "a list", Node::as_sequence)?.unwrap_or_default())
    }

    /// The texts of a list below a key; none when it is not written.
    ///
    /// # Errors
    /// When something else stands there or in the list.
    pub fn texts(self, key: &str) -> Result<Vec<&'a str>, Malformed<'a>> {
        let text = |node: &'a Node| node.as_str().ok_or(Malformed { node, expected: "a text" });
        self.list(key)?.iter().map(text).collect()
    }

    /// The entries of a mapping below a key, in the order they are written; none when it is not
    /// written.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn map(self, key: &str) -> Result<Vec<(&'a str, &'a Node)>, Malformed<'a>> {
        let mapping = self.typed(key, "a mapping", Node::as_mapping)?;
        let entries = mapping.map(|mapping| mapping.entries()).unwrap_or_default();
        Ok(entries.iter().map(|entry| (&*entry.key, &entry.value)).collect())
    }

    /// A text or number below a key, as text: ports and quantities may be either.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn text_or_number(self, key: &str) -> Result<Option<String>, Malformed<'a>> {
        self.typed(key, "a text or a number", |node| match &node.value {
            Value::String(text) => Some(text.to_string()),
            Value::Int(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            _ => None,
        })
    }

    fn typed<T>(
        self,
        key: &str,
        expected: &'static str,
        read: impl Fn(&'a Node) -> Option<T>,
    ) -> Result<Option<T>, Malformed<'a>> {
        match self.get(key).0 {
            None => Ok(None),
            Some(node) => read(node).map(Some).ok_or(Malformed { node, expected }),
        }
    }
}
