//! Servers that are measured, and what they run on.

pub mod baseline;
pub mod claviger;
pub mod cores;
pub mod disk;
pub mod postgres;
pub mod process;
pub mod quickstart;
pub mod stage;
