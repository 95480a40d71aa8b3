//! The frame around samples.

use std::cell::RefCell;

use claviger_console::{Alone, Entry, Frame, Links, NodesInStep, SignedIn, Site, Theme};
use claviger_contract::Timestamp;
use claviger_domain::Role;

thread_local! {
    static CHOSEN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A text that a person of the realm chose: `usual`, or the one that a test has put in place of all of them.
pub fn chosen(usual: &str) -> String {
    CHOSEN.with_borrow(|text| text.as_deref().unwrap_or(usual).to_owned())
}

/// What `make` makes while every chosen text is this one.
#[cfg(test)]
pub fn with_chosen<T>(text: &str, make: impl FnOnce() -> T) -> T {
    CHOSEN.set(Some(text.to_owned()));
    let made = make();
    CHOSEN.set(None);
    made
}

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
        realm_name: chosen("Acme Robotics"),
        member: SignedIn { name: chosen(name), email: email.to_owned(), role },
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
        place: chosen("Acme Robotics"),
        version: "0.9".to_owned(),
        csrf: "sample-token".to_owned(),
    }
}

pub fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}
