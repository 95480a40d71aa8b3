//! All requests to the issuer, each on a thread of the verifier.

mod client;
mod desk;
mod endpoints;
mod feed_follower;
mod key_fetcher;
mod slow_path;

pub(crate) use client::{Client, Credentials};
pub(crate) use desk::{Desk, Ticket};
pub(crate) use feed_follower::{FeedFollower, Followed};
pub(crate) use key_fetcher::fetch_keys;
pub(crate) use slow_path::SlowPath;
