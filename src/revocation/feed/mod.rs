//! The feed of revocations, which verifiers of resource servers follow.

mod answer;
#[cfg(test)]
mod answer_tests;
mod cursor;
mod entry;
mod held_polls;
mod polls;
mod request;
mod waking;

pub use cursor::{Cursor, InvalidCursor};
pub use held_polls::HeldPolls;
pub use polls::{Feed, FeedRefused, HeardPoll, Hearing, NewPoll};
pub use request::{Acknowledged, FeedRequest, InvalidNonce, Nonce};
pub use waking::Waking;
