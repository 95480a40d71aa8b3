//! Validates a credential with its provider, and asks the follow-up questions.

mod answers;
mod expiry;
mod listing;
mod paging;
mod permissions;
mod run;
mod scopes;
mod steps;
mod subject;
mod validation;

pub use run::{access_token, discover, pull, validate};
pub use subject::{Answers, Subject, UnknownSubject};
pub use validation::{
    AnswerVerdict, CheckedAnswer, CheckedPermission, Discovery, Item, ListState, Validation, Verdict,
};
