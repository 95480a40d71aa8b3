//! Setting up the second factor of a local account, and its recovery codes, which are shown once.

use askama::Template;

use crate::frame::Alone;
use crate::links::Address;
use crate::page::page;
use crate::parts::QrCode;

/// The answer to a POST: it shows a new secret. Without `Debug`.
#[derive(Template)]
#[template(path = "pages/second-factor.html")]
pub struct SecondFactorPage {
    pub frame: Alone,
    pub email: String,
    /// `None` if names are so long that no code holds them; then the secret is typed.
    pub qr: Option<QrCode>,
    /// In base32.
    pub secret: String,
    /// The same, sealed, for the form.
    pub sealed: String,
    /// Where the code is posted to.
    pub action: Address,
    /// Where it leads without one, with its words.
    pub later: (Address, &'static str),
    /// Whether a second factor is there, and is replaced.
    pub replaces: bool,
    /// Whether the code was wrong.
    pub wrong: bool,
}

/// The answer to the POST that made them. Without `Debug`.
#[derive(Template)]
#[template(path = "pages/recovery-codes.html")]
pub struct RecoveryCodesPage {
    pub frame: Alone,
    pub email: String,
    pub codes: Vec<String>,
    /// Where Close leads.
    pub close: Address,
}

impl SecondFactorPage {
    fn title(&self) -> &'static str {
        if self.replaces { "Replace the second factor" } else { "Set up a second factor" }
    }

    /// In groups of four, as people read it.
    fn grouped(&self) -> String {
        let characters: Vec<char> = self.secret.chars().collect();
        let groups: Vec<String> = characters.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join(" ")
    }
}

impl RecoveryCodesPage {
    fn title(&self) -> &'static str {
        "Save your recovery codes"
    }

    fn listed(&self) -> String {
        self.codes.join("\n")
    }
}

page!(SecondFactorPage);
page!(RecoveryCodesPage);
