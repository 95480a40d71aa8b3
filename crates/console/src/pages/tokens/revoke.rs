//! "Revoke this?": what owns it, and when it was used.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::links::TokenKind;
use crate::page::page;
use crate::text::ago;

#[derive(Template)]
#[template(path = "pages/tokens/revoke.html", blocks = ["dialog"])]
pub struct RevokeTokenPage {
    pub frame: Frame,
    pub kind: TokenKind,
    pub id: String,
    pub title: String,
    pub owner: String,
    pub last_used_at: Option<Timestamp>,
}

impl RevokeTokenPage {
    fn title(&self) -> String {
        format!("Revoke {}", self.title)
    }

    fn last_used(&self) -> Option<String> {
        self.last_used_at.map(|used| ago(&used, &self.frame.now))
    }
}

page!(RevokeTokenPage, Dialog => as_dialog);
