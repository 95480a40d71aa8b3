//! URLs of a form: without credentials, in one spelling.

use url::Url;

use crate::catalog::SourceType;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum UrlUse {
    /// Paths are appended to it.
    Base,
    /// It is requested as it is.
    Whole,
}

impl UrlUse {
    pub fn of(source_type: &SourceType, field: &str) -> Self {
        let in_derived = source_type.derived.iter().any(|derived| {
            derived.values().any(|value| value.variables().any(|variable| variable.name == field))
        });
        if in_derived || source_type.base_url.field() == Some(field) { Self::Base } else { Self::Whole }
    }
}

pub fn normalized_url(text: &str, used: UrlUse) -> Result<String, String> {
    let mut url = Url::parse(text).map_err(|_| "must be a URL, such as https://example.com".to_owned())?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err("must begin with https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or password: they have fields of their own".to_owned());
    }
    if url.fragment().is_some() || (used == UrlUse::Base && url.query().is_some()) {
        return Err("must not contain a query or fragment".to_owned());
    }
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    if url.set_host(Some(&host)).is_err() || host.is_empty() {
        return Err("must name a host".to_owned());
    }
    Ok(match used {
        UrlUse::Base => url.as_str().trim_end_matches('/').to_owned(),
        UrlUse::Whole => url.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_one_spelling_and_no_credentials() {
        for (text, expected) in [
            ("https://Example.COM", Ok("https://example.com")),
            ("https://example.com:443/", Ok("https://example.com")),
            ("https://example.com./", Ok("https://example.com")),
            ("HTTPS://example.com/jira/", Ok("https://example.com/jira")),
            ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080")),
            ("https://example.com/a/../b", Ok("https://example.com/b")),
            ("https://user@example.com", Err("user name")),
            ("https://user:pass@example.com", Err("user name")),
            ("https://example.com/?a=b", Err("query")),
            ("https://example.com/#a", Err("fragment")),
            ("ftp://example.com", Err("https://")),
            ("javascript:alert(1)", Err("https://")),
            ("example.com", Err("must be a URL")),
            ("https://", Err("must be a URL")),
        ] {
            match (normalized_url(text, UrlUse::Base), expected) {
                (Ok(url), Ok(expected)) => assert_eq!(url, expected, "{text}"),
                (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{text}: {reason}"),
                (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
            }
        }
        assert!(normalized_url("https://example.com/?a=b", UrlUse::Whole).is_ok());
    }
}
