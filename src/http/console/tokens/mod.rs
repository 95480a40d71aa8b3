//! API tokens, personal access tokens and application credentials: what members own, on pages that are alike.

pub mod detail;
mod draft;
mod item;
mod kind;
pub mod list;
pub mod new;
pub mod revoke;
pub mod scopes;
mod shown_once;
