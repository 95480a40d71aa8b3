//! Asks the provider about a proposed credential before it is stored.

use std::collections::BTreeMap;

use claviger_api::{
    Discovery, DiscoveryView, FieldError, FoundAnswerView, NewSourceCredential, ValidationView,
};
use claviger_domain::{SourceCredentialId, StoredValidation, ValidationOutcome};
use claviger_vault::{AnswerVerdict, Item, ListState, Refused, Validation};

use crate::administration::error::{AdministrationError, ProviderSaid};
use crate::administration::setting::Administration;
use crate::administration::vault::proposal::{Proposal, propose_new, propose_stored};
use crate::administration::vault::source_credential_view::validation_view;
use crate::ledger::Act;
use crate::vault::{Candidate, NotAsked, outcome, stored};

/// Passes the credential of a proposal to work that asks its provider.
pub fn with_candidate<T>(
    proposal: &Proposal,
    work: impl FnOnce(Candidate<'_>) -> Result<T, NotAsked>,
) -> Result<T, AdministrationError> {
    let answers: BTreeMap<String, Vec<String>> =
        proposal.answers.iter().map(|(question, given)| (question.to_string(), given.clone())).collect();
    let candidate = Candidate {
        source_type: &proposal.source_type,
        auth_mode: &proposal.auth_mode,
        profile: proposal.profile.as_ref(),
        fields: &proposal.fields,
        answers: &answers,
    };
    Ok(work(candidate)?)
}

/// Whatever it finds.
pub fn validated(
    administration: &Administration,
    act: &Act,
    proposal: &Proposal,
) -> Result<(Validation, StoredValidation), AdministrationError> {
    let validation =
        with_candidate(proposal, |candidate| administration.providers.validate(&act.realm, candidate))?;
    let kept = stored(&validation, administration.ledger.now());
    Ok((validation, kept))
}

/// Refuses a credential that its provider refuses, that could not be verified, or whose questions are not answered.
/// Without validation no request is sent, and no answer is demanded.
pub fn proven(
    administration: &Administration,
    act: &Act,
    proposal: &Proposal,
) -> Result<StoredValidation, AdministrationError> {
    if let Some(before) = proposal.before.as_ref().filter(|_| proposal.keeps_validation) {
        return Ok(before.validation.clone());
    }
    if !proposal.validate {
        return Ok(StoredValidation::skipped(administration.ledger.now()));
    }
    let (validation, kept) = validated(administration, act, proposal)?;
    if !validation.is_valid() {
        return Err(refused(&validation, &kept));
    }
    match validation.unanswered().map(demand).collect::<Vec<_>>() {
        none if none.is_empty() => Ok(kept),
        errors => Err(AdministrationError::Unanswered { errors, said: said(&validation, &kept) }),
    }
}

fn said(validation: &Validation, kept: &StoredValidation) -> Box<ProviderSaid> {
    let questions = validation.discoveries.iter().cloned().map(discovery_view).collect();
    Box::new(ProviderSaid { validation: validation_view(kept), questions })
}

/// Answers that an error names; `discover` and a dry run list all.
const MAX_NAMED: usize = 20;

fn demand(question: &claviger_vault::Discovery) -> FieldError {
    let mut names: Vec<&str> = question.items.iter().map(|item| item.key.as_str()).collect();
    let has_more = question.truncated || names.len() > MAX_NAMED;
    names.truncate(MAX_NAMED);
    let choices = match (names.is_empty(), has_more) {
        (true, _) => "the provider lists none, so it must be typed".to_owned(),
        (false, false) => format!("the provider lists {}", names.join(", ")),
        (false, true) => format!("the provider lists {} and more", names.join(", ")),
    };
    let detail = format!("needs an answer ({}): {choices}", question.prompt);
    FieldError::new(format!("answers.{}", question.id), detail)
}

/// Asks about a credential that is not stored, and stores nothing.
pub fn validate_source_credential(
    administration: &Administration,
    act: &Act,
    new: NewSourceCredential,
) -> Result<ValidationView, AdministrationError> {
    let proposal = propose_new(administration, act, new)?;
    let (validation, kept) = validated(administration, act, &proposal)?;
    let unanswered = validation.unanswered().cloned().map(discovery_view).collect();
    Ok(ValidationView { unanswered, ..validation_view(&kept) })
}

/// What can be chosen as the answer of a question of the source type.
pub fn discover(
    administration: &Administration,
    act: &Act,
    id: SourceCredentialId,
    asked: &Discovery,
) -> Result<DiscoveryView, AdministrationError> {
    let proposal = propose_stored(administration, act, id)?;
    let found = with_candidate(&proposal, |candidate| {
        administration.providers.discover(&act.realm, candidate, &asked.question)
    })?;
    found.map(discovery_view).map_err(|refused| unanswered(&refused))
}

fn discovery_view(found: claviger_vault::Discovery) -> DiscoveryView {
    let answer = |item: Item| FoundAnswerView { key: item.key.to_string(), title: item.title.to_string() };
    let state = match found.state {
        ListState::Listed => "listed",
        ListState::Ask => "ask",
        ListState::Refused => "refused",
    };
    DiscoveryView {
        question: found.id,
        state: state.to_owned(),
        items: found.items.into_iter().map(answer).collect(),
        truncated: found.truncated,
    }
}

fn refused(validation: &Validation, kept: &StoredValidation) -> AdministrationError {
    let mut errors: Vec<FieldError> = validation
        .missing()
        .map(|label| FieldError::new("permissions", format!("missing: {label}")))
        .collect();
    let answers = validation.answers.iter().filter(|answer| answer.verdict == AnswerVerdict::Refused);
    errors.extend(answers.map(|answer| {
        let detail = answer.sentence.clone().unwrap_or_else(|| "is refused by the provider".to_owned());
        FieldError::new(format!("answers.{}", answer.question), format!("{:?}: {detail}", answer.answer))
    }));
    errors.extend(validation.sentences.iter().map(|sentence| FieldError::new("validation", sentence)));
    let said = said(validation, kept);
    match kept.outcome {
        // A refused answer does not say that the credential is refused.
        ValidationOutcome::Ok => AdministrationError::Unanswered { errors, said },
        outcome => error(outcome, errors, Some(said)),
    }
}

/// For a request to a provider that is no validation.
pub fn unanswered(refused: &Refused) -> AdministrationError {
    let errors = refused.sentences.iter().map(|sentence| FieldError::new("validation", sentence));
    error(outcome(refused.outcome), errors.collect(), None)
}

fn error(
    outcome: ValidationOutcome,
    errors: Vec<FieldError>,
    said: Option<Box<ProviderSaid>>,
) -> AdministrationError {
    match outcome.is_verdict() {
        true => AdministrationError::CredentialRefused { outcome, errors, said },
        false => AdministrationError::NotVerified { outcome, errors, said },
    }
}
