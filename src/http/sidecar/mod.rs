//! The sidecar: forward-auth by an offline verifier, beside the proxy that asks.

mod forward_auth;
mod health;
mod listen;
mod state;

pub use listen::{SidecarAddress, listen_as_sidecar};
pub use state::Sidecar;
