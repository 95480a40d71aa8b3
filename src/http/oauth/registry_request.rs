//! Token requests of container registry clients: GET with Basic, or POST with a form.

use actix_web::HttpRequest;
use claviger_contract::{PresentedToken, Unclear};

use crate::http::limits::MAX_PARAMETERS;
use crate::http::oauth::form::Form;
use crate::http::presented_token::presented_token;
use crate::issuance::RegistryRequest;
use claviger_domain::RegistryService;

pub struct Asked {
    pub request: RegistryRequest,
    /// `None` if the request has no credential; no scope is public.
    pub presented: Option<PresentedToken>,
    /// Whether a refresh token is requested.
    pub offline: bool,
}

/// Description of the error.
pub type Wrong = String;

impl Asked {
    /// `client_id` is the name of a program here, and is ignored.
    pub fn by_query(request: &HttpRequest) -> Result<Self, Wrong> {
        let pairs: Vec<_> = form_urlencoded::parse(request.query_string().as_bytes()).collect();
        if pairs.len() > MAX_PARAMETERS {
            return Err(format!("more than {MAX_PARAMETERS} parameters"));
        }
        let all = |wanted: &'static str| {
            pairs.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.to_string())
        };
        let presented = presented(request)?;
        let account = only(all("account"), "account")?;
        let user = presented.as_ref().and_then(PresentedToken::user);
        // An account that differs from the Basic user name does not identify the client.
        let agrees = account.is_none_or(|account| user.is_none_or(|user| user == account));
        Ok(Self {
            request: RegistryRequest {
                service: service(only(all("service"), "service")?)?,
                scopes: all("scope").collect(),
            },
            presented: presented.filter(|_| agrees),
            offline: only(all("offline_token"), "offline_token")?.as_deref() == Some("true"),
        })
    }

    pub fn by_form(request: &HttpRequest, form: &Form) -> Result<Self, Wrong> {
        let given = match form.find("grant_type") {
            Some("password") => form.find("password"),
            Some("refresh_token") => form.find("refresh_token"),
            Some(_) => return Err("grant_type must be password or refresh_token".to_owned()),
            None => return Err("grant_type is missing: send password or refresh_token".to_owned()),
        };
        let given = given.map(|token| PresentedToken::given(token.to_owned()));
        let presented = match (given, presented(request)?) {
            (Some(_), Some(_)) => return Err(Unclear::TwoCredentials.to_string()),
            (one, other) => one.or(other),
        };
        Ok(Self {
            request: RegistryRequest {
                service: service(form.find("service").map(str::to_owned))?,
                scopes: form.all(&["scope"]).map(str::to_owned).collect(),
            },
            presented,
            offline: form.find("access_type") == Some("offline"),
        })
    }
}

fn presented(request: &HttpRequest) -> Result<Option<PresentedToken>, Wrong> {
    presented_token(request).map_err(|unclear| unclear.to_string())
}

fn service(text: Option<String>) -> Result<RegistryService, Wrong> {
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or("service is missing: send the service name of the registry")?;
    text.parse().map_err(|error| format!("service: {error}"))
}

fn only(mut values: impl Iterator<Item = String>, name: &str) -> Result<Option<String>, Wrong> {
    let first = values.next();
    match values.next() {
        None => Ok(first),
        Some(_) => Err(format!("the parameter {name} appears twice")),
    }
}
