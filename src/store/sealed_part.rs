//! What a row keeps sealed: the private half of a signing key, or the secrets of a local account, a source credential,
//! a webhook or a sign-in provider.

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
    LocalAccount { id: String },
    SourceCredential { id: String },
    Webhook { id: String },
    SignInProvider { id: String },
}

impl SealedOwner {
    pub fn id(&self) -> &str {
        match self {
            Self::SigningKey { kid: id }
            | Self::LocalAccount { id }
            | Self::SourceCredential { id }
            | Self::Webhook { id }
            | Self::SignInProvider { id } => id,
        }
    }
}

impl fmt::Display for SealedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            SealedOwner::SigningKey { .. } => f.write_str("signing key")?,
            SealedOwner::LocalAccount { .. } => f.write_str("local account")?,
            SealedOwner::SourceCredential { .. } => f.write_str("source credential")?,
            SealedOwner::Webhook { .. } => f.write_str("webhook")?,
            SealedOwner::SignInProvider { .. } => f.write_str("sign-in provider")?,
        }
        write!(f, " {} of realm {}", self.owner.id(), self.realm)
    }
}
