//! The page that has the secret, and the one for the same form a second time.

use actix_web::http::StatusCode;
use claviger_api::{CreatedApplicationCredential, CreatedMemberToken};
use claviger_console::{SecretAgainPage, SecretPage, ShownValue, TokenKind};

use crate::http::console::answer::Answer;
use crate::http::console::stop::Stop;
use crate::http::console::tokens::kind::title_or_kind;
use crate::http::console::visit::Visit;
use claviger_domain::BuiltInScope;

pub fn token_page(visit: &Visit, kind: TokenKind, created: &CreatedMemberToken) -> Result<Answer, Stop> {
    let (token, shown) = (created.token.expose(), &created.shown);
    let (url, realm) = (&visit.state.administration.public_url, &visit.session.realm.record.label);
    let administers = shown.scopes.iter().any(|scope| BuiltInScope::parse(scope).is_some());
    let example = administers.then(|| {
        format!(" curl -sS -H \"Authorization: Bearer {token}\" {url}/api/v1/realms/{realm}/whoami")
    });
    let title = title_or_kind(kind, shown.description.as_str());
    page(visit, kind, (title, shown.id.to_string()), vec![value("Token", "token", token, true)], example)
}

pub fn application_page(visit: &Visit, created: &CreatedApplicationCredential) -> Result<Answer, Stop> {
    let (key, endpoint) = (created.client_key.expose(), &created.token_endpoint);
    let id = created.credential.id.to_string();
    let example = format!(
        " curl -sS {endpoint} -d grant_type=client_credentials -d client_id={id} -d client_secret={key}"
    );
    let values = vec![
        value("Client Key", "client_key", key, true),
        value("Client Id", "client_id", &id, false),
        value("Token endpoint", "token_endpoint", endpoint, false),
    ];
    let title = created.credential.name.to_string();
    page(visit, TokenKind::Application, (title, id), values, Some(example))
}

fn value(label: &'static str, field: &'static str, value: &str, secret: bool) -> ShownValue {
    ShownValue { label, field, value: value.to_owned(), secret }
}

fn page(
    visit: &Visit,
    kind: TokenKind,
    (name, id): (String, String),
    mut values: Vec<ShownValue>,
    example: Option<String>,
) -> Result<Answer, Stop> {
    values.push(value("Realm", "realm", visit.session.realm.record.label.as_str(), false));
    let links = visit.links();
    let page = SecretPage {
        frame: visit.frame(kind.entry()),
        up: (links.tokens(&kind), kind.title()),
        name,
        noun: kind.secret(),
        values,
        example,
        download: Some(links.download_token(&kind)),
        close: links.token(&kind, &id),
        lost: "If it is lost, revoke it and create a new one.",
    };
    Ok(Answer::page_with(StatusCode::CREATED, &page, None)?)
}

pub fn again_page(visit: &Visit, kind: TokenKind, title: &str, id: &str) -> Result<Answer, Stop> {
    let links = visit.links();
    let page = SecretAgainPage {
        frame: visit.frame(kind.entry()),
        up: (links.tokens(&kind), kind.title()),
        name: title_or_kind(kind, title),
        noun: kind.secret(),
        open: links.token(&kind, id),
        lost: "If not, revoke it and create a new one.",
    };
    Ok(Answer::page_with(StatusCode::CONFLICT, &page, None)?)
}
