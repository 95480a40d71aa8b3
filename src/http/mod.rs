//! Everything that speaks HTTP: parsing at the border, status and bodies of answers, and nothing else.

mod admin;
mod bearer_header;
mod caching;
mod client_address;
mod health;
mod limits;
mod listen;
mod metrics;
mod oauth;
mod observe;
mod openapi;
mod request_ids;
mod routes;
mod state;

pub use listen::{ListenError, ServerSettings, listen};
pub use metrics::{Metrics, listen_for_metrics};
pub use openapi::document;
pub use request_ids::RequestIds;
pub use state::AppState;
