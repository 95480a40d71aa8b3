//! Problem responses of the administration API (RFC 9457).

mod body;
mod kind;

pub use body::{Problem, headers_refused, method_refused};
