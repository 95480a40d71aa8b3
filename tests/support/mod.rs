//! What tests share: throw-away databases, a server in this process, clocks that stand still, a plain HTTP client.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

pub mod clock;
pub mod http;
pub mod jwt;
pub mod postgres;
pub mod process;
pub mod randomness;
pub mod world;
