//! "Confirm it is you": giving access asks for a recent sign-in.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Alone;
use crate::links::Links;
use crate::page::page;
use crate::text::ago;

#[derive(Template)]
#[template(path = "pages/confirm.html")]
pub struct ConfirmPage {
    pub frame: Alone,
    pub links: Links,
    pub signed_in_at: Timestamp,
    pub now: Timestamp,
    /// The identity provider by which the member signs in; `None` asks for the password of the local account.
    pub provider: Option<String>,
    pub email: String,
    /// Whether the local account has a second factor, whose code is asked for too.
    pub asks_code: bool,
    /// Whether the password was wrong.
    pub wrong: bool,
    /// Why the provider has not confirmed it: a sentence.
    pub failed: Option<String>,
    /// The GET address that holds what was typed, to which the member comes back.
    pub next: String,
    /// Where "Not now" leads.
    pub back: String,
}

impl ConfirmPage {
    fn title(&self) -> &'static str {
        "Confirm it is you"
    }

    fn signed_in(&self) -> String {
        ago(&self.signed_in_at, &self.now)
    }
}

page!(ConfirmPage);
