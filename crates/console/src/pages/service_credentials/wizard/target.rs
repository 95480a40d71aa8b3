//! What a picker chooses for: the draft of the wizard, or a credential that exists.

use crate::links::{Address, Draft, Links, Step};

#[derive(Clone, Debug)]
pub enum AccessTarget {
    New(Box<Draft>),
    Existing {
        id: String,
        name: String,
        /// The entity tag of the credential that the page shows, as a field `etag`.
        etag: String,
    },
}

impl AccessTarget {
    /// `post` for what changes something.
    pub(super) const fn method(&self) -> &'static str {
        match self {
            Self::New(_) => "get",
            Self::Existing { .. } => "post",
        }
    }

    pub(super) const fn posts(&self) -> bool {
        matches!(self, Self::Existing { .. })
    }

    /// Where Cancel leads.
    pub(super) fn back(&self, links: &Links) -> Address {
        match self {
            Self::New(draft) => links.new_service_credential(Step::Access, draft),
            Self::Existing { id, .. } => links.service_credential(id),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::New(_) => "Create service credential",
            Self::Existing { name, .. } => name,
        }
    }

    pub(super) fn groups_action(&self, links: &Links) -> Address {
        match self {
            Self::New(_) => links.wizard(Step::Access),
            Self::Existing { id, .. } => links.add_groups(id),
        }
    }

    pub(super) fn resources_action(&self, links: &Links) -> Address {
        match self {
            Self::New(_) => links.pick_actions_of_new(&Draft::default()),
            Self::Existing { id, .. } => links.edit_actions(id),
        }
    }

    pub(super) fn actions_action(&self, links: &Links) -> Address {
        match self {
            Self::New(_) => links.wizard(Step::Access),
            Self::Existing { id, .. } => links.edit_actions(id),
        }
    }

    pub(super) fn resource_picker(&self, links: &Links) -> Address {
        match self {
            Self::New(draft) => links.pick_resources_of_new(draft),
            Self::Existing { id, .. } => links.add_resources(id),
        }
    }

    /// The fields that the picker's form carries along, beside those it shows.
    pub(super) fn carried(&self, shown: &[&str]) -> Vec<(&'static str, &str)> {
        match self {
            Self::New(draft) => draft.fields_without(shown),
            Self::Existing { etag, .. } => vec![("etag", etag)],
        }
    }
}
