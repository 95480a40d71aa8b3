//! What members own: API tokens, personal access tokens, application credentials. Their pages are alike.

mod application;
mod detail;
mod kind;
mod list;
mod new;
mod revoke;
mod shown_once;

pub use application::{ApplicationForm, application_form, application_renewal_form};
pub use detail::TokenPage;
pub use list::{TokenCounts, TokenListPage, TokenRow, TokenTab};
pub use new::{NewTokenPage, TokenFault, token_fault};
pub use revoke::RevokeTokenPage;
pub use shown_once::{SecretAgainPage, SecretPage, ShownValue};
