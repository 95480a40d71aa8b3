//! Step 3: groups and resources, with what they add up to.

use askama::Template;

use super::groups::GroupLine;
use crate::frame::Frame;
use crate::links::{Address, Draft, Step};
use crate::page::page;
use crate::parts::ScopeLine;

#[derive(Template)]
#[template(path = "pages/service-credentials/wizard/access.html")]
pub struct NewAccessPage {
    pub frame: Frame,
    pub draft: Draft,
    pub groups: Vec<GroupLine>,
    pub resources: Vec<ResourceLine>,
    pub scopes: Vec<ScopeLine>,
    /// Whether something that the address named does not exist any more, and was left out.
    pub dropped: bool,
}

/// A resource with the actions on it.
#[derive(Clone, Debug)]
pub struct ResourceLine {
    /// `type/name`.
    pub resource: String,
    pub description: String,
    pub actions: Vec<String>,
}

impl NewAccessPage {
    fn title(&self) -> &'static str {
        "Access: create service credential"
    }

    fn step(&self) -> Step {
        Step::Access
    }

    fn without_group(&self, group: &str) -> Address {
        self.frame.links.new_service_credential(Step::Access, &self.draft.without_group(group))
    }

    fn without_resource(&self, resource: &str) -> Address {
        self.frame.links.new_service_credential(Step::Access, &self.draft.without_resource(resource))
    }
}

page!(NewAccessPage);
