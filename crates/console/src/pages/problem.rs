//! What went wrong, where no other page can say it.

use askama::Template;

use crate::frame::{Alone, Frame};
use crate::links::Address;
use crate::page::page;
use crate::text::things;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// 404.
    NotFound,
    /// 409: a rule of the realm or a limit of the server forbids it. In the words of the API.
    Refused { why: String },
    /// 503: this node has no lease. The answer to a GET asks again by itself, by the header `Refresh`.
    NoLease { again: bool },
    /// 503: the database stopped answering while an act was carried out.
    OutcomeUnknown,
    /// 500, with the id of the request.
    Broken { request_id: String },
    /// 429, with the seconds of `Retry-After`.
    TooMany { seconds: u64 },
    /// 403: the form is not of this session, or another site sent it.
    ForeignForm,
    /// 400: nothing that one of our forms sends.
    Malformed,
    /// 413 or 431: a form or an address with more than the server takes.
    TooLong,
    /// 403: the sign-in was too long ago, and the address that would hold what was typed would be too long.
    ConfirmFirst { address: Address },
}

/// Where nobody is signed in, or nobody can be known to be.
#[derive(Template)]
#[template(path = "pages/problem.html")]
pub struct ProblemPage {
    pub frame: Alone,
    pub problem: Problem,
}

#[derive(Template)]
#[template(path = "pages/problem-in-realm.html")]
pub struct ProblemPageInRealm {
    pub frame: Frame,
    pub problem: Problem,
}

impl Problem {
    const fn title(&self) -> &'static str {
        match self {
            Self::NotFound => "There is nothing here",
            Self::Refused { .. } => "This cannot be done",
            Self::NoLease { .. } => "This node cannot answer for the moment",
            Self::OutcomeUnknown => "The outcome is not known",
            Self::Broken { .. } => "Something broke on our side",
            Self::TooMany { .. } => "Too many tries",
            Self::ForeignForm => "This form is out of date",
            Self::Malformed => "This request makes no sense here",
            Self::TooLong => "This is too much for one form",
            Self::ConfirmFirst { .. } => "Confirm it is you first",
        }
    }

    const fn icon(&self) -> &'static str {
        match self {
            Self::NotFound => "search",
            Self::NoLease { .. } | Self::TooMany { .. } => "clock",
            Self::Broken { .. } | Self::Refused { .. } => "stop",
            Self::ForeignForm
            | Self::Malformed
            | Self::OutcomeUnknown
            | Self::TooLong
            | Self::ConfirmFirst { .. } => "warn",
        }
    }

    /// The header `Refresh`, in seconds.
    pub const fn refresh(&self) -> Option<u32> {
        match self {
            Self::NoLease { again: true } => Some(3),
            _ => None,
        }
    }

    fn wait(&self) -> String {
        let Self::TooMany { seconds } = self else { return String::new() };
        things(seconds, "second", "seconds")
    }
}

impl ProblemPage {
    fn title(&self) -> &'static str {
        self.problem.title()
    }
}

impl ProblemPageInRealm {
    fn title(&self) -> &'static str {
        self.problem.title()
    }
}

page!(ProblemPage);
page!(ProblemPageInRealm);
