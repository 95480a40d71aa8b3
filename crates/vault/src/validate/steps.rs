//! Runs the requests that validate a credential.

use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::authenticate::{
    Authorized, Exchange, build_request, failure_outcome, is_rate_limited, outcome_of_status,
    provider_message, sentence,
};
use crate::catalog::{Answered, Expiry, Outcome, Place, StatusRule, Step, text_of};
use crate::fields::Variables;
use crate::masking::ProviderText;
use crate::outbound::SendFailure;
use crate::validate::expiry::read_expiry;

pub struct StepsReport {
    pub outcome: Outcome,
    pub identity: Option<ProviderText>,
    pub sentences: Vec<String>,
    /// Of the steps that were answered, in order.
    pub answered: Vec<(Option<String>, Rc<Answered>)>,
    pub expires_at: Option<DateTime<Utc>>,
}

enum Decision {
    Outcome(Outcome),
    Fallback(String),
}

/// Stops at the first step that is not ok. A fallback takes the place of the step that names it.
pub fn run_steps(
    steps: &[Step],
    expiry: Option<&Expiry>,
    variables: &mut Variables<'_>,
    authorized: &Authorized,
    exchange: &Exchange<'_>,
) -> StepsReport {
    let mut report = StepsReport {
        outcome: if authorized.is_proved { Outcome::Ok } else { Outcome::Unknown },
        identity: None,
        sentences: Vec::new(),
        answered: Vec::new(),
        expires_at: None,
    };
    for step in steps.iter().filter(|step| !step.fallback_only) {
        let mut current = step;
        let outcome = loop {
            match run_step(current, expiry, variables, authorized, exchange, &mut report) {
                None => break None,
                Some(Decision::Outcome(outcome)) => break Some((current, outcome)),
                // The lint ensures that it exists and names no other.
                Some(Decision::Fallback(id)) => {
                    match steps.iter().find(|other| other.id.as_ref() == Some(&id)) {
                        Some(fallback) => current = fallback,
                        None => break None,
                    }
                }
            }
        };
        let Some((decisive, outcome)) = outcome else { continue };
        report.outcome = outcome;
        if outcome != Outcome::Ok {
            let say = decisive.say.get(&outcome).map_or(sentence(outcome), String::as_str);
            report.sentences.insert(0, say.to_owned());
            break;
        }
    }
    if report.outcome == Outcome::Unknown && report.sentences.is_empty() {
        report.sentences.push("Nothing was checked: there is no request for what was entered.".to_owned());
    }
    report
}

/// `None` if the step is not for this credential.
fn run_step(
    step: &Step,
    expiry: Option<&Expiry>,
    variables: &mut Variables<'_>,
    authorized: &Authorized,
    exchange: &Exchange<'_>,
    report: &mut StepsReport,
) -> Option<Decision> {
    if !variables.fits(step.when_field.as_ref(), step.unless_field.as_ref()) {
        return None;
    }
    let request = build_request(&step.request, variables, &authorized.credential, exchange, None)?;
    let answered = match exchange.send(request) {
        Ok(answered) => answered,
        Err(failure) => {
            if failure != SendFailure::Unreachable {
                report.sentences.push(failure.to_string());
            }
            return Some(Decision::Outcome(failure_outcome(failure)));
        }
    };
    report.expires_at =
        report.expires_at.or_else(|| expiry.and_then(|expiry| read_expiry(expiry, &answered)));
    report.answered.push((step.id.clone(), answered.clone()));
    let mut decision = decide(step, &answered);
    // A token server has accepted the credential, so a 401 means that the token lacks something.
    if answered.status() == 401 && authorized.is_proved && !matches!(decision, Decision::Fallback(_)) {
        decision = Decision::Outcome(Outcome::InsufficientPermission);
    }
    match &decision {
        Decision::Outcome(Outcome::Ok) => {
            let identity = step.identity.as_ref().and_then(|place: &Place| answered.at(place));
            if let Some(text) = identity.as_ref().and_then(text_of).filter(|text| !text.is_empty()) {
                report.identity = Some(exchange.text(&text));
            }
            for (name, pointer) in &step.capture {
                if let Some(text) = answered.pointer(pointer).and_then(text_of) {
                    variables.captured.insert(name.clone(), text);
                }
            }
        }
        Decision::Outcome(Outcome::InvalidCredential)
            if report.expires_at.is_some_and(|end| end <= exchange.now()) =>
        {
            decision = Decision::Outcome(Outcome::Expired);
        }
        _ => {}
    }
    if !matches!(decision, Decision::Outcome(Outcome::Ok) | Decision::Fallback(_))
        && let Some(text) = exchange.with_masker(|masker| provider_message(&answered, masker))
    {
        report.sentences.push(format!("The provider says: {text}"));
    }
    Some(decision)
}

fn decide(step: &Step, answered: &Answered) -> Decision {
    let error_type = step.error_type_at.as_ref().and_then(|at| error_type(answered, at));
    if let Some(outcome) = error_type.and_then(|name| step.error_types.get(&name)) {
        return Decision::Outcome(*outcome);
    }
    if is_rate_limited(answered) {
        return Decision::Outcome(Outcome::RateLimited);
    }
    match step.on_status.get(&answered.status().to_string()) {
        Some(StatusRule::Outcome(outcome)) => return Decision::Outcome(*outcome),
        Some(StatusRule::Fallback(id)) => return Decision::Fallback(id.clone()),
        None => {}
    }
    let names_status = step.expect.iter().any(|expectation| expectation.at == Place::Status);
    let holds =
        step.expect.iter().all(|expectation| expectation.holds(answered.at(&expectation.at).as_ref()));
    let reads_body =
        step.expect.iter().any(|expectation| expectation.points_into_body()) || !step.capture.is_empty();
    let is_readable = !reads_body || answered.json().is_some();
    Decision::Outcome(if holds && is_readable && (names_status || answered.is_success()) {
        Outcome::Ok
    } else if answered.is_success() {
        Outcome::InvalidCredential
    } else {
        outcome_of_status(answered)
    })
}

/// The part after the last `#`, since AWS puts a namespace before it.
pub fn error_type(answered: &Answered, at: &str) -> Option<String> {
    let text = answered.pointer(at).and_then(text_of)?;
    Some(text.rsplit('#').next().unwrap_or_default().to_owned())
}
