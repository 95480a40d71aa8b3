//! The names of signature algorithms at providers.

use claviger_domain::Algorithm;

/// RFC 9864 names EdDSA by its curve.
pub fn algorithm_named(name: &str) -> Option<Algorithm> {
    match name {
        "Ed25519" => Some(Algorithm::EdDsa),
        name => name.parse().ok(),
    }
}
