//! Follow-up questions, and how the provider pages its lists.

use serde::Deserialize;

use crate::catalog::expectation::Expectation;
use crate::catalog::field::Pattern;
use crate::catalog::request::RequestTemplate;

/// A question that is asked once a credential is validated, such as which organizations to read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub id: String,
    pub label: String,
    pub prompt: String,
    /// Several answers may be given.
    pub multi: bool,
    /// Answers may be typed.
    #[serde(default)]
    pub manual: bool,
    /// No answer means everything.
    #[serde(default)]
    pub optional: bool,
    /// Ways to authenticate that it is asked for; empty for all.
    #[serde(default)]
    pub(crate) modes: Vec<String>,
    pub(crate) when: Option<AskedWhen>,
    pub(crate) empty_means: Option<EmptyMeans>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) check: Option<AnswerCheck>,
    pub(crate) request: RequestTemplate,
    /// JSON pointer to the list.
    pub(crate) items: String,
    /// JSON pointer in an item; empty for the item itself.
    pub(crate) key: String,
    pub(crate) title: String,
    #[serde(default, rename = "where")]
    pub(crate) filter: Vec<Expectation>,
    pub(crate) paging: Paging,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum AskedWhen {
    ScopesAbsent,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum EmptyMeans {
    /// An empty list proves nothing.
    Ask,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerCheck {
    pub request: RequestTemplate,
    #[serde(default)]
    pub expect: Vec<Expectation>,
    pub say: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "style", rename_all = "snake_case", deny_unknown_fields)]
pub enum Paging {
    None {},
    LinkHeader {
        /// For servers that always send a next page.
        stop_attr: Option<String>,
    },
    NextUrl {
        at: String,
    },
    Cursor {
        at: String,
        param: Option<String>,
        form_param: Option<String>,
        json_param: Option<String>,
    },
    HeaderCursor {
        header: String,
        param: String,
    },
    Page {
        param: String,
        size: u64,
        total_at: String,
    },
    Offset {
        param: String,
        size: u64,
        last_at: Option<String>,
        more_at: Option<String>,
        total_at: Option<String>,
    },
}

impl Question {
    /// Whether it is asked with this way to authenticate.
    pub fn is_for(&self, mode: &str) -> bool {
        self.modes.is_empty() || self.modes.iter().any(|other| other == mode)
    }
}
