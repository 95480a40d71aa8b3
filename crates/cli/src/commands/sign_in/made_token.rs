//! The end of a personal access token that was made for a sign-in.

use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::profile::MadeToken;
use crate::values::shared_flags::Settled;

/// The token revokes itself: no other sign-in is needed.
pub fn revoke(made: &MadeToken, settled: &Settled) -> Result<(), Failure> {
    let client = Client::of(settled, &made.secret, "personal-access-token")?;
    client.post(&["personal-access-tokens", &made.id.to_string(), "revoke"]).map(drop)
}
