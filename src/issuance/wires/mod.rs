//! What git and container registries may do, by method and address.

mod git_rules;
pub mod wire_rules;
