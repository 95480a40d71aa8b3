//! The picker of resources, before the matrix of their actions.

use askama::Template;

use super::target::AccessTarget;
use crate::frame::Frame;
use crate::page::page;

#[derive(Template)]
#[template(path = "pages/service-credentials/wizard/resources.html", blocks = ["dialog"])]
pub struct ResourcePickerPage {
    pub frame: Frame,
    pub target: AccessTarget,
    /// Those of which the member holds an action. Of a credential that exists: without those that it has.
    pub resources: Vec<PickableResource>,
    /// Whether none was ticked.
    pub none_chosen: bool,
}

#[derive(Clone, Debug)]
pub struct PickableResource {
    /// `type/name`.
    pub resource: String,
    pub description: String,
    pub actions: Vec<String>,
    pub chosen: bool,
}

impl ResourcePickerPage {
    fn title(&self) -> &'static str {
        "Add resource"
    }
}

page!(ResourcePickerPage, Dialog => as_dialog);
