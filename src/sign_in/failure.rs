//! Why a sign-in at a provider failed.

use std::fmt;

use claviger_vault::SendFailure;

use crate::activity::TooManyRequests;
use crate::crypto::SealingError;
use claviger_domain::Name;

/// `Display` is for logs and for administrators who test their settings; people get [`Self::for_person`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInFailure {
    /// Too old, used before, or of another browser, realm, provider or client.
    #[error("the sign-in took too long, was opened twice, or began in another browser")]
    Stale,
    /// The error code of the provider.
    #[error("the provider has not signed the person in: {0}")]
    Declined(String),
    #[error(transparent)]
    Provider(#[from] ProviderFault),
    #[error(transparent)]
    TooMany(#[from] TooManyRequests),
    #[error(transparent)]
    Sealing(#[from] SealingError),
}

/// What a provider does otherwise than it must.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFault {
    #[error("{0}: {1}")]
    NotSent(Endpoint, SendFailure),
    #[error("{0}: the answer has the status {1}")]
    Status(Endpoint, u16),
    #[error("{0}: the answer {1}")]
    Malformed(Endpoint, &'static str),
    #[error("discovery document: its issuer is {0:?}, which is not the one of the settings")]
    OtherIssuer(String),
    #[error("{}: its list of algorithms has none of ES256, EdDSA, RS256 and PS256", Endpoint::Discovery)]
    Algorithms,
    #[error("{}: it offers neither client_secret_basic nor client_secret_post", Endpoint::Discovery)]
    ClientAuthentication,
    #[error("{}: no key for signatures with ES256, EdDSA, RS256 or PS256", Endpoint::Keys)]
    NoKey,
    #[error("{}: the answer is of another issuer", Endpoint::Authorization)]
    AnswerOfOtherIssuer,
    /// `invalid_client` or `unauthorized_client`.
    #[error("{}: it does not accept the client id with this client secret", Endpoint::Token)]
    ClientRefused,
    #[error("token endpoint: it refuses with {0}")]
    TokenRefused(String),
    #[error("ID token: {0}")]
    IdToken(#[from] IdTokenFault),
    #[error("{}: its sub is not the one of the ID token", Endpoint::UserInfo)]
    OtherPerson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Discovery,
    Keys,
    Authorization,
    Token,
    UserInfo,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discovery => "discovery document",
            Self::Keys => "key set",
            Self::Authorization => "authorization endpoint",
            Self::Token => "token endpoint",
            Self::UserInfo => "UserInfo endpoint",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenFault {
    #[error("it is larger than 64 KiB")]
    TooLarge,
    #[error("it is not a signed JWT in compact form, or repeats a member")]
    Malformed,
    #[error("its alg is none of the allowed ones")]
    Algorithm,
    #[error("its typ is that of another kind of token")]
    Type,
    #[error("its crit names an extension")]
    Critical,
    #[error("its key is not in the key set")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("its iss is not the issuer of the settings")]
    Issuer,
    #[error("its aud does not contain the client id")]
    Audience,
    #[error("its azp is not the client id, or is missing beside several audiences")]
    AuthorizedParty,
    #[error("it has expired, or has no exp")]
    Expired,
    #[error("its iat is missing, in the future, or before the sign-in began")]
    IssuedAt,
    #[error("its nbf is in the future")]
    NotYetValid,
    #[error("its nonce is not the one of this sign-in")]
    Nonce,
    #[error("its at_hash is not that of the access token")]
    AccessTokenHash,
    #[error("its sub is missing, or not 1 to 255 ASCII characters")]
    Subject,
    #[error("its auth_time is before the sign-in began, and a new sign-in was asked for")]
    OldSignIn,
}

impl SignInFailure {
    /// The sentence of the sign-in page. `provider` is the name on the button.
    pub fn for_person(&self, provider: &Name) -> String {
        match self {
            Self::Stale => "This sign-in took too long or was opened twice. Start again.".to_owned(),
            Self::Declined(_) => format!("{provider} has not confirmed who you are."),
            Self::Provider(ProviderFault::NotSent(..) | ProviderFault::Status(..)) => {
                format!("{provider} does not answer. Try again, or use the local account.")
            }
            Self::Provider(_) => {
                format!("{provider} does not answer as it must. Try again, or use the local account.")
            }
            Self::TooMany(_) => "Too many people are signing in. Try again in a moment.".to_owned(),
            Self::Sealing(_) => "Something broke on our side.".to_owned(),
        }
    }
}

/// An error code of a provider, shortened to the characters that the standard uses.
pub fn error_code(text: &str) -> String {
    let plain = |one: &char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.');
    text.chars().filter(plain).take(64).collect()
}
