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
    pub events: Vec<EventLine>,
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
