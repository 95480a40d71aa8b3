//! Members: the list, one member, and what is done with one.

pub mod detail;
mod draft;
pub mod form;
mod found;
pub mod identities;
pub mod invite;
pub mod list;
pub mod second_factor;
mod sign_ins;
pub mod standing;
