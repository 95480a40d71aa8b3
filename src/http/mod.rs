//! Everything that speaks HTTP: parsing at the border, status and bodies of answers, and nothing else.

mod admin;
mod bearer_header;
mod caching;
mod client_address;
mod health;
mod limits;
mod listen;
mod oauth;
mod openapi;
mod routes;
mod state;

pub use listen::{ListenError, ServerSettings, listen};
pub use openapi::document;
pub use state::AppState;
