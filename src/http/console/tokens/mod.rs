//! API tokens, personal access tokens and application credentials: what members own, on pages that are alike.

mod application;
pub mod detail;
mod draft;
pub mod edit;
mod item;
mod kind;
pub mod list;
pub mod new;
pub mod renew;
pub mod revoke;
pub mod scopes;
mod shown_once;
