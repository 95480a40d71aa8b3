//! The picker of groups.

use askama::Template;

use super::target::AccessTarget;
use crate::frame::Frame;
use crate::page::page;
use crate::text::number;

#[derive(Template)]
#[template(path = "pages/service-credentials/wizard/groups.html", blocks = ["dialog"])]
pub struct GroupPickerPage {
    pub frame: Frame,
    pub target: AccessTarget,
    /// Those whose scopes the member holds. Of a credential that exists: without those that it has.
    pub groups: Vec<PickableGroup>,
}

#[derive(Clone, Debug)]
pub struct PickableGroup {
    pub name: String,
    pub description: String,
    pub scopes: Vec<String>,
    pub chosen: bool,
}

/// A group that a credential has.
#[derive(Clone, Debug)]
pub struct GroupLine {
    pub name: String,
    pub description: String,
    /// Empty if nobody is named.
    pub responsible: String,
}

impl GroupPickerPage {
    fn title(&self) -> &'static str {
        "Add group"
    }

    fn chosen(&self) -> String {
        let count = self.groups.iter().filter(|group| group.chosen).count();
        format!("{} chosen", number(&u64::try_from(count).unwrap_or(u64::MAX)))
    }
}

page!(GroupPickerPage, Dialog => as_dialog);
