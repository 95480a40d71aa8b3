//! Everything that speaks HTTP: parsing at the border, status and bodies of answers, and nothing else.

mod admin;
mod caching;
mod client_address;
mod health;
mod limits;
mod listen;
mod oauth;
mod observe;
mod openapi;
mod presented_token;
mod prometheus;
mod request_ids;
mod routes;
mod span;
mod state;

pub use listen::{ListenError, ServerSettings, listen};
pub use openapi::document;
pub use prometheus::{Metrics, listen_for_metrics};
pub use request_ids::RequestIds;
pub use state::AppState;
