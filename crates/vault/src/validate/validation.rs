//! What a validation found out. Contains no secrets: texts of providers are masked.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::catalog::Outcome;
use crate::masking::ProviderText;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Validation {
    /// `ok` if every step is, and no required permission is missing. Unknown permissions are warnings.
    pub outcome: Outcome,
    /// Whose credential it is.
    pub identity: Option<ProviderText>,
    /// `None` where the provider does not show them.
    pub scopes: Option<Vec<ProviderText>>,
    /// Those of the profile.
    pub permissions: Vec<CheckedPermission>,
    /// Scopes that the profile does not need, of those that the provider shows.
    pub excess: Vec<ProviderText>,
    #[serde(serialize_with = "rfc3339")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Follow-up questions; none unless the outcome is `ok` or `insufficient_permission`.
    pub discoveries: Vec<Discovery>,
    /// Verdicts on the answers that were given.
    pub answers: Vec<CheckedAnswer>,
    /// For people.
    pub sentences: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedPermission {
    pub id: String,
    pub label: String,
    /// Otherwise recommended.
    pub required: bool,
    pub verdict: Verdict,
    /// Why it is not granted.
    pub note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Granted,
    Missing,
    Unknown,
}

/// A question with the items that the provider lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discovery {
    pub id: String,
    pub label: String,
    pub prompt: String,
    pub multi: bool,
    pub manual: bool,
    pub optional: bool,
    pub state: ListState,
    pub items: Vec<Item>,
    /// Whether there are more items than were read.
    pub truncated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListState {
    Listed,
    /// The list is empty, which proves nothing: a typed answer is needed.
    Ask,
    /// The provider does not show the list to this credential.
    Refused,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    pub key: ProviderText,
    pub title: ProviderText,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedAnswer {
    pub question: String,
    pub answer: String,
    pub verdict: AnswerVerdict,
    pub sentence: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerVerdict {
    Accepted,
    Refused,
    /// Kept, with a warning.
    Unchecked,
}

impl Validation {
    /// Whether the credential may be saved as valid.
    pub fn is_valid(&self) -> bool {
        self.outcome == Outcome::Ok
            && self.answers.iter().all(|answer| answer.verdict != AnswerVerdict::Refused)
    }

    /// Questions that need an answer before the credential is of use. None where there is nothing to choose.
    pub fn unanswered(&self) -> impl Iterator<Item = &Discovery> {
        let is_answered = |question: &Discovery| {
            let mut given = self.answers.iter().filter(|answer| answer.question == question.id);
            given.any(|answer| answer.verdict != AnswerVerdict::Refused)
        };
        let asked = self.discoveries.iter().filter(|question| !question.optional && !question.is_empty());
        asked.filter(move |question| !is_answered(question))
    }

    /// Labels of the required permissions that are missing.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        let missing =
            |permission: &&CheckedPermission| permission.required && permission.verdict == Verdict::Missing;
        self.permissions.iter().filter(missing).map(|permission| permission.label.as_str())
    }
}

impl Discovery {
    /// Whether the provider proves that there is no answer.
    fn is_empty(&self) -> bool {
        self.state == ListState::Listed && self.items.is_empty() && !self.truncated
    }
}

fn rfc3339<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).serialize(serializer)
}
