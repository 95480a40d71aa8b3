//! Requests, connections and the load that they make.

pub mod connection;
pub mod generator;
pub mod pool;
pub mod request;
pub mod shape;
pub mod tally;
pub mod wrong_key;
