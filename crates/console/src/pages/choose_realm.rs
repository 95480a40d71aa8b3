//! Choosing a realm, where nothing says which.

use askama::Template;

use crate::frame::Alone;
use crate::links::Links;
use crate::page::page;

#[derive(Template)]
#[template(path = "pages/choose-realm.html")]
pub struct ChooseRealmPage {
    pub frame: Alone,
    /// Those that this browser knows. A list of all would tell strangers who the tenants are.
    pub realms: Vec<RealmChoice>,
    /// As typed before.
    pub typed: String,
    /// Whether there is no realm of the typed label.
    pub unknown: bool,
}

#[derive(Clone, Debug)]
pub struct RealmChoice {
    pub links: Links,
    pub name: String,
}

impl ChooseRealmPage {
    fn title(&self) -> &'static str {
        "Choose a realm"
    }
}

page!(ChooseRealmPage);
