//! The catalog of source types: its typed model, and the lint that a data file must pass.

mod answered;
mod auth;
mod book;
mod discover;
mod expectation;
mod faults;
mod field;
mod hosts;
mod lint;
mod lint_urls;
mod lint_variables;
mod request;
mod scopes;
mod source_type;
mod step;

pub(crate) use answered::{Answered, text_of};
pub(crate) use auth::Auth;
pub use book::Catalog;
pub(crate) use discover::Paging;
pub use discover::Question;
pub(crate) use expectation::Place;
pub use faults::{CatalogError, CatalogFault};
pub use field::{Field, FieldKind};
pub(crate) use request::{Method, RequestTemplate};
pub(crate) use scopes::{Expiry, ScopeOrigin, ScopeRule, WhenAbsent};
pub use source_type::{AuthMode, BaseUrl, Hosting, Profile, SourceType};
pub(crate) use source_type::{PermissionCheck, PermissionRule};
pub use step::Outcome;
pub(crate) use step::{Probe, StatusRule, Step};
