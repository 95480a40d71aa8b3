//! A posted form.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use zeroize::Zeroizing;

use crate::http::console::stop::Stop;
use crate::http::limits::{BodyError, MAX_CONSOLE_FIELDS, MAX_CONSOLE_FORM_BYTES, read_body_of};

/// Fields in the order received.
pub struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Self, Stop> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Stop::Malformed);
        }
        let body = read_body_of(MAX_CONSOLE_FORM_BYTES, payload).await.map_err(|error| match error {
            BodyError::TooLarge(_) => Stop::TooLarge,
            BodyError::Broken | BodyError::TooSlow => Stop::Malformed,
        })?;
        let mut fields = Vec::new();
        for (name, value) in form_urlencoded::parse(&body) {
            if fields.len() == MAX_CONSOLE_FIELDS || name.contains('\0') || value.contains('\0') {
                return Err(Stop::Malformed);
            }
            fields.push((name.into_owned(), Zeroizing::new(value.into_owned())));
        }
        Ok(Self(fields))
    }

    /// The first value of a field; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
