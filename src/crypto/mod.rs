//! All use of cryptography: keys at rest, digests of secrets, signatures, the log's hash chain.

mod digests;
mod fingerprint;
mod key_handles;
mod keyring;
mod master_key;
mod pem_key;
mod provider;
mod registry_certificates;
mod sealing;
mod signing;
mod system_randomness;

pub use digests::SecretDigester;
pub use fingerprint::{Fingerprint, InvalidLogHash, LogHash, RunningSum, chain, sha256};
pub use keyring::Keyring;
pub use master_key::{MasterKeyError, MasterKeys};
pub use pem_key::{PemKey, PemKeyError};
pub use provider::install_signature_provider;
pub use registry_certificates::{Authority, certificate_pem, certified_header};
pub use sealing::SealingError;
pub use signing::{GeneratedKey, KeyPair, SigningError, VerifyingKey, accept_key, generate_key};
pub use system_randomness::SystemRandomness;
