//! One of them.

use askama::Template;

use crate::frame::Frame;
use crate::links::TokenKind;
use crate::page::page;
use crate::parts::{EventLine, Lifecycle, Mark};

#[derive(Template)]
#[template(path = "pages/tokens/detail.html")]
pub struct TokenPage {
    pub frame: Frame,
    pub kind: TokenKind,
    pub id: String,
    pub title: String,
    /// Of an application credential.
    pub description: String,
    pub owner: String,
    /// Whether the member may revoke it, and it is not revoked.
    pub revocable: bool,
    /// Of an application credential that the member may change.
    pub editable: bool,
    /// Of an own application credential that has no successor.
    pub renewable: bool,
    pub lifecycle: Lifecycle,
    /// Whether it ended because its realm was suspended, so that nobody revoked it.
    pub ended_with_realm: bool,
    /// Those that were chosen, each with whether its owner holds it now.
    pub scopes: Vec<(String, bool)>,
    /// For those who open the audit trail.
    pub events: Vec<EventLine>,
}

impl TokenPage {
    fn title(&self) -> &str {
        &self.title
    }

    fn mark(&self) -> Mark {
        super::list::mark(&self.lifecycle, self.ended_with_realm, &self.frame.now)
    }
}

page!(TokenPage);
