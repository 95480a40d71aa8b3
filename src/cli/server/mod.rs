//! Requests to a server, and the profile that says which one.

pub(super) mod client;
pub(super) mod fresh_token;
pub(super) mod helped_server;
pub(super) mod oauth_client;
pub(super) mod openssl;
pub(super) mod operator_token;
pub(super) mod profile;
pub(super) mod refusal;
pub(super) mod transport;
