//! "Sign in the command line?": who asks, as whom, and for how long; and what the member does afterwards.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Alone;
use crate::links::{Address, CommandLineRequest, Links};
use crate::page::page;
use crate::text::{day, things};

#[derive(Template)]
#[template(path = "pages/command-line.html")]
pub struct CommandLinePage {
    pub frame: Alone,
    pub links: Links,
    /// The host of the server, which people check.
    pub host: String,
    /// Of the member who is signed in.
    pub email: String,
    pub request: CommandLineRequest,
    /// How long the token is valid.
    pub days: u64,
    pub expires_at: Timestamp,
}

/// The answer to the POST that approved it. Without `Debug`.
#[derive(Template)]
#[template(path = "pages/command-line-approved.html")]
pub struct CommandLineApprovedPage {
    pub frame: Alone,
    pub email: String,
    /// What people call the machine.
    pub device: String,
    pub code: ApprovedCode,
}

/// How the code reaches the command line.
pub enum ApprovedCode {
    /// By this address on the machine of the browser.
    Sent(Address),
    /// The member copies it.
    Shown { code: String, seconds: u64 },
}

impl CommandLinePage {
    fn title(&self) -> &'static str {
        "Sign in the command line"
    }

    /// Where Cancel leads: the command line hears of it if it listens.
    fn cancel(&self) -> Address {
        let loopback = self.request.loopback.as_ref();
        loopback.map_or_else(|| self.links.overview(), crate::links::Loopback::denied)
    }

    fn validity(&self) -> String {
        format!("{}, until {}", things(&self.days, "day", "days"), day(&self.expires_at))
    }
}

impl CommandLineApprovedPage {
    fn title(&self) -> &'static str {
        "Go back to the terminal"
    }
}

page!(CommandLinePage);
page!(CommandLineApprovedPage);
