//! Requests to a server, and the profile that selects the server.

pub mod answer;
pub mod authorities;
pub mod client;
pub mod client_renewal;
pub mod confirmation;
pub mod confirmed;
pub mod fresh_token;
pub mod helped_server;
pub mod identity;
pub mod lookup;
pub mod oauth_client;
pub mod openssl;
pub mod profile;
pub mod profile_files;
pub mod refusal;
pub mod transport;
