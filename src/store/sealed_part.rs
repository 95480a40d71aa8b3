//! What a row keeps sealed: the private half of a signing key, or the secrets of a source credential.

use std::fmt;

use claviger_domain::SealedBytes;

/// Which row, in plain, and its sealed bytes. Names come from the database as they are.
pub struct SealedPart {
    pub owner: SealedOwner,
    pub realm: String,
    pub sealed: SealedBytes,
}

pub enum SealedOwner {
    SigningKey { kid: String },
    SourceCredential { id: String },
}

impl fmt::Display for SealedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            SealedOwner::SigningKey { kid } => write!(f, "signing key {kid}")?,
            SealedOwner::SourceCredential { id } => write!(f, "source credential {id}")?,
        }
        write!(f, " of realm {}", self.realm)
    }
}
