//! What a proxy asks about a request, and the answers to it: the same of a server and of a sidecar.

mod answer;
mod check;
mod demand;
mod forwarded;

pub use answer::{Caller, Refused};
pub use check::{Check, PATH, PATH_WITH_MORE};
pub use demand::Demand;
