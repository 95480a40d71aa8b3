//! The verifier as services use it, against a server on loopback that is honest, lies, or is down.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod actix_guard;
mod follow;
mod forged;
mod keys;
mod lies;
mod opaque;
mod support;
mod tower_guard;
