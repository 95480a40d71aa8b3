//! The page that has a client key, and the one for the same form a second time.

use actix_web::http::StatusCode;
use claviger_api::CreatedResourceServer;
use claviger_console::{SecretAgainPage, SecretPage, ShownValue};

use crate::http::console::answer::Answer;
use crate::http::console::directory::resource_servers::found::ENTRY;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;

const NOUN: &str = "client key";
const TITLE: &str = "Resource servers";

pub fn key_page(visit: &Visit, created: &CreatedResourceServer) -> Result<Answer, Stop> {
    let (links, key, server) = (visit.links(), created.client_key.expose(), &created.server);
    let (id, issuer) = (server.id.to_string(), &visit.session.realm.issuer);
    let value =
        |label, field, value: &str, secret| ShownValue { label, field, value: value.to_owned(), secret };
    let page = SecretPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.resource_servers(), TITLE),
        name: server.name.to_string(),
        noun: NOUN,
        values: vec![
            value("Client Key", "client_key", key, true),
            value("Client Id", "client_id", &id, false),
            value("Audience", "audience", server.audience.as_str(), false),
            value("Realm", "realm", visit.session.realm.record.label.as_str(), false),
        ],
        example: Some(format!(" curl -sS {issuer}/oauth2/introspect -u {id}:{key} -d token=$TOKEN")),
        download: Some(links.download_server_key()),
        close: links.resource_server(&id),
        lost: "If it is lost, renew the resource server.",
    };
    Ok(Answer::page_with(StatusCode::CREATED, &page, None)?)
}

pub fn again_page(visit: &Visit, id: &str, name: String) -> Result<Answer, Stop> {
    let links = visit.links();
    let page = SecretAgainPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.resource_servers(), TITLE),
        name,
        noun: NOUN,
        open: links.resource_server(id),
        lost: "If not, renew the resource server.",
    };
    Ok(Answer::page_with(StatusCode::CONFLICT, &page, None)?)
}
