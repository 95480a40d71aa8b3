//! Groups.

use claviger_contract::{Scope, Timestamp};
use claviger_domain::{Description, Name, ResourceGrant};

use crate::macros::{answer, body, edit};

body! {
    pub struct NewGroup {
        /// A name that no group of the realm has.
        pub name: Name,
        /// Free text for people.
        pub description: Description = Description::default(),
        /// Who answers for it.
        pub responsible: Description = Description::default(),
        /// Scopes that it gives.
        pub scopes: Vec<Scope> = Vec::new(),
        /// Actions on resources that it gives.
        pub resources: Vec<ResourceGrant> = Vec::new(),
    }
}

edit! {
    /// A list replaces the old one entirely.
    pub struct GroupEdit {
        /// Free text for people.
        pub description: Description,
        /// Who answers for it.
        pub responsible: Description,
        /// Replaces all scopes that it gives.
        pub scopes: Vec<Scope>,
        /// Replaces all actions on resources that it gives.
        pub resources: Vec<ResourceGrant>,
    }
}

answer! { "Group" =>
    #[derive(Clone)]
    pub struct GroupView {
        /// The name that identifies the group.
        pub name: Name,
        /// Free text for people.
        pub description: Description,
        /// Who answers for it.
        pub responsible: Description,
        /// Scopes that it gives.
        pub scopes: Vec<Scope>,
        /// Actions on resources that it gives.
        pub resources: Vec<ResourceGrant>,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
    }
}
