//! What a provider said of a credential: missing, granted, unknown, not needed.

use claviger_contract::Timestamp;
use claviger_domain::ValidationOutcome;

use crate::parts::{Mark, Tone};
use crate::text::things;

#[derive(Clone, Debug)]
pub struct Verdict {
    /// The heading.
    pub mark: Mark,
    /// Of the source type.
    pub provider: String,
    /// What follows from it; empty if the heading says it all.
    pub sentence: String,
    /// As whom the provider knows it.
    pub identity: Option<String>,
    pub at: Timestamp,
    pub permissions: Vec<PermissionLine>,
    /// Scopes that are not needed.
    pub excess: Vec<String>,
    /// Of the engine, for people.
    pub sentences: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct PermissionLine {
    pub label: String,
    pub verdict: PermissionVerdict,
    pub required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PermissionVerdict {
    Missing,
    Granted,
    Unknown,
}

/// Why a credential was not saved.
#[derive(Clone, Debug)]
pub struct NotSaved {
    pub outcome: ValidationOutcome,
    /// How many required permissions are missing.
    pub missing: u64,
    pub provider: String,
    /// What is stored: `token`, `key`, `credential`.
    pub noun: &'static str,
}

pub(super) struct Line<'a> {
    pub tone: Tone,
    pub icon: &'static str,
    pub label: &'a str,
    pub tag: &'static str,
}

impl Verdict {
    /// Of a provider that has judged nothing: the heading says it.
    #[must_use]
    pub fn without_verdicts(mut self) -> Self {
        self.permissions.clear();
        self.sentences.retain(|sentence| !sentence.starts_with("Could not verify"));
        self
    }

    pub(super) fn lines(&self) -> Vec<Line<'_>> {
        let mut permissions: Vec<&PermissionLine> = self.permissions.iter().collect();
        permissions.sort_by_key(|line| line.verdict);
        let permissions = permissions.into_iter().map(|line| {
            let (tone, icon, tag) = match line.verdict {
                PermissionVerdict::Missing if line.required => (Tone::Bad, "stop", "missing"),
                PermissionVerdict::Missing => (Tone::Warn, "warn", "missing, recommended"),
                PermissionVerdict::Granted => (Tone::Ok, "ok", "granted"),
                PermissionVerdict::Unknown => (Tone::Warn, "help", "unknown"),
            };
            Line { tone, icon, label: &line.label, tag }
        });
        let excess =
            self.excess.iter().map(|label| Line { tone: Tone::Warn, icon: "warn", label, tag: "not needed" });
        permissions.chain(excess).collect()
    }

    /// What the lines mean that are neither missing nor granted.
    pub(super) fn remarks(&self) -> Vec<&'static str> {
        let unknown = self.permissions.iter().any(|line| line.verdict == PermissionVerdict::Unknown);
        let unknown = unknown.then_some("Unknown is not granted: a source that needs it may fail.");
        let excess = (!self.excess.is_empty())
            .then_some("A permission that is not needed is a risk that you can drop at the provider.");
        unknown.into_iter().chain(excess).collect()
    }
}

impl NotSaved {
    pub fn mark(&self) -> Mark {
        match self.outcome {
            ValidationOutcome::InsufficientPermission => {
                let missing = self.missing.max(1);
                let words = things(&missing, "permission is missing", "permissions are missing");
                Mark::new(Tone::Bad, "stop", format!("Not saved: {words}"))
            }
            ValidationOutcome::InvalidCredential
            | ValidationOutcome::WrongUrl
            | ValidationOutcome::Expired => {
                Mark::new(Tone::Bad, "stop", format!("Not saved: {}", self.reason()))
            }
            _ => Mark::new(Tone::Warn, "help", format!("Could not verify: {}", self.reason())),
        }
    }

    /// Follows the heading.
    pub fn sentence(&self) -> String {
        match self.outcome {
            ValidationOutcome::InsufficientPermission => {
                format!("Give it what is missing at {}, then validate again.", self.provider)
            }
            ValidationOutcome::InvalidCredential
            | ValidationOutcome::WrongUrl
            | ValidationOutcome::Expired => String::new(),
            _ => format!("Nothing is known about the {}.", self.noun),
        }
    }

    /// What is wrong with the secret, at its field; `None` if nothing is known against it.
    pub fn fault(&self) -> Option<String> {
        let empty = "What was typed is not kept.";
        match self.outcome {
            ValidationOutcome::InsufficientPermission => Some(format!(
                "This {0} lacks a permission. Paste one that has it, or add it to this one and paste it again.",
                self.noun
            )),
            ValidationOutcome::InvalidCredential | ValidationOutcome::Expired => {
                Some(format!("Paste one that {} accepts. {empty}", self.provider))
            }
            ValidationOutcome::WrongUrl => Some(format!("Paste it again. {empty}")),
            _ => None,
        }
    }

    fn reason(&self) -> String {
        let (provider, noun) = (&self.provider, self.noun);
        match self.outcome {
            ValidationOutcome::InvalidCredential => format!("{provider} does not accept this {noun}."),
            ValidationOutcome::WrongUrl => format!("There is no {provider} API at this address."),
            ValidationOutcome::Expired => format!("this {noun} has ended."),
            ValidationOutcome::RateLimited => format!("{provider} limits requests at the moment."),
            ValidationOutcome::Unreachable => format!("{provider} did not answer in 15 s."),
            ValidationOutcome::ProviderError => format!("{provider} answered with an error."),
            _ => format!("the answer of {provider} was not understood."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outage_is_never_said_of_the_credential() {
        let said = |outcome, missing| {
            let why = NotSaved { outcome, missing, provider: "GitHub".to_owned(), noun: "token" };
            (why.mark().words, why.sentence(), why.fault().is_some())
        };
        for (outcome, missing, words, sentence, fault) in [
            (
                ValidationOutcome::InsufficientPermission,
                1,
                "Not saved: 1 permission is missing",
                "Give it what is missing at GitHub, then validate again.",
                true,
            ),
            (
                ValidationOutcome::InvalidCredential,
                0,
                "Not saved: GitHub does not accept this token.",
                "",
                true,
            ),
            (ValidationOutcome::WrongUrl, 0, "Not saved: There is no GitHub API at this address.", "", true),
            (
                ValidationOutcome::Unreachable,
                0,
                "Could not verify: GitHub did not answer in 15 s.",
                "Nothing is known about the token.",
                false,
            ),
        ] {
            assert_eq!(said(outcome, missing), (words.to_owned(), sentence.to_owned(), fault));
        }
    }
}
