//! Turns the fields of a credential into what requests carry.

use chrono::TimeDelta;
use serde_json::json;
use zeroize::Zeroizing;

use crate::authenticate::access_token::{AccessToken, fetch_access_token};
use crate::authenticate::credential::{Authorized, Credential, Granted};
use crate::authenticate::exchange::Exchange;
use crate::authenticate::refusal::Refused;
use crate::authenticate::registry::registry_credential;
use crate::catalog::{Auth, Outcome, Profile};
use crate::fields::Variables;
use crate::signing::{AwsKey, SigningKey, signed_jwt};
use crate::template::Template;

/// GitHub accepts at most 10 minutes, and clocks differ.
const APP_JWT_LIFETIME: TimeDelta = TimeDelta::minutes(9);
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

pub fn authorize(
    variables: &Variables<'_>,
    profile: &Profile,
    exchange: &Exchange<'_>,
) -> Result<Authorized, Refused> {
    let value = |template: &Template| {
        let say = "The credential is not complete.";
        variables.render(template).ok_or_else(|| Refused::new(Outcome::Unknown, Some(say), None))
    };
    Ok(match &variables.mode.auth {
        Auth::None {} => Credential::None.into(),
        Auth::Bearer { token } => Credential::bearer(&value(token)?).into(),
        Auth::Header { name, value: template } => {
            let header = (value(name)?.to_ascii_lowercase(), Zeroizing::new(value(template)?));
            Credential::Headers(vec![header]).into()
        }
        Auth::Headers { headers } => {
            let headers = headers
                .iter()
                .map(|(name, template)| Ok((name.to_ascii_lowercase(), Zeroizing::new(value(template)?))));
            Credential::Headers(headers.collect::<Result<_, Refused>>()?).into()
        }
        Auth::Basic { user, pass } => Credential::basic(&value(user)?, &value(pass)?).into(),
        Auth::Form { name, value: template } => {
            Credential::Form { name: name.clone(), value: Zeroizing::new(value(template)?) }.into()
        }
        Auth::AwsSigV4 { service, region, access_key, secret_key, session_token } => {
            let key = AwsKey {
                region: value(region)?,
                access_key: value(access_key)?,
                secret_key: Zeroizing::new(value(secret_key)?),
                session_token: variables.render(session_token).map(Zeroizing::new),
            };
            Credential::AwsSigV4 { service: service.clone(), key }.into()
        }
        Auth::GithubAppJwt { app_id, private_key } => {
            let key = Zeroizing::new(value(private_key)?);
            Credential::bearer(&app_jwt(&value(app_id)?, &key, exchange)?).into()
        }
        Auth::RegistryToken { user, pass, scope } => {
            let base = variables.base().unwrap_or_default();
            let pass = Zeroizing::new(value(pass)?);
            registry_credential(&base, &value(user)?, &pass, &value(scope)?, exchange)?
        }
        Auth::OauthClientCredentials { .. } => {
            let token = fetch_access_token(variables, profile, exchange)?;
            Authorized {
                credential: Credential::bearer(token.secret()),
                granted: Granted::Scope(token.scope),
                is_proved: true,
            }
        }
    })
}

/// What a service app sends instead of the secret that is stored.
pub fn service_app_token(
    variables: &Variables<'_>,
    profile: &Profile,
    exchange: &Exchange<'_>,
) -> Result<AccessToken, Refused> {
    let Auth::GithubAppJwt { .. } = &variables.mode.auth else {
        return fetch_access_token(variables, profile, exchange);
    };
    let usable_until = exchange.now() + APP_JWT_LIFETIME;
    match authorize(variables, profile, exchange)?.credential {
        Credential::Headers(headers) => {
            let jwt = headers.first().and_then(|(_, value)| value.strip_prefix("Bearer "));
            Ok(AccessToken::new(jwt.unwrap_or_default().to_owned(), usable_until, String::new()))
        }
        _ => Err(Refused::new(Outcome::Unknown, None, None)),
    }
}

fn app_jwt(app_id: &str, private_key: &str, exchange: &Exchange<'_>) -> Result<String, Refused> {
    let random = exchange.environment.random;
    let refused = |say: &str| Refused::new(Outcome::InvalidCredential, Some(say), None);
    let key = SigningKey::parse(private_key, random)
        .map_err(|fault| refused(&format!("The private key {fault}.")))?;
    let now = exchange.now();
    let claims = json!({
        "iat": (now - CLOCK_SKEW).timestamp(),
        "exp": (now + APP_JWT_LIFETIME).timestamp(),
        "iss": app_id,
    });
    let jwt = signed_jwt(&key, &claims, random).ok_or_else(|| refused("The private key cannot sign."))?;
    exchange.hide(&jwt);
    Ok(jwt)
}
