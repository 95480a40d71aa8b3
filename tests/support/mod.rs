//! Shared test support: temporary databases, a server in this process, manual clocks, a plain HTTP client.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

pub mod clock;
pub mod http;
pub mod jwt;
pub mod other_binary;
pub mod patience;
pub mod patroni;
pub mod postgres;
pub mod process;
pub mod randomness;
pub mod world;
