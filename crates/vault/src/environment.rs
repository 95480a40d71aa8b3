//! What a validation needs besides the credential: a sender of requests, a clock, randomness.

use std::fmt;

use chrono::{DateTime, Utc};
use ring::rand::SecureRandom;

use crate::outbound::Outbound;

pub trait Clock {
    fn now(&self) -> DateTime<Utc>;
}

#[derive(Clone, Copy)]
pub struct Environment<'a> {
    pub outbound: &'a dyn Outbound,
    pub clock: &'a dyn Clock,
    pub random: &'a dyn SecureRandom,
    /// Of every request.
    pub user_agent: &'a str,
}

impl fmt::Debug for Environment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}
