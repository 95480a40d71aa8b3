//! The directory: groups, resources, scopes, resource servers.

pub mod drafted;
pub mod entity;
pub mod groups;
mod held;
pub mod resource_servers;
pub mod resources;
pub mod scopes;
