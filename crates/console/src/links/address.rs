//! An address below the console, with its query.

use std::fmt;

use form_urlencoded::Serializer;

/// A path and a query, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    pub(super) fn new(path: String) -> Self {
        Self(path)
    }

    /// One path segment more. What a segment must not hold is percent-encoded.
    pub(super) fn segment(mut self, segment: &str) -> Self {
        self.0.push('/');
        // Spaces are %20 in paths; a plus is itself.
        for part in form_urlencoded::byte_serialize(segment.as_bytes()) {
            self.0.push_str(if part == "+" { "%20" } else { part });
        }
        self
    }

    /// One parameter more; none if the value is empty, so that addresses stay short.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            let separator = if self.0.contains('?') { '&' } else { '?' };
            let pair = Serializer::new(String::new()).append_pair(name, value).finish();
            self.0.push(separator);
            self.0.push_str(&pair);
        }
        self
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// To a part of the page, by its id.
    #[must_use]
    pub fn part(mut self, id: &str) -> Self {
        self.0.push('#');
        self.0.push_str(id);
        self
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded() {
        let address = Address::new("/console".to_owned());
        for (segment, encoded) in [("a b+c", "/console/a%20b%2Bc"), ("../x?y#z", "/console/..%2Fx%3Fy%23z")] {
            assert_eq!(address.clone().segment(segment).as_str(), encoded);
        }
        let query = address.with("q", "").with("q", "a&b=c d").with("group", "Größe");
        assert_eq!(query.as_str(), "/console?q=a%26b%3Dc+d&group=Gr%C3%B6%C3%9Fe");
    }
}
