//! A source credential that was not saved: what its provider said, and what is to be done.

use actix_web::http::StatusCode;
use claviger_api::FieldError;
use claviger_console::{Fault, Faults, NotSaved, SourceCredentialQuestionsPage};

use crate::administration::{AdministrationError, ProviderSaid};
use crate::http::console::answer::Answer;
use crate::http::console::fields::name_taken;
use crate::http::console::stop::Stop;
use crate::http::console::vault::form::{Filled, Refusal, refused_page};
use crate::http::console::vault::inputs::{question_input, sentence};
use crate::http::console::vault::known::{ENTRY, find, stop};
use crate::http::console::vault::verdict::{noun, verdict};
use claviger_console::{Mark, Tone};
use claviger_domain::ValidationOutcome;

/// Nothing was asked.
pub fn faulty(filled: Filled<'_>, faults: Faults) -> Result<Answer, Stop> {
    let refusal = Refusal { faults, ..Refusal::default() };
    refused_page(&without_secrets(filled), refusal, StatusCode::UNPROCESSABLE_ENTITY)
}

/// The same form again: sent once more, it makes this change on what the credential is now.
pub fn changed_meanwhile(filled: Filled<'_>) -> Result<Answer, Stop> {
    let before = filled.before.as_ref().map(|view| find(filled.visit, view.id)).transpose()?;
    let by = before.as_ref().map(|view| view.updated_by.name.clone()).unwrap_or_default();
    let sentence = format!(
        "{by} changed this meanwhile. Your change was not made. Look at what it is now, then save again to make yours."
    );
    let faults = Faults(vec![Fault { field: "name", label: "Changed meanwhile", sentence, link: None }]);
    let filled = Filled { before, ..without_secrets(filled) };
    refused_page(&filled, Refusal { faults, ..Refusal::default() }, StatusCode::PRECONDITION_FAILED)
}

pub fn refused(filled: Filled<'_>, error: AdministrationError) -> Result<Answer, Stop> {
    match error {
        AdministrationError::Unanswered { errors, said } => questions(&filled, &errors, &said),
        AdministrationError::CredentialRefused { outcome, errors, said } => {
            let refusal = provider_refused(&filled, outcome, errors, said.as_deref());
            refused_page(&without_secrets(filled), refusal, StatusCode::UNPROCESSABLE_ENTITY)
        }
        AdministrationError::NotVerified { outcome, errors, said } => {
            let refusal =
                Refusal { unverified: true, ..provider_refused(&filled, outcome, errors, said.as_deref()) };
            refused_page(&filled, refusal, StatusCode::UNPROCESSABLE_ENTITY)
        }
        AdministrationError::Busy(_) => {
            let words = "Too many providers are being asked now. Nothing was sent. Try again in a moment.";
            let refusal = Refusal { faults: on_name(words), unverified: true, ..Refusal::default() };
            refused_page(&filled, refusal, StatusCode::UNPROCESSABLE_ENTITY)
        }
        AdministrationError::Invalid(errors) => {
            let refusal = Refusal { faults: general(&errors), errors, ..Refusal::default() };
            refused_page(&without_secrets(filled), refusal, StatusCode::UNPROCESSABLE_ENTITY)
        }
        AdministrationError::Conflict(_) => {
            let faults = Faults(vec![name_taken(&filled.draft.name)]);
            faulty(filled, faults)
        }
        AdministrationError::Limit(reached) => faulty(filled, on_name(&format!("{reached}."))),
        error => Err(stop(error)),
    }
}

/// What was typed is gone.
fn without_secrets(mut filled: Filled<'_>) -> Filled<'_> {
    filled.draft.sealed.clear();
    filled
}

fn on_name(sentence: &str) -> Faults {
    Faults(vec![Fault { field: "name", label: "Name", sentence: sentence.to_owned(), link: None }])
}

/// Those that no field of the catalog and no question shows.
fn general(errors: &[FieldError]) -> Faults {
    let is_shown = |field: &str| field.starts_with("fields.") || field.starts_with("answers.");
    let fault = |error: &FieldError| {
        let (field, label) =
            if error.field == "expires_at" { ("expires", "Expires") } else { ("name", "Name") };
        Fault { field, label, sentence: sentence(&error.detail), link: None }
    };
    Faults(errors.iter().filter(|error| !is_shown(&error.field)).map(fault).collect())
}

fn provider_refused(
    filled: &Filled<'_>,
    outcome: ValidationOutcome,
    mut errors: Vec<FieldError>,
    said: Option<&ProviderSaid>,
) -> Refusal {
    let permissions = said.map(|said| said.validation.permissions.as_slice()).unwrap_or_default();
    let missing = permissions.iter().filter(|one| one.required && one.verdict == "missing").count();
    let why = NotSaved {
        outcome,
        missing: u64::try_from(missing).unwrap_or(u64::MAX),
        provider: filled.known.name.clone(),
        noun: noun(&filled.mode.label),
    };
    let verdict = said.map(|said| {
        let said = verdict(&said.validation, &filled.known.name, why.mark(), why.sentence());
        if outcome.is_verdict() { said } else { said.without_verdicts() }
    });
    errors.retain(|error| error.field.starts_with("answers."));
    let secret = filled.mode.fields.iter().find(|field| field.kind.starts_with("secret"));
    if let (Some(fault), Some(field)) = (why.fault(), secret) {
        errors.push(FieldError::new(format!("fields.{}", field.name), fault));
    }
    Refusal { errors, verdict, ..Refusal::default() }
}

/// The second step: 422 as well, since nothing is saved yet.
fn questions(filled: &Filled<'_>, errors: &[FieldError], said: &ProviderSaid) -> Result<Answer, Stop> {
    let noun = noun(&filled.mode.label);
    let mark = Mark::new(Tone::Ok, "ok", format!("The {noun} works"));
    let verdict = verdict(&said.validation, &filled.known.name, mark, String::new());
    // Whoever was not asked has made no mistake.
    let errors = if filled.draft.asked || filled.draft.has_answers() { errors } else { &[] };
    let questions = filled.known.questions.iter().filter_map(|question| {
        let listed = said.questions.iter().find(|found| found.question == question.id)?;
        Some(question_input(question, &filled.draft, Some(listed), errors))
    });
    let page = SourceCredentialQuestionsPage {
        frame: filled.visit.frame(Some(ENTRY)),
        form: filled.form(filled.draft.sealed.clone()),
        typed: filled.draft.plain(&filled.mode),
        verdict,
        questions: questions.collect(),
        first_step: filled.address(),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Answer::page_with(status, &page, None)?)
}
