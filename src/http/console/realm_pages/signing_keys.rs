//! `/console/{realm}/signing-keys`: list, rotate, withdraw.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::SigningKeyView;
use claviger_console::{ActPage, Entry, ImpactLine, KeyRow, KeyUse, SigningKeysPage, Tone};

use crate::administration::{
    AdministrationError, SigningKeyRotation, list_signing_keys, rotate_signing_keys, withdraw_signing_key,
};
use crate::http::console::answer::Answer;
use crate::http::console::done::go_on;
use crate::http::console::form::Form;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use claviger_domain::KeyRole;

const ENTRY: Entry = Entry::SigningKeys;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let mut keys = found(visit)?;
        keys.sort_by_key(|key| match key.status {
            KeyRole::Active => 0,
            KeyRole::Next => 1,
            KeyRole::Retired => 2,
        });
        let page = SigningKeysPage {
            frame: visit.frame(Some(ENTRY)),
            keys: keys.iter().map(row).collect(),
            key_set: format!("{}/oauth2/jwks", visit.session.realm.issuer),
            tokens_alive: None,
        };
        visit.answer(&page)
    })
    .await
}

fn found(visit: &Visit) -> Result<Vec<SigningKeyView>, Stop> {
    list_signing_keys(&visit.state.administration, &visit.act()).map_err(stop)
}

fn row(key: &SigningKeyView) -> KeyRow {
    let state = match key.status {
        KeyRole::Active => KeyUse::Active { since: key.usable_at },
        KeyRole::Next => KeyUse::Next,
        KeyRole::Retired => KeyUse::Retired { until: key.ends_at.unwrap_or(key.created_at) },
    };
    KeyRow {
        kid: key.kid.clone(),
        algorithm: key.alg.as_str().to_owned(),
        published_at: key.created_at,
        state,
    }
}

pub async fn ask_to_rotate(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(ENTRY)?;
        visit.answer(&rotation_page(visit, None))
    })
    .await
}

pub async fn rotate(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, _| {
        visit.ensure_changes(ENTRY)?;
        let rotation = SigningKeyRotation::default();
        match rotate_signing_keys(&visit.state.administration, &visit.act(), rotation) {
            Ok(_) => {
                let words =
                    "The next key signs now. The one before stays published until its last token ends.";
                Ok(go_on(visit, visit.links().signing_keys(), Tone::Ok, words))
            }
            // The next key is too young, or must be imported.
            Err(AdministrationError::Conflict(detail)) => refused(visit, detail),
            Err(AdministrationError::Invalid(errors)) => {
                let details: Vec<String> =
                    errors.iter().map(|error| format!("{} {}", error.field, error.detail)).collect();
                refused(visit, details.join("; "))
            }
            Err(error) => Err(stop(error)),
        }
    })
    .await
}

fn refused(visit: &Visit, why: String) -> Result<Answer, Stop> {
    Ok(Answer::page_with(StatusCode::CONFLICT, &rotation_page(visit, Some(why)), None)?)
}

fn rotation_page(visit: &Visit, refused: Option<String>) -> ActPage {
    let links = visit.links();
    let mut lines: Vec<ImpactLine> = refused
        .into_iter()
        .map(|more| ImpactLine { tone: Tone::Bad, icon: "stop", words: "Not rotated.".to_owned(), more })
        .collect();
    lines.push(ImpactLine {
        tone: Tone::Ok,
        icon: "ok",
        words: "No token ends".to_owned(),
        more: "The old key stays published until the last token that it signed has expired.".to_owned(),
    });
    ActPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.signing_keys(), "Signing keys"),
        of: None,
        verb: "Rotate",
        name: "signing keys".to_owned(),
        sentence: "The next key signs from now on, and another next key is published.".to_owned(),
        lines,
        type_name: false,
        wrong_name: false,
        action: links.rotate_keys(),
        fields: Vec::new(),
        back: links.signing_keys(),
        destroys: false,
    }
}

pub async fn ask_to_withdraw(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(ENTRY)?;
        let kid = visit.asked.parameter("kid");
        let known = found(visit)?.into_iter().find(|key| key.kid == kid).ok_or(Stop::NotFound)?;
        visit.ensure_recent()?;
        visit.answer(&withdrawal_page(visit, &known, false))
    })
    .await
}

/// The one act that takes something away and asks for a recent sign-in: it ends every token of the realm.
pub async fn withdraw(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        visit.ensure_changes(ENTRY)?;
        withdrawn(visit, form)
    })
    .await
}

fn withdrawn(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    let kid = form.text("kid");
    let known = found(visit)?.into_iter().find(|key| key.kid == kid).ok_or(Stop::NotFound)?;
    visit.ensure_recent_or(&visit.links().withdraw_key(kid))?;
    if form.text("name") != kid {
        let page = withdrawal_page(visit, &known, true);
        return Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?);
    }
    let ended = withdraw_signing_key(&visit.state.administration, &visit.act(), kid).map_err(stop)?;
    let (_, receipt) = ended.settle(&visit.state.barrier)?.into_parts();
    let took = receipt.map_or(0, |receipt| receipt.took_ms);
    let words = format!("The key was withdrawn. Everyone confirmed in {took} ms.");
    Ok(go_on(visit, visit.links().signing_keys(), Tone::Ok, &words))
}

fn withdrawal_page(visit: &Visit, key: &SigningKeyView, wrong_name: bool) -> ActPage {
    let links = visit.links();
    ActPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.signing_keys(), "Signing keys"),
        of: None,
        verb: "Withdraw",
        name: key.kid.clone(),
        sentence: "For a key that was stolen. There is no undo.".to_owned(),
        lines: vec![ImpactLine {
            tone: Tone::Bad,
            icon: "token",
            words: "Every token that it signed becomes invalid at once".to_owned(),
            more: "Services that only read the key set refuse them once they read it again.".to_owned(),
        }],
        type_name: true,
        wrong_name,
        action: links.withdraw_key(&key.kid),
        fields: vec![("kid", key.kid.clone())],
        back: links.signing_keys(),
        destroys: true,
    }
}

fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, ENTRY)
}
