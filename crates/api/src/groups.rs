//! Groups.

use claviger_contract::{Scope, Timestamp};
use claviger_domain::{Description, Name, ResourceGrant};

use crate::macros::{answer, body, edit};

body! {
    pub struct NewGroup {
        /// A name that no group of the realm has.
        pub name: Name,
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
        pub description: Description,
        pub responsible: Description,
        pub scopes: Vec<Scope>,
        pub resources: Vec<ResourceGrant>,
    }
}

answer! { "Group" =>
    #[derive(Clone)]
    pub struct GroupView {
        pub name: Name,
        pub description: Description,
        pub responsible: Description,
        pub scopes: Vec<Scope>,
        pub resources: Vec<ResourceGrant>,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}
