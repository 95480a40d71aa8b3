//! Asks the OpenID Connect providers of realms who somebody is.

mod algorithm_name;
mod answer;
mod document;
mod failure;
mod id_token;
mod identity_providers;
mod key_set;
mod known;
mod pending;
mod requests;
mod secrets;
mod token_request;
mod used_states;
mod user_info;

pub use answer::ProviderAnswer;
pub use failure::{Endpoint, IdTokenFault, ProviderFault, SignInFailure};
pub use identity_providers::{ClientSecret, Identified, IdentityProviders, Registration, Started};
pub use pending::{Carried, MAX_SEALED_BYTES};
pub use secrets::{open_client_secret, seal_client_secret};
