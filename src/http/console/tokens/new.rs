//! The form, and creating what it says. The answer to the POST itself shows the secret: nothing could show it later.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{NewApplicationCredential, NewMemberToken};
use claviger_console::{Fault, Faults, NewTokenPage, TokenFault, TokenKind, token_fault};

use crate::administration::{AdministrationError, create_application_credential, create_member_token};
use crate::http::console::answer::Answer;
use crate::http::console::days::tomorrow;
use crate::http::console::form::Form;
use crate::http::console::stop::Stop;
use crate::http::console::tokens::draft::{Draft, Wanted, read};
use crate::http::console::tokens::item::member_token_kind;
use crate::http::console::tokens::kind::{ensure_opens, path_kind, stop};
use crate::http::console::tokens::scopes::{find_preset, offer};
use crate::http::console::tokens::shown_once::{again_page, application_page, token_page};
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use crate::ledger::{Act, Denied};

pub async fn form(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let kind = path_kind(&request);
    show(request, state, |visit| {
        let kind = kind?;
        ensure_opens(visit, kind)?;
        visit.ensure_recent()?;
        let asked = visit.asked.query.iter();
        let draft = read(asked.map(|(name, value)| (name.as_str(), value.as_str())));
        visit.answer(&page(visit, kind, &draft, Faults::default()))
    })
    .await
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let kind = path_kind(&request);
    act(request, payload, state, |visit, form| {
        let kind = kind?;
        ensure_opens(visit, kind)?;
        sent(visit, form, kind)
    })
    .await
}

/// A preset leads to the form that it fills in.
fn sent(visit: &Visit, form: &Form, kind: TokenKind) -> Result<Answer, Stop> {
    let draft = read(form.fields());
    let address = draft.address(visit, kind);
    if !draft.preset.is_empty() {
        return Ok(Answer::see_other(address));
    }
    visit.ensure_recent_or(&address)?;
    let wanted = match draft.judged(visit, kind) {
        Ok(wanted) => wanted,
        Err(faults) => return faulty(visit, kind, &draft, faults),
    };
    let attempt = visit.attempt(&format!("POST {}/new", kind.many()), form)?;
    let act = Act { attempt: Some(attempt), ..visit.act() };
    match created(visit, &act, kind, wanted) {
        Err(AdministrationError::AlreadyMade(id)) => again_page(visit, kind, draft.title(kind), &id),
        Err(error) => faulty(visit, kind, &draft, Faults(vec![fault(kind, error)?])),
        Ok(shown) => shown,
    }
}

type Shown = Result<Answer, Stop>;

fn created(visit: &Visit, act: &Act, kind: TokenKind, wanted: Wanted) -> Result<Shown, AdministrationError> {
    let Wanted { name, description, expires_at, scopes } = wanted;
    let administration = &visit.state.administration;
    match (member_token_kind(kind), name, expires_at) {
        (Some(known), _, Some(expires_at)) => {
            let new = NewMemberToken { description, expires_at, scopes };
            Ok(token_page(visit, kind, &create_member_token(administration, act, known, new)?))
        }
        (None, Some(name), expires_at) => {
            let new = NewApplicationCredential { name, description, scopes, expires_at };
            Ok(application_page(visit, &create_application_credential(administration, act, new)?))
        }
        // Judged before.
        (Some(_), _, None) | (None, None, _) => Ok(Err(Stop::Malformed)),
    }
}

/// What was refused at commit.
fn fault(kind: TokenKind, error: AdministrationError) -> Result<Fault, Stop> {
    let other = |sentence: String| Fault { field: "sc", label: "Scopes", sentence, link: None };
    Ok(match error {
        AdministrationError::Conflict(_) => {
            token_fault(TokenFault::Name("A live one of yours has this name. Choose another."))
        }
        AdministrationError::Denied(Denied::NotHeld(_)) => token_fault(TokenFault::NotHeld),
        AdministrationError::Invalid(errors) => {
            let details = errors.iter().map(|error| error.detail.as_str());
            other(format!("{}.", details.collect::<Vec<_>>().join("; ")))
        }
        AdministrationError::Limit(reached) => other(format!("{reached}.")),
        error => return Err(stop(kind, error)),
    })
}

fn faulty(visit: &Visit, kind: TokenKind, draft: &Draft, faults: Faults) -> Result<Answer, Stop> {
    let page = page(visit, kind, draft, faults);
    Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?)
}

fn page(visit: &Visit, kind: TokenKind, draft: &Draft, faults: Faults) -> NewTokenPage {
    let offer = offer(visit, kind, &draft.ticked());
    let now = visit.now();
    NewTokenPage {
        frame: visit.frame(kind.entry()),
        kind,
        name: draft.name.clone(),
        description: draft.description.clone(),
        expires: draft.expires(now),
        earliest: tomorrow(now),
        expires_hint: draft.expires_hint(now),
        preset: find_preset(&draft.preset).map(|preset| preset.name),
        matrix: offer.matrix,
        more_resources: offer.more_resources,
        words: offer.words,
        idempotency_key: visit.new_attempt(),
        faults,
    }
}
