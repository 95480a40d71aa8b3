//! Scopes: the list, presets, one scope, its form, its end.

pub mod detail;
mod form;
mod found;
pub mod list;
pub mod presets;
