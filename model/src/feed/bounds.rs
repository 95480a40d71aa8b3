//! What one search covers.

use crate::feed::mutant::FeedMutant;
use crate::feed::state::SERVERS;

/// The bounds of one search, and its mutant.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// The maximum sign-ins of each server.
    pub incarnations: [u8; SERVERS],
    /// A lease of a server or a verifier ends after this many ticks.
    pub ticks: u8,
    /// Whether a whole set comes in two pages.
    pub pages: bool,
    pub mutant: Option<FeedMutant>,
}

impl Feed {
    pub fn is(&self, mutant: FeedMutant) -> bool {
        self.mutant == Some(mutant)
    }
}
