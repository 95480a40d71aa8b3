//! A form body, parsed strictly: no repeated parameter, text only.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Payload};
use zeroize::Zeroizing;

use crate::http::limits::{MAX_PARAMETERS, read_body};
use crate::http::oauth::error::{bad_request, body_refused};

/// Parameters in the order received.
pub struct Form(Vec<(String, Zeroizing<String>)>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormError {
    ContentType,
    TooManyParameters,
    NotText,
    Repeated(String),
}

/// May repeat (RFC 8707 §2).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Must not be in a URL, because URLs are logged (RFC 6749 §2.3.1).
const NEVER_IN_QUERY: [&str; 8] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "token",
    "access_token",
    "refresh_token",
    "password",
];

impl Form {
    /// Also refuses a query string with parameters that belong in the body.
    pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Self, HttpResponse> {
        Self::read_repeating(request, payload, &REPEATABLE).await
    }

    /// As [`Self::read`], with other parameters allowed to repeat.
    pub async fn read_repeating(
        request: &HttpRequest,
        payload: Payload,
        repeatable: &[&str],
    ) -> Result<Self, HttpResponse> {
        let queried = form_urlencoded::parse(request.query_string().as_bytes())
            .any(|(name, _)| NEVER_IN_QUERY.contains(&&*name));
        if queried {
            let description = "credentials and tokens must be in the body, not in the URL";
            return Err(bad_request("invalid_request", description));
        }
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let body = read_body(payload).await.map_err(|error| body_refused(&error))?;
        Self::parse_repeating(content_type, &body, repeatable).map_err(|error| refused(&error))
    }

    fn parse_repeating(
        content_type: Option<&str>,
        body: &Bytes,
        repeatable: &[&str],
    ) -> Result<Self, FormError> {
        let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(FormError::ContentType);
        }
        let mut parameters: Vec<(String, Zeroizing<String>)> = Vec::with_capacity(6);
        for (name, value) in form_urlencoded::parse(body) {
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormError::TooManyParameters);
            }
            if is_not_text(&name) || is_not_text(&value) {
                return Err(FormError::NotText);
            }
            let repeated = parameters.iter().any(|(known, _)| *known == name);
            if repeated && !repeatable.contains(&&*name) {
                return Err(FormError::Repeated(name.into_owned()));
            }
            parameters.push((name.into_owned(), Zeroizing::new(value.into_owned())));
        }
        Ok(Self(parameters))
    }

    /// An empty value counts as omitted (RFC 6749 §3.2).
    pub fn find(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub fn all<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(|(known, _)| names.contains(&known.as_str()));
        named.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// A NUL, or U+FFFD: the parser substitutes that for invalid UTF-8, and no valid parameter contains it. Tokens are ASCII,
/// which is checked many bytes at a time.
fn is_not_text(text: &str) -> bool {
    text.as_bytes().contains(&0) || !text.is_ascii() && text.contains('\u{FFFD}')
}

fn refused(error: &FormError) -> HttpResponse {
    let description = match error {
        FormError::ContentType => "the body must be application/x-www-form-urlencoded".to_owned(),
        FormError::TooManyParameters => format!("more than {MAX_PARAMETERS} parameters"),
        FormError::NotText => "a parameter is not UTF-8 or contains NUL".to_owned(),
        FormError::Repeated(name) if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
            format!("{name} appears twice")
        }
        FormError::Repeated(_) => "a parameter appears twice".to_owned(),
    };
    bad_request("invalid_request", &description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded; charset=UTF-8");

    fn parse(body: &'static str) -> Result<Form, FormError> {
        Form::parse_repeating(FORM, &Bytes::from_static(body.as_bytes()), &REPEATABLE)
    }

    #[test]
    fn parameters_are_decoded_and_empty_ones_left_out() {
        let form = parse("a=1+2%33&b=&resource=x&resource=y&audience=z").expect("a form");
        assert_eq!(form.find("a"), Some("1 23"));
        assert_eq!(form.find("b"), None);
        assert_eq!(form.all(&["resource", "audience"]).collect::<Vec<_>>(), ["x", "y", "z"]);
    }

    #[test]
    fn what_is_not_one_form_is_refused() {
        assert_eq!(parse("a=1&a=2").err(), Some(FormError::Repeated("a".into())));
        assert_eq!(parse("a=%00").err(), Some(FormError::NotText));
        assert_eq!(parse("a=%ff").err(), Some(FormError::NotText));
        assert_eq!(
            Form::parse_repeating(Some("application/json"), &Bytes::new(), &[]).err(),
            Some(FormError::ContentType)
        );
        assert_eq!(Form::parse_repeating(None, &Bytes::new(), &[]).err(), Some(FormError::ContentType));
        let many = (0..101).map(|index| format!("p{index}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(
            Form::parse_repeating(FORM, &Bytes::from(many), &[]).err(),
            Some(FormError::TooManyParameters)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Form::parse_repeating(FORM, &Bytes::from(body), &[]);
        }
    }
}
