//! T-27: every parser of external bytes, fed with noise and with damaged versions of valid samples.
//!
//! Nothing may panic or be answered with a 5xx, and parsed values must survive a round trip. Each target runs for
//! `FUZZ_SECONDS`, by default ten.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    unused,
    reason = "a test fails by panicking"
)]

mod bytes;
mod files;
mod requests;
mod texts;
