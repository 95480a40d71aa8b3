//! Making a service credential: four steps whose state travels in the address, and the pickers of the third.

mod access;
mod actions;
mod command;
mod details;
mod expiration;
mod groups;
mod resources;
mod summary;
mod target;

pub use access::{NewAccessPage, ResourceLine};
pub use actions::ActionMatrixPage;
pub use details::{NameFault, NewDetailsPage, description_fault, name_fault};
pub use expiration::NewExpirationPage;
pub use groups::{GroupLine, GroupPickerPage, PickableGroup};
pub use resources::{PickableResource, ResourcePickerPage};
pub use summary::NewSummaryPage;
pub use target::AccessTarget;
