//! The directory: groups, resources, scopes, resource servers. Each has a list, a page and a form.

mod group;
mod groups;
mod holders;
mod resource;
mod resource_server;
mod resource_servers;
mod resources;
mod scope;
mod scopes;

pub use group::{GroupForm, GroupRecord, group_form, group_page};
pub use groups::{GroupRow, UseTab, group_list};
pub use holders::{HolderLines, NamedHolder};
pub use resource::{ResourceForm, ResourceRecord, resource_form, resource_page};
pub use resource_server::{ServerForm, ServerRecord, server_form, server_page, server_renewal_form};
pub use resource_servers::{ServerRow, ServerTab, server_list};
pub use resources::{ResourceRow, ResourceTab, resource_list};
pub use scope::{ScopeForm, ScopeRecord, scope_form, scope_page};
pub use scopes::{PresetRow, ScopeRow, ScopeTab, preset_list, scope_list};
