//! One's own account: sessions, shortcuts, theme.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::{Frame, Theme};
use crate::page::page;
use crate::text::things;

#[derive(Template)]
#[template(path = "pages/account.html")]
pub struct AccountPage {
    pub frame: Frame,
    /// The groups of the member.
    pub groups: Vec<String>,
    /// The own sessions that are live, this one first.
    pub sessions: Vec<SessionRow>,
    /// `None` without a local account whose password is set.
    pub local_account: Option<OwnLocalAccount>,
    /// The server's address, for the command line.
    pub server_url: String,
}

#[derive(Clone, Debug)]
pub struct OwnLocalAccount {
    pub password_set_at: Timestamp,
    pub has_second_factor: bool,
    pub recovery_codes_left: u32,
}

#[derive(Clone, Debug)]
pub struct SessionRow {
    pub id: String,
    /// Whether this page was asked for by it.
    pub current: bool,
    /// `Firefox on Linux`, or `Unknown browser`.
    pub browser: String,
    pub address: String,
    /// `Acme SSO`, `local account`, `command line`.
    pub by: String,
    pub signed_in_at: Timestamp,
    pub last_seen_at: Timestamp,
}

impl AccountPage {
    fn title(&self) -> &'static str {
        "Your account"
    }

    fn commands(&self) -> String {
        let realm = &self.frame.links.realm;
        format!(
            "claviger login --url {} --realm {realm}\nclaviger credential list\nclaviger credential revoke ID --name NAME",
            self.server_url
        )
    }
}

impl OwnLocalAccount {
    fn codes_left(&self) -> String {
        things(&self.recovery_codes_left.into(), "recovery code is left", "recovery codes are left")
    }
}

page!(AccountPage);
