//! The API's description of itself (OpenAPI 3.1): made of the same table that mounts its routes.

mod document;
mod operation;
mod page;
pub mod schema;

pub use document::document;
pub use operation::{Operation, RefusalBody, Who};
pub use page::configure;
