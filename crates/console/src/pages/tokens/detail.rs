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
    /// Whether the member may revoke it.
    pub revocable: bool,
    pub lifecycle: Lifecycle,
    /// Those that were chosen, each with whether its owner holds it now.
    pub scopes: Vec<(String, bool)>,
    pub events: Vec<EventLine>,
}

impl TokenPage {
    fn title(&self) -> &str {
        &self.title
    }

    fn mark(&self) -> Mark {
        self.lifecycle.mark(&self.frame.now)
    }
}

page!(TokenPage);
