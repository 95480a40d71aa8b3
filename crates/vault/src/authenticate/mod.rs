//! Makes requests prove who sends them, and sends each at most once.

mod access_token;
mod authorized;
mod credential;
mod exchange;
mod refusal;
mod registry;
mod request;

pub use access_token::AccessToken;
pub(crate) use authorized::{authorize, service_app_token};
pub(crate) use credential::{Authorized, Granted};
pub(crate) use exchange::Exchange;
pub use refusal::Refused;
pub(crate) use refusal::{failure_outcome, is_rate_limited, outcome_of_status, provider_message, sentence};
pub(crate) use request::{Extra, build_request};
