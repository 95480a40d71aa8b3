//! The second step of a local sign-in: a code of the authenticator app, or a recovery code.

use askama::Template;

use crate::frame::Alone;
use crate::links::Links;
use crate::page::page;
use crate::text::things;

#[derive(Template)]
#[template(path = "pages/sign-in-code.html")]
pub struct SignInCodePage {
    pub frame: Alone,
    pub links: Links,
    pub kind: CodeKind,
    pub email: String,
    pub wrong: bool,
    pub recovery_codes_left: u32,
    pub next: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    Authenticator,
    Recovery,
}

impl SignInCodePage {
    fn title(&self) -> &'static str {
        match self.kind {
            CodeKind::Authenticator => "Enter your code",
            CodeKind::Recovery => "Enter a recovery code",
        }
    }

    /// `7 are left.`
    fn left(&self) -> String {
        things(&self.recovery_codes_left.into(), "is left.", "are left.")
    }
}

page!(SignInCodePage);
