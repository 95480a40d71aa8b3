//! The engine of the vault: what to ask for a credential of another service, how to check it, and what to ask next.
//!
//! A [`Catalog`] describes source types in data. [`check_fields`] checks what a form submits; [`validate`] asks the
//! provider, through an [`Outbound`], what it thinks of the credential, and reads the lists for follow-up questions;
//! [`discover`] reads one of these lists again. The engine stores nothing: time and randomness are arguments, and
//! [`OutboundClient`] is the only thing here that opens a connection.

mod authenticate;
mod catalog;
mod environment;
mod fields;
mod masking;
mod outbound;
mod signing;
mod template;
mod validate;

pub use authenticate::{AccessToken, Refused};
pub use catalog::{
    AuthMode, BaseUrl, Catalog, CatalogError, CatalogFault, Field, FieldKind, Hosting, Outcome, Profile,
    Question, SourceType,
};
pub use environment::{Clock, Environment};
pub use fields::{FieldFault, FieldValue, Fields, check_fields};
pub use masking::ProviderText;
pub use outbound::{
    Authorities, AuthoritiesError, ListedHosts, ListedHostsError, Lookup, MAX_BODY_BYTES, Outbound,
    OutboundClient, OutboundSettings, Request, Response, SendFailure, SystemLookup, USER_AGENT,
};
pub use validate::{
    AnswerVerdict, Answers, CheckedAnswer, CheckedPermission, Discovery, Item, ListState, Subject,
    UnknownSubject, Validation, Verdict, access_token, discover, pull, validate,
};
