//! One member.

use askama::Template;
use claviger_contract::Timestamp;

use super::list::MemberRow;
use crate::frame::Frame;
use crate::page::page;
use crate::parts::{EventLine, Mark};
use crate::text::things;

#[derive(Template)]
#[template(path = "pages/members/detail.html")]
pub struct MemberPage {
    pub frame: Frame,
    pub member: MemberRow,
    pub created_at: Timestamp,
    /// Whether this member may be changed and disabled by who looks: only account holders change account holders.
    pub editable: bool,
    /// Whether who looks may reset the second factor of their local account; false if there is none.
    pub resettable: bool,
    pub live_tokens: u64,
    pub live_application_credentials: u64,
    /// Service credentials that they created; these go on.
    pub created_credentials: u64,
    pub live_sessions: u64,
    /// The people at the provider who sign in as them, or ask to.
    pub identities: Vec<IdentityLine>,
    /// Whether who looks answers requests and removes links: an account holder.
    pub answers: bool,
    pub events: Vec<EventLine>,
}

#[derive(Clone, Debug)]
pub struct IdentityLine {
    pub id: String,
    /// As the provider calls the person.
    pub name: Option<String>,
    pub issuer: String,
    pub subject: String,
    /// When the person asked, until an account holder has answered.
    pub asked_at: Option<Timestamp>,
    /// When it was linked, and who did.
    pub linked: Option<(Timestamp, String)>,
}

impl MemberPage {
    fn title(&self) -> &str {
        &self.member.name
    }

    fn mark(&self) -> Mark {
        self.member.standing.mark()
    }

    fn is_disabled(&self) -> bool {
        self.member.standing == super::list::MemberStanding::Disabled
    }

    /// `2 API tokens`.
    fn owned(&self, count: &u64, one: &str, many: &str) -> String {
        things(count, one, many)
    }
}

page!(MemberPage);
