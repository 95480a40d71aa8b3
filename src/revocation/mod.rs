//! Revocation: when it is answered, no node accepts the revoked tokens, and the answer proves it.

mod attached;
mod audiences;
mod barrier;
mod credential_end;
mod end_overlaps;
mod error;
mod feed;
mod last_revocation;
mod last_waits;
mod passed;
mod reassert;
mod reassertion;
mod revoke_credential;
mod revoke_token;
mod rounds;
mod verifier_upkeep;
mod verifiers;
mod watched;
mod watcher;

pub use audiences::Coverage;
pub use barrier::{Barrier, BarrierFailed, Waited, Witness};
pub use end_overlaps::{end_overlap, end_overlaps, settle_overlap};
pub use error::RevocationError;
pub use feed::{
    Acknowledged, Cursor, Feed, FeedRefused, FeedRequest, HeardPoll, Hearing, HeldPolls, InvalidCursor,
    InvalidNonce, NewPoll, Nonce, Waking,
};
pub use last_revocation::last_revocation;
pub use last_waits::LastWaits;
pub use passed::Passed;
pub use reassert::{Known, ReassertError, Reasserted, Restored, reassert};
pub use revoke_credential::{confirm_again, revoke_credential};
pub use revoke_token::{TokenRevocation, revoke_token};
pub use rounds::Rounds;
pub use verifier_upkeep::VerifierUpkeep;
pub use verifiers::{NotHeard, PendingRow, Poll, Verifiers};
pub use watched::Watched;
pub use watcher::Watcher;
