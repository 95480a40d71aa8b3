//! All cryptography: keys at rest, digests of secrets, signatures and the log's hash chain.

mod certificate_end;
mod digests;
mod envelope;
mod fingerprint;
mod form_token;
mod grants_digest;
mod key_handles;
mod key_pair;
mod keyring;
mod master_key;
mod passwords;
mod pem_key;
mod provider;
mod registry_certificates;
mod sealed_text;
mod sealing;
mod signing;
mod system_randomness;
mod token_hash;

pub use certificate_end::{certificate_not_after, encoded_certificate_not_after};
pub use digests::SecretDigester;
pub use fingerprint::{Fingerprint, InvalidLogHash, LogHash, RunningSum, chain, sha256};
pub use form_token::{form_token, is_form_token};
pub use grants_digest::digest_grants;
pub use key_pair::KeyPair;
pub use keyring::Keyring;
pub use master_key::{MasterKeyError, MasterKeys};
pub use passwords::{PasswordError, PasswordHash, Passwords};
pub use pem_key::{PemKey, PemKeyError};
pub use provider::install_signature_provider;
pub use registry_certificates::{Authority, certificate_pem, certified_header};
pub use sealing::SealingError;
pub use signing::{GeneratedKey, SigningError, VerifyingKey, accept_key, generate_key};
pub use system_randomness::{SystemRandomness, system_random};
pub use token_hash::{is_same_text, token_hash};
