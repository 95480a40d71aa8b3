//! The answer of an authorization endpoint, as the browser brings it.

use std::fmt;

/// Longer parameters are of no provider.
const MAX_BYTES: usize = 4_096;

/// The parameters of the redirect URI (RFC 6749 §4.1.2, RFC 9207 §2). Whatever else there is must be ignored.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProviderAnswer {
    pub state: String,
    pub code: Option<String>,
    pub error: Option<String>,
    pub iss: Option<String>,
}

impl ProviderAnswer {
    /// `None` if a parameter is repeated or too long.
    pub fn read(query: &str) -> Option<Self> {
        let mut answer = Self::default();
        let mut state = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "state" => &mut state,
                "code" => &mut answer.code,
                "error" => &mut answer.error,
                "iss" => &mut answer.iss,
                _ => continue,
            };
            if place.is_some() || value.len() > MAX_BYTES {
                return None;
            }
            *place = Some(value.into_owned());
        }
        answer.state = state.unwrap_or_default();
        Some(answer)
    }
}

/// A code is a secret until it is used.
impl fmt::Debug for ProviderAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderAnswer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_once() {
        let read = ProviderAnswer::read("code=a%2Bb&state=c&session_state=d&iss=https%3A%2F%2Fid.example");
        let read = read.expect("an answer");
        assert_eq!((read.code.as_deref(), &*read.state), (Some("a+b"), "c"));
        assert_eq!((read.iss.as_deref(), read.error), (Some("https://id.example"), None));
        let long = format!("code={}", "a".repeat(MAX_BYTES + 1));
        for query in ["code=a&code=a", "state=a&state=b", "error=a&error=a", "iss=a&iss=b", &long] {
            assert_eq!(ProviderAnswer::read(query), None, "{query}");
        }
        assert_eq!(ProviderAnswer::read(""), Some(ProviderAnswer::default()));
    }
}
