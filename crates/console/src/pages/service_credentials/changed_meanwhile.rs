//! "Somebody changed this. Your change was not made.": the access as it is now, and the same form again. 412.

use askama::Template;
use claviger_contract::Timestamp;

use super::wizard::ResourceLine;
use crate::frame::Frame;
use crate::page::page;
use crate::text::ago;

#[derive(Template)]
#[template(path = "pages/service-credentials/changed-meanwhile.html")]
pub struct ChangedMeanwhilePage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub changed_by: String,
    pub changed_at: Timestamp,
    /// What it has now.
    pub groups: Vec<String>,
    pub resources: Vec<ResourceLine>,
    /// Where the form was posted to.
    pub action: String,
    /// What was posted, but for the CSRF and entity tags.
    pub fields: Vec<(String, String)>,
    /// Of what it is now.
    pub etag: String,
}

impl ChangedMeanwhilePage {
    fn title(&self) -> String {
        format!("{} was changed", self.name)
    }

    fn when(&self) -> String {
        ago(&self.changed_at, &self.frame.now)
    }
}

page!(ChangedMeanwhilePage);
