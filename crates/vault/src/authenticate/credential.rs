//! What requests carry to prove who sends them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::signing::AwsKey;

pub enum Credential {
    None,
    /// Names in lower case.
    Headers(Vec<(String, Zeroizing<String>)>),
    Form {
        name: String,
        value: Zeroizing<String>,
    },
    AwsSigV4 {
        service: String,
        key: AwsKey,
    },
}

pub struct Authorized {
    pub credential: Credential,
    pub granted: Granted,
    /// Whether a provider has already accepted the credential.
    pub is_proved: bool,
}

/// Scopes that came with a token.
pub enum Granted {
    Nothing,
    /// The scope member of a token endpoint's answer, separated by blanks.
    Scope(String),
    /// The token of a registry.
    RegistryToken(Zeroizing<String>),
}

impl Credential {
    pub fn bearer(token: &str) -> Self {
        Self::Headers(vec![("authorization".to_owned(), Zeroizing::new(format!("Bearer {token}")))])
    }

    pub fn basic(user: &str, pass: &str) -> Self {
        let pair = Zeroizing::new(format!("{user}:{pass}"));
        let value = Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())));
        Self::Headers(vec![("authorization".to_owned(), value)])
    }
}

impl From<Credential> for Authorized {
    fn from(credential: Credential) -> Self {
        Self { credential, granted: Granted::Nothing, is_proved: false }
    }
}
