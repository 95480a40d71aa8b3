//! The API description (OpenAPI 3.1), generated from the table that mounts the routes.

mod components;
mod document;
mod fields;
mod html;
mod mount;
mod operation;
mod page;
mod reference;
pub mod schema;

pub use document::document;
pub use mount::mount;
pub use operation::{DRY_RUN, DRY_RUN_PARAMETER, JSON, MakeSchema, Operation, RefusalBody, Who};
pub use page::configure;
