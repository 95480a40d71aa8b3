//! Signing in: the identity provider first, then the local account.

use askama::Template;

use crate::frame::Alone;
use crate::links::Links;
use crate::page::page;

#[derive(Template)]
#[template(path = "pages/sign-in.html")]
pub struct SignInPage {
    pub frame: Alone,
    pub links: Links,
    /// The realm's display name, or its label.
    pub realm_name: String,
    /// The host of the server, which people check.
    pub host: String,
    /// The name of the identity provider; `None` if none is set up.
    pub provider: Option<String>,
    /// Whether the realm has local accounts at all.
    pub local_accounts: bool,
    pub error: Option<SignInError>,
    pub note: Option<SignInNote>,
    /// As typed before.
    pub email: String,
    /// The GET address to go to afterwards; empty for the overview.
    pub next: String,
}

/// No more precise than this, so that nobody learns which accounts exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// Wrong e-mail, password, code, or an account that is locked.
    NoMatch,
    /// Why nobody was signed in: a sentence, which may be the provider's.
    Because { sentence: String },
    /// Signed in at the provider under this address, and no rule gives a role. 403.
    NoRole { email: String },
    /// Signed in at the provider with the address of a member, as whom an account holder must let them in. 403.
    NeedsApproval { email: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInNote {
    SignedOut,
    /// By the link of an invitation.
    PasswordSet,
    /// After this many minutes without activity.
    Idle {
        minutes: u64,
    },
    /// Elsewhere, by an administrator, or at the end of the longest session.
    Ended,
}

impl SignInPage {
    fn title(&self) -> &'static str {
        "Sign in"
    }

    /// Whether the form of the local account is open.
    fn open(&self) -> bool {
        self.provider.is_none() || self.error.is_some()
    }

    fn no_match(&self) -> bool {
        self.error == Some(SignInError::NoMatch)
    }

    fn provider_name(&self) -> &str {
        self.provider.as_deref().unwrap_or("The identity provider")
    }
}

page!(SignInPage);
