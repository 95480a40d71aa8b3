//! The frame around samples.

use claviger_console::{Alone, Entry, Frame, Links, NodesInStep, SignedIn, Site, Theme};
use claviger_contract::Timestamp;
use claviger_domain::Role;

pub const NOW: &str = "2026-11-28T18:40:12Z";

pub fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

pub fn links() -> Links {
    Site::default().realm("acme")
}

pub fn framed(active: Entry) -> Frame {
    framed_as(Role::AccountHolder, active)
}

pub fn framed_as(role: Role, active: Entry) -> Frame {
    let (name, email) = match role {
        Role::Member => ("Mina Park", "mina@acme.example"),
        _ => ("Ana Souza", "ana@acme.example"),
    };
    Frame {
        links: links(),
        realm_name: "Acme Robotics".to_owned(),
        member: SignedIn { name: name.to_owned(), email: email.to_owned(), role },
        theme: Theme::Auto,
        keys_off: false,
        active: Some(active),
        nodes: Some(NodesInStep { in_step: 3, all: 3 }),
        csrf: "sample-token".to_owned(),
        version: "0.9".to_owned(),
        note: None,
        now: at(NOW),
        here: "/console/acme/".to_owned(),
    }
}

pub fn alone() -> Alone {
    Alone {
        site: Site::default(),
        theme: Theme::Auto,
        place: "Acme Robotics".to_owned(),
        version: "0.9".to_owned(),
        csrf: "sample-token".to_owned(),
    }
}
