//! Saving a source credential: its provider is asked first, on this thread, which may block. A page that is refused has no
//! secret.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{
    Answers, FieldValues, NewSourceCredential, SourceCredentialEdit, SourceCredentialView, SourceEdit,
};
use claviger_console::{Fault, Faults, Tone, name_fault};
use claviger_contract::Timestamp;
use serde_json::{Map, Value};

use crate::administration::{
    AdministrationError, create_source_credential, edit_source, edit_source_credential,
};
use crate::http::console::answer::Answer;
use crate::http::console::days::{date, start_of};
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::fields::read_name;
use crate::http::console::form::Form;
use crate::http::console::record::act_on;
use crate::http::console::stop::Stop;
use crate::http::console::vault::carried::{open, seal};
use crate::http::console::vault::draft::{read, text_of};
use crate::http::console::vault::form::Filled;
use crate::http::console::vault::known::{ENTRY, find, stop};
use crate::http::console::vault::refused::{changed_meanwhile, faulty, refused};
use crate::http::console::visit::{Visit, act};
use crate::http::state::AppState;
use crate::ledger::Act;
use claviger_domain::{Name, SourceId};

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        visit.ensure_changes(ENTRY)?;
        let mut filled = sent(visit, form, None)?;
        let other_mode = form.text("switch");
        if !other_mode.is_empty() {
            other_mode.clone_into(&mut filled.draft.mode);
            return Ok(Answer::see_other(filled.address()));
        }
        visit.ensure_recent_or(&filled.address())?;
        let new = match wanted(&filled) {
            Ok(wanted) => wanted.into_new(&filled)?,
            Err(faults) => return faulty(filled, faults),
        };
        let attempt = visit.attempt("POST source-credentials/new", form)?;
        let act = Act { attempt: Some(attempt), ..visit.act() };
        match create_source_credential(&visit.state.administration, &act, new) {
            Ok(view) => go_onward(&filled, &view),
            Err(AdministrationError::AlreadyMade(id)) => {
                Ok(Answer::see_other(visit.links().source_credential(&id)))
            }
            Err(error) => refused(filled, error),
        }
    })
    .await
}

pub async fn save(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: SourceCredentialView| {
        let filled = sent(visit, form, Some(view.clone()))?;
        visit.ensure_recent_or(&filled.address())?;
        if form.text("version") != view.version.to_string() {
            return changed_meanwhile(filled);
        }
        let edit = match wanted(&filled) {
            Ok(wanted) => wanted.into_edit(&filled, &view),
            Err(faults) => return faulty(filled, faults),
        };
        match edit_source_credential(&visit.state.administration, &visit.act(), view.id, edit) {
            Ok(edited) => {
                let address = visit.links().source_credential(&view.id.to_string());
                let words = format!("{} was changed, for all its sources.", filled.draft.name);
                Ok(settle_and_go_on(visit, edited, address, &words, ""))
            }
            Err(AdministrationError::Conflict(_)) if find(visit, view.id)?.version != view.version => {
                changed_meanwhile(filled)
            }
            Err(error) => refused(filled, error),
        }
    })
    .await
}

/// The secrets that were typed are sealed at once, so that a refused form can go on with them where it may.
fn sent<'a>(visit: &'a Visit, form: &Form, before: Option<SourceCredentialView>) -> Result<Filled<'a>, Stop> {
    let mut draft = read(form.fields(), true);
    if !form.text("unchecked").is_empty() {
        draft.validate = false;
    }
    let mut filled = Filled::of(visit, draft, before)?.map_err(|_| Stop::Malformed)?;
    filled.draft.sealed = seal(visit, &filled.draft, &filled.mode)?;
    Ok(filled)
}

/// What both use cases take.
struct Wanted {
    name: Name,
    values: Map<String, Value>,
    expires_at: Option<Timestamp>,
}

fn wanted(filled: &Filled<'_>) -> Result<Wanted, Faults> {
    let draft = &filled.draft;
    let mut faults = Vec::new();
    let name = read_name(&draft.name).map_err(|fault| faults.push(name_fault(fault)));
    let expires_at = start_of(&draft.expires);
    let unchanged = filled.before.as_ref().and_then(|view| view.expires_at).map(date);
    let is_past = expires_at.is_none_or(|end| end <= filled.visit.now());
    if !draft.expires.is_empty() && is_past && unchanged.as_ref() != Some(&draft.expires) {
        let sentence = "Choose a day after today.".to_owned();
        faults.push(Fault { field: "expires", label: "Expires", sentence, link: None });
    }
    let values = draft.values(&filled.mode, &open(filled.visit, draft));
    match name {
        Ok(name) if faults.is_empty() => Ok(Wanted { name, values, expires_at }),
        _ => Err(Faults(faults)),
    }
}

impl Wanted {
    fn into_new(self, filled: &Filled<'_>) -> Result<NewSourceCredential, Stop> {
        let id = |text: &str| text.parse().map_err(|_| Stop::Malformed);
        Ok(NewSourceCredential {
            name: self.name,
            slug: None,
            source_type: id(&filled.draft.source_type)?,
            auth_mode: Some(id(&filled.draft.mode)?),
            fields: FieldValues::from(self.values),
            profile: filled.draft.profile.parse().ok(),
            answers: Answers(filled.draft.answers(&filled.known)),
            expires_at: self.expires_at,
            validate: filled.draft.validate,
        })
    }

    /// Only what is different: what is left out stays.
    fn into_edit(self, filled: &Filled<'_>, view: &SourceCredentialView) -> SourceCredentialEdit {
        let stored = view.fields.expose();
        let is_secret = |name: &str| view.secret_fields.iter().any(|known| known.as_str() == name);
        let mut values = self.values;
        values.retain(|name, value| match stored.get(name) {
            // Numbers are typed as text.
            Some(known) => text_of(known) != text_of(value),
            None => is_secret(name) || !(value.is_null() || *value == Value::Bool(false)),
        });
        let profile = filled.draft.profile.parse().ok().filter(|id| view.profile.as_ref() != Some(id));
        let answers = Some(Answers(filled.draft.answers(&filled.known))).filter(|new| *new != view.answers);
        let was = view.expires_at.map(date).unwrap_or_default();
        SourceCredentialEdit {
            name: Some(self.name).filter(|name| *name != view.name),
            fields: (!values.is_empty()).then(|| FieldValues::from(values)),
            profile,
            answers,
            expires_at: (filled.draft.expires != was).then_some(self.expires_at),
            validate: Some(filled.draft.validate),
        }
    }
}

/// To the source that it was added for, or to its own page.
fn go_onward(filled: &Filled<'_>, view: &SourceCredentialView) -> Result<Answer, Stop> {
    let (visit, draft, links) = (filled.visit, &filled.draft, filled.visit.links());
    let words = match draft.validate {
        true => format!("{} was added: {} accepts it.", view.name, filled.known.name),
        false => format!("{} was added, unchecked.", view.name),
    };
    let id = view.id.to_string();
    if let Ok(source) = draft.source.parse::<SourceId>() {
        let edit = SourceEdit { source_credential_id: Some(view.id), name: None, settings: None };
        let linked = edit_source(&visit.state.administration, &visit.act(), source, edit);
        return match linked {
            Ok(linked) => {
                let words = format!("{words} The source is linked to it.");
                Ok(settle_and_go_on(visit, linked, links.source(&draft.source), &words, ""))
            }
            Err(AdministrationError::NotFound(_) | AdministrationError::Invalid(_)) => {
                let words =
                    format!("{words} The source was not linked: it does not exist, or has another type.");
                Ok(go_on(visit, links.source_credential(&id), Tone::Warn, &words))
            }
            Err(error) => Err(stop(error)),
        };
    }
    let address = match draft.for_source {
        true => {
            let form = links.new_source().with("type", &filled.known.id).with("credential", &id);
            form.with("name", &draft.source_name)
        }
        false => links.source_credential(&id),
    };
    Ok(go_on(visit, address, Tone::Ok, &words))
}
