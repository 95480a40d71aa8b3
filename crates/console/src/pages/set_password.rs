//! The page behind a link that sets the password of a local account.

use askama::Template;

use crate::frame::Alone;
use crate::links::Links;
use crate::page::page;
use crate::parts::Faults;

#[derive(Template)]
#[template(path = "pages/set-password.html")]
pub struct SetPasswordPage {
    pub frame: Alone,
    pub links: Links,
    /// The realm's display name, or its label.
    pub realm_name: String,
    /// The host of the server, which people check.
    pub host: String,
    /// `None` if the link does not work any more.
    pub invited: Option<InvitedMember>,
    pub faults: Faults,
}

pub struct InvitedMember {
    pub email: String,
    /// The secret of the link.
    pub code: String,
    pub least_characters: usize,
}

impl SetPasswordPage {
    fn title(&self) -> &'static str {
        "Set your password"
    }

    fn code(&self) -> &str {
        self.invited.as_ref().map_or("", |invited| invited.code.as_str())
    }
}

page!(SetPasswordPage);
