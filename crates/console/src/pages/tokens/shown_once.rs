//! A secret that is shown this once: of a token, of a resource server, a list of recovery codes.

use askama::Template;

use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;

/// Answered with `no-store`, to the POST itself. Without `Debug`: it has the secret.
#[derive(Template)]
#[template(path = "pages/tokens/shown-once.html")]
pub struct SecretPage {
    pub frame: Frame,
    /// Where it leads up to, with its words.
    pub up: (Address, &'static str),
    /// `Laptop, git`.
    pub name: String,
    /// `token`, `client key`, `recovery codes`.
    pub noun: &'static str,
    /// The secret first, then what belongs to it.
    pub values: Vec<ShownValue>,
    /// A complete command that uses it; `None` if there is none.
    pub example: Option<String>,
    /// Where it is posted to come back as a file.
    pub download: Option<Address>,
    /// Where Close leads.
    pub close: Address,
    /// What to do if it is lost.
    pub lost: &'static str,
}

pub struct ShownValue {
    pub label: &'static str,
    /// The name of its field in the download.
    pub field: &'static str,
    pub value: String,
    pub secret: bool,
}

/// The same POST a second time: 409.
#[derive(Template)]
#[template(path = "pages/tokens/shown-once-again.html")]
pub struct SecretAgainPage {
    pub frame: Frame,
    pub up: (Address, &'static str),
    pub name: String,
    pub noun: &'static str,
    pub open: Address,
    pub lost: &'static str,
}

impl SecretPage {
    fn title(&self) -> String {
        format!("New {}", self.noun)
    }

    fn saved(&self) -> String {
        format!("After you close this page, nobody can view the {} again.", self.noun)
    }
}

impl SecretAgainPage {
    fn title(&self) -> String {
        format!("{} was already created", self.name)
    }

    fn heading(&self) -> String {
        format!("Its {} was shown once", self.noun)
    }
}

page!(SecretPage);
page!(SecretAgainPage);
