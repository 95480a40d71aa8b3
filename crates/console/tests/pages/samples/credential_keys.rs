//! Keys that are shown once, and usage examples.

use claviger_console::{
    CredentialExamplesPage, CredentialKeyAgainPage, CredentialKeyPage, Entry, FirstUseLine,
};

use super::credentials::{ID, NAME};
use super::frame::{at, chosen, framed, links};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    vec![
        sample("credential-examples", examples()),
        sample("show-once", shown_once(false)),
        sample("show-once-renewed", shown_once(true)),
        sample("show-once-again", {
            let frame = framed(Entry::ServiceCredentials);
            CredentialKeyAgainPage { frame, id: ID.to_owned(), name: chosen(NAME) }
        }),
    ]
}

/// The answer to the poll of the page that shows a key.
pub fn first_use(works: bool) -> FirstUseLine {
    FirstUseLine { first_used_at: works.then(|| at("2026-11-28T18:41:07Z")), poll: links().first_use(ID) }
}

fn examples() -> CredentialExamplesPage {
    CredentialExamplesPage {
        frame: framed(Entry::ServiceCredentials),
        id: ID.to_owned(),
        name: chosen(NAME),
        token_endpoint: "https://auth.acme.example/realms/acme/oauth2/token".to_owned(),
        server_url: "https://auth.acme.example".to_owned(),
        registry: None,
    }
}

pub fn shown_once(renewed: bool) -> CredentialKeyPage {
    CredentialKeyPage {
        frame: framed(Entry::ServiceCredentials),
        id: "019d1a6e-1b77-7d02-8f4c-b90c2e57a6d1".to_owned(),
        name: chosen(NAME),
        client_key: "clvk_7Qm2xV9tRb4LsW0pYc8HdZ3nKf6GjA1uE0aB1c".to_owned(),
        token_endpoint: "https://auth.acme.example/realms/acme/oauth2/token".to_owned(),
        server_url: "https://auth.acme.example".to_owned(),
        curl: " curl -sS https://auth.acme.example/realms/acme/oauth2/token \\\n   -u 019d1a6e-1b77-7d02-8f4c-b90c2e57a6d1:clvk_7Qm2xV9tRb4LsW0pYc8HdZ3nKf6GjA1uE0aB1c \\\n   -d grant_type=client_credentials"
            .to_owned(),
        registry: Some("hub.acme.example".to_owned()),
        old_one_ends_at: renewed.then(|| at("2026-11-29T18:40:00Z")),
        receipt: None,
    }
}
