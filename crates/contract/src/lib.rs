//! The contract between the issuer and its resource servers. Data and parsing only: no IO, no clock, no cryptography.

mod activity;
mod authorization;
mod claims;
mod compact_jwt;
mod key_set;
mod metadata;
mod position;
mod presented_token;
mod realm_label;
mod scope;
mod scope_set;
mod strict_json;
mod timestamp;

pub use activity::{CLOCK_LEEWAY_SECONDS, Liveness, TokenFacts, TokenLiveness};
pub use authorization::{Authorization, Unclear};
pub use claims::{
    AccessTokenClaims, Audience, MAX_ACCESS_TOKEN_SECONDS, MAX_GROUPS_BYTES, MAX_REFRESH_TOKEN_SECONDS,
    MAX_SCOPE_BYTES, grant_of, group_bytes, is_grant,
};
pub use compact_jwt::{
    AccessTokenHeader, CompactJwt, MAX_TOKEN_BYTES, MalformedJwt, REFRESH_TOKEN_TYPE, TOKEN_TYPE,
    UnverifiedAccessToken,
};
pub use key_set::{JsonWebKey, JsonWebKeySet};
pub use metadata::{AuthorizationServerMetadata, OpenIdProviderMetadata};
pub use position::Position;
pub use presented_token::{PresentedToken, TOKEN_HEADER};
pub use realm_label::{InvalidRealmLabel, RealmLabel};
pub use scope::{InvalidScope, Scope};
pub use scope_set::ScopeSet;
pub use strict_json::{NotStrict, parse_strict_json};
pub use timestamp::{InvalidTimestamp, Timestamp};
