//! Requests to other services: what is sent, and the one client that sends it.

mod address;
mod authorities;
mod body;
mod client;
mod listed_hosts;
mod lookup;
mod message;

pub use authorities::{Authorities, AuthoritiesError};
pub use client::{OutboundClient, OutboundSettings};
pub use listed_hosts::{ListedHosts, ListedHostsError};
pub use lookup::{Lookup, SystemLookup};
pub use message::{MAX_BODY_BYTES, Outbound, Request, Response, SendFailure, USER_AGENT};
