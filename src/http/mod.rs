//! The HTTP layer: parsing of requests, status and bodies of responses, and nothing else.

mod admin;
mod caching;
mod certificate_end;
mod client_address;
mod connections;
mod console;
mod coverage;
mod forward_auth;
mod health;
mod limits;
mod listen;
mod oauth;
mod observe;
mod openapi;
mod path_prefix;
mod presented_token;
mod prometheus;
mod read_only;
mod renewal;
mod request_ids;
mod routes;
mod sidecar;
mod span;
mod state;
mod traced;

pub use certificate_end::CertificateEnd;
pub use connections::{ConnectionLimits, Connections, OVERFLOW};
pub use listen::{ListenError, ServerSettings, listen, worker_count};
pub use openapi::document;
pub use path_prefix::PathPrefix;
pub use prometheus::{MAX_SCRAPES, Metrics, listen_for_metrics};
pub use request_ids::RequestIds;
pub use sidecar::{Sidecar, SidecarAddress, listen_as_sidecar};
pub use state::AppState;
