//! The values of a credential's form: how they are checked, and what a host is derived from.

mod check;
mod url_field;
mod values;

pub use check::{FieldFault, check_fields};
pub(crate) use values::Variables;
pub use values::{FieldValue, Fields};
