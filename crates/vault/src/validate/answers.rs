//! Checks the answers to follow-up questions: chosen from the list, or typed.

use serde_json::Value;

use crate::authenticate::{Authorized, Exchange, build_request};
use crate::catalog::Question;
use crate::fields::Variables;
use crate::validate::listing::Listing;
use crate::validate::validation::{AnswerVerdict, CheckedAnswer};

const MAX_ANSWERS: usize = 500;
/// Typed answers that are looked up with the provider; further ones are kept unchecked.
const MAX_LOOKUPS: usize = 20;
const MAX_ANSWER_CHARS: usize = 300;

pub struct AnswerCheck<'a> {
    pub question: &'a Question,
    pub listing: &'a Listing,
    pub authorized: &'a Authorized,
    pub exchange: &'a Exchange<'a>,
}

impl AnswerCheck<'_> {
    pub fn check(&self, given: &[String], variables: &mut Variables<'_>) -> Vec<CheckedAnswer> {
        let most = if self.question.multi { MAX_ANSWERS } else { 1 };
        let mut lookups = 0;
        let mut checked = Vec::new();
        for (index, answer) in given.iter().take(MAX_ANSWERS).enumerate() {
            let (verdict, sentence) = if index >= most {
                (AnswerVerdict::Refused, Some("Only one may be chosen.".to_owned()))
            } else {
                self.verdict(answer, variables, &mut lookups)
            };
            checked.push(CheckedAnswer {
                question: self.question.id.clone(),
                answer: answer.chars().take(MAX_ANSWER_CHARS).collect(),
                verdict,
                sentence,
            });
        }
        if given.len() > MAX_ANSWERS {
            let sentence = Some(format!("At most {MAX_ANSWERS} may be chosen; leave it empty to mean all."));
            let (question, answer) = (self.question.id.clone(), String::new());
            checked.push(CheckedAnswer { question, answer, verdict: AnswerVerdict::Refused, sentence });
        }
        checked
    }

    fn verdict(
        &self,
        answer: &str,
        variables: &mut Variables<'_>,
        lookups: &mut usize,
    ) -> (AnswerVerdict, Option<String>) {
        let refused = |sentence: &str| (AnswerVerdict::Refused, Some(sentence.to_owned()));
        let unchecked = |sentence: &str| (AnswerVerdict::Unchecked, Some(sentence.to_owned()));
        if self.listing.find(answer).is_some() {
            return (AnswerVerdict::Accepted, None);
        }
        let is_plain = !answer.trim().is_empty()
            && answer.chars().count() <= MAX_ANSWER_CHARS
            && !answer.chars().any(char::is_control)
            && !matches!(answer, "." | "..");
        if !is_plain || self.question.pattern.as_ref().is_some_and(|pattern| !pattern.matches(answer)) {
            return refused("This does not have the form that is expected here.");
        }
        if !self.question.manual {
            return refused("This is not one of the listed ones.");
        }
        let Some(check) = &self.question.check else {
            return unchecked(if self.listing.is_complete() {
                "This is not in the provider's list, and could not be checked."
            } else {
                "This could not be checked."
            });
        };
        *lookups += 1;
        if *lookups > MAX_LOOKUPS {
            return unchecked("This was not checked: there are too many.");
        }
        variables.answer = Some(answer.to_owned());
        let request =
            build_request(&check.request, variables, &self.authorized.credential, self.exchange, None);
        variables.answer = None;
        let Some(Ok(answered)) = request.map(|request| self.exchange.send(request)) else {
            return unchecked("This could not be checked.");
        };
        let holds =
            check.expect.iter().all(|expectation| expectation.holds(answered.at(&expectation.at).as_ref()));
        match (answered.status(), answered.is_success()) {
            (404, _) => refused(check.say.as_deref().unwrap_or("The provider does not know this.")),
            (_, true) if !holds => refused(check.say.as_deref().unwrap_or("This is not what is meant here.")),
            (_, true) => (AnswerVerdict::Accepted, None),
            _ => unchecked("This could not be checked."),
        }
    }
}

/// What a question's answers mean for requests: those that were not refused, or the listed ones where none means all.
pub fn effective_answers(question: &Question, listing: &Listing, checked: &[CheckedAnswer]) -> Vec<String> {
    let kept = checked.iter().filter(|answer| answer.verdict != AnswerVerdict::Refused);
    let kept: Vec<String> = kept.map(|answer| answer.answer.clone()).collect();
    if checked.is_empty() && question.optional {
        return listing.discovery.items.iter().map(|item| item.key.as_str().to_owned()).collect();
    }
    kept
}

/// The scopes that chosen items show; `None` for one that was typed.
pub fn chosen_items(listing: &Listing, answers: &[String]) -> Vec<Option<Value>> {
    answers.iter().map(|answer| listing.scopes.get(listing.find(answer)?)?.clone()).collect()
}
