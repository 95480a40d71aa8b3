//! One validation, from the first request to the verdict.

use std::collections::BTreeSet;

use crate::authenticate::{AccessToken, Exchange, Refused, authorize, service_app_token};
use crate::catalog::{Outcome, Question, ScopeOrigin, ScopeRule};
use crate::environment::Environment;
use crate::validate::answers::{AnswerCheck, chosen_items, effective_answers};
use crate::validate::listing::{Listing, read_list};
use crate::validate::permissions::{Permissions, needed_sentence, unknown_permissions};
use crate::validate::scopes::{Scopes, scopes_of_items, scopes_of_steps};
use crate::validate::steps::{StepsReport, run_steps};
use crate::validate::subject::Subject;
use crate::validate::validation::{
    AnswerVerdict, CheckedAnswer, CheckedPermission, Discovery, Validation, Verdict,
};

/// Further ones are not shown.
const MAX_SCOPES: usize = 500;

/// Asks the provider what it thinks of a credential. Blocks; ends in bounded time, whatever the provider does.
pub fn validate(subject: &Subject<'_>, environment: &Environment<'_>) -> Validation {
    let exchange = Exchange::new(environment, subject.fields.secrets());
    let mut variables = subject.variables();
    let authorized = match authorize(&variables, subject.profile, &exchange) {
        Ok(authorized) => authorized,
        Err(refused) => return unverified(subject, refused.outcome, refused.sentences),
    };
    let rule = subject.source_type.scopes_of(subject.mode);
    let steps = subject.source_type.steps_of(subject.mode);
    let report = run_steps(steps, rule.expiry.as_ref(), &mut variables, &authorized, &exchange);
    if !matches!(report.outcome, Outcome::Ok | Outcome::InsufficientPermission) {
        let (identity, expires_at) = (report.identity, report.expires_at);
        return Validation { identity, expires_at, ..unverified(subject, report.outcome, report.sentences) };
    }
    let mut scopes = scopes_of_steps(rule, &report, &authorized, subject.catalog);
    let mut listings: Vec<(&Question, Listing)> = Vec::new();
    let mut answers = Vec::new();
    for question in asked(subject, &scopes) {
        let listing = read_list(question, rule, &variables, &authorized, &exchange);
        let given = subject.answers.get(&question.id).map_or(&[][..], Vec::as_slice);
        let check = AnswerCheck { question, listing: &listing, authorized: &authorized, exchange: &exchange };
        let checked = check.check(given, &mut variables);
        let effective = effective_answers(question, &listing, &checked);
        if rule.discover.as_ref() == Some(&question.id) && !effective.is_empty() {
            scopes = scopes_of_items(rule, &chosen_items(&listing, &effective), subject.catalog);
        }
        if !effective.is_empty() {
            variables.answers.insert(question.id.clone(), effective);
        }
        answers.extend(checked);
        listings.push((question, listing));
    }
    answers.extend(foreign_answers(subject, &listings));
    let permissions = Permissions {
        subject,
        rule,
        scopes: &scopes,
        variables: &variables,
        authorized: &authorized,
        exchange: &exchange,
    };
    let checked = permissions.check();
    let (outcome, sentences) = conclusion(&report, &checked, rule, &exchange);
    let excess = permissions.excess();
    let texts = |scopes: &mut dyn Iterator<Item = &String>| {
        scopes.take(MAX_SCOPES).map(|scope| exchange.text(scope)).collect()
    };
    Validation {
        outcome,
        identity: report.identity,
        scopes: match &scopes {
            Scopes::Known(held) => Some(texts(&mut held.shown.iter())),
            _ => None,
        },
        permissions: checked,
        excess: texts(&mut excess.iter()),
        expires_at: report.expires_at,
        discoveries: listings.into_iter().map(|(_, listing)| listing.discovery).collect(),
        answers,
        sentences,
    }
}

/// What can be chosen as the answer of one question.
pub fn discover(
    subject: &Subject<'_>,
    environment: &Environment<'_>,
    question: &str,
) -> Result<Discovery, Refused> {
    let question = subject
        .source_type
        .questions
        .iter()
        .find(|other| other.id == question && other.is_for(&subject.mode.id));
    Ok(listing(subject, environment, question)?.discovery)
}

/// Reads the first list of a source type, as a source does at its interval. Returns the number of its entries, at most as
/// many as are read.
pub fn pull(subject: &Subject<'_>, environment: &Environment<'_>) -> Result<usize, Refused> {
    let listing = listing(subject, environment, subject.source_type.first_list(subject.mode))?;
    match listing.refusal {
        Some(outcome) => Err(Refused::new(outcome, None, None)),
        None => Ok(listing.discovery.items.len()),
    }
}

fn listing(
    subject: &Subject<'_>,
    environment: &Environment<'_>,
    question: Option<&Question>,
) -> Result<Listing, Refused> {
    let no_question = || Refused::new(Outcome::Unknown, Some("This source type has no such question."), None);
    let question = question.ok_or_else(no_question)?;
    let exchange = Exchange::new(environment, subject.fields.secrets());
    let variables = subject.variables();
    let authorized = authorize(&variables, subject.profile, &exchange)?;
    let rule = subject.source_type.scopes_of(subject.mode);
    Ok(read_list(question, rule, &variables, &authorized, &exchange))
}

/// The short-lived token of a service app.
pub fn access_token(subject: &Subject<'_>, environment: &Environment<'_>) -> Result<AccessToken, Refused> {
    let exchange = Exchange::new(environment, subject.fields.secrets());
    service_app_token(&subject.variables(), subject.profile, &exchange)
}

fn unverified(subject: &Subject<'_>, outcome: Outcome, sentences: Vec<String>) -> Validation {
    Validation {
        outcome,
        identity: None,
        scopes: None,
        permissions: unknown_permissions(subject),
        excess: Vec::new(),
        expires_at: None,
        discoveries: Vec::new(),
        answers: Vec::new(),
        sentences,
    }
}

/// Questions for this credential.
fn asked<'a>(subject: &Subject<'a>, scopes: &Scopes) -> Vec<&'a Question> {
    let are_absent = matches!(scopes, Scopes::Absent);
    let questions = subject.source_type.questions.iter();
    questions
        .filter(|question| question.is_for(&subject.mode.id) && (question.when.is_none() || are_absent))
        .collect()
}

fn foreign_answers(subject: &Subject<'_>, listings: &[(&Question, Listing)]) -> Vec<CheckedAnswer> {
    let is_asked = |id: &String| listings.iter().any(|(question, _)| &question.id == id);
    let is_known = |id: &String| subject.source_type.questions.iter().any(|question| &question.id == id);
    let foreign = subject.answers.iter().filter(|(id, answers)| !answers.is_empty() && !is_asked(id));
    foreign
        .map(|(id, _)| CheckedAnswer {
            question: id.clone(),
            answer: String::new(),
            // A question that is not asked any more does no harm.
            verdict: if is_known(id) { AnswerVerdict::Unchecked } else { AnswerVerdict::Refused },
            sentence: Some("This is not asked for this credential.".to_owned()),
        })
        .collect()
}

fn conclusion(
    report: &StepsReport,
    permissions: &[CheckedPermission],
    rule: &ScopeRule,
    exchange: &Exchange<'_>,
) -> (Outcome, Vec<String>) {
    let missing: Vec<&CheckedPermission> = permissions
        .iter()
        .filter(|permission| permission.required && permission.verdict == Verdict::Missing)
        .collect();
    let is_decided = permissions.iter().any(|permission| permission.verdict != Verdict::Unknown);
    let is_refused = report.outcome == Outcome::InsufficientPermission;
    let last = report.answered.last().filter(|_| is_refused);
    let needed = last.and_then(|(_, answered)| needed_sentence(rule, answered, exchange));
    if missing.is_empty() {
        if !is_refused || is_decided {
            return (Outcome::Ok, warnings(permissions, rule));
        }
        return (Outcome::InsufficientPermission, report.sentences.iter().cloned().chain(needed).collect());
    }
    let labels: Vec<&str> = missing.iter().map(|permission| permission.label.as_str()).collect();
    let mut sentences = vec![format!("Missing: {}.", labels.join("; "))];
    let notes: BTreeSet<&String> = missing.iter().filter_map(|permission| permission.note.as_ref()).collect();
    sentences.extend(notes.into_iter().cloned());
    if let Some(needed) = needed.filter(|needed| !sentences.contains(needed)) {
        sentences.push(needed);
    }
    (Outcome::InsufficientPermission, sentences)
}

/// What a valid credential leaves open.
fn warnings(permissions: &[CheckedPermission], rule: &ScopeRule) -> Vec<String> {
    let unknown =
        |permission: &&CheckedPermission| permission.required && permission.verdict == Verdict::Unknown;
    let labels: Vec<&str> =
        permissions.iter().filter(unknown).map(|permission| permission.label.as_str()).collect();
    let open = (!labels.is_empty()).then(|| format!("Could not verify: {}.", labels.join("; ")));
    let hidden = (rule.from == ScopeOrigin::None).then(|| {
        "Scopes cannot be verified: this provider does not show what a credential may do.".to_owned()
    });
    open.into_iter().chain(hidden).collect()
}
