//! Registered scopes, and the presets of scopes that tokens are created with.

use claviger_contract::{Scope, Timestamp};
use claviger_domain::Description;

use crate::macros::{answer, body, edit};

body! {
    pub struct NewScope {
        /// A word or `type:action` that is not registered yet.
        pub scope: Scope,
        /// Free text for people.
        pub description: Description = Description::default(),
    }
}

edit! {
    pub struct ScopeEdit {
        /// Free text for people.
        pub description: Description,
    }
}

answer! { "Scope" =>
    #[derive(Clone)]
    pub struct ScopeView {
        /// The scope, which identifies it.
        pub scope: Scope,
        /// Free text for people.
        pub description: Description,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
    }
}

answer! {
    #[derive(Clone)]
    pub struct ScopePresetView {
        /// The name of the preset. For example `read-only`.
        pub name: String,
        /// Free text for people. For example `Read everything`.
        pub description: String,
        /// The scopes that it stands for.
        pub scopes: Vec<Scope>,
    }
}
