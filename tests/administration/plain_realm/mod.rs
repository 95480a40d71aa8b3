//! A realm whose holders have their own lists, to compare with the sets and indexes of the server.

mod acts;
mod course;
mod holders;
mod records;

pub use acts::{Chance, SCOPES, act};
pub use course::{Course, loaded};
pub use holders::Plain;
pub use records::{NOW, application, credential, group, member, operator, resource};
