//! Registered scopes, and the presets of scopes that tokens are created with.

use claviger_contract::{Scope, Timestamp};
use claviger_domain::Description;

use crate::macros::{answer, body, edit};

body! {
    pub struct NewScope {
        /// A word or `type:action` that is not registered yet.
        pub scope: Scope,
        pub description: Description = Description::default(),
    }
}

edit! {
    pub struct ScopeEdit {
        pub description: Description,
    }
}

answer! { "Scope" =>
    #[derive(Clone)]
    pub struct ScopeView {
        pub scope: Scope,
        pub description: Description,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}

answer! {
    #[derive(Clone)]
    pub struct ScopePresetView {
        pub name: String,
        pub description: String,
        pub scopes: Vec<Scope>,
    }
}
