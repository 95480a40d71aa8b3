//! Changes of what one credential may do: on the state that the page showed, and told on the next page.

use actix_web::http::StatusCode;
use claviger_api::{CredentialEdit, CredentialView};
use claviger_console::{ChangedMeanwhilePage, Tone, text};

use crate::administration::{AdministrationError, edit_credential, entity_tag};
use crate::http::console::answer::Answer;
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::form::Form;
use crate::http::console::guard::CSRF;
use crate::http::console::record::Record;
use crate::http::console::service_credentials::found::{ENTRY, usage};
use crate::http::console::service_credentials::lines::{actor_name, resource_line};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::ledger::Act;

const ETAG: &str = "etag";

pub fn etag(view: &CredentialView) -> String {
    entity_tag(view).to_string()
}

/// Carries out the edit, and goes on to the credential. `done` says what it was; what ended is added.
pub fn edit(
    visit: &Visit,
    form: &Form,
    view: &CredentialView,
    edit: CredentialEdit,
    done: &str,
) -> Result<Answer, Stop> {
    let tag = form.text(ETAG).parse().map_err(|_| Stop::Malformed)?;
    let act = Act { if_match: Some(tag), ..visit.act() };
    let alive = usage(visit, view).ok().and_then(|usage| usage.tokens_alive);
    let tell = |tone, words: &str| {
        Ok(go_on(visit, visit.links().service_credential(&view.id.to_string()), tone, words))
    };
    let edited = match edit_credential(&visit.state.administration, &act, view.id, edit) {
        Ok(edited) => edited,
        Err(AdministrationError::Stale) => return changed_meanwhile(visit, form, view),
        Err(AdministrationError::NotActive) => {
            return tell(Tone::Bad, "It has ended meanwhile. Nothing was changed.");
        }
        Err(error @ (AdministrationError::Invalid(_) | AdministrationError::Limit(_))) => {
            return tell(Tone::Bad, &format!("Nothing was changed: {error}."));
        }
        Err(error) => return Err(Stop::of(error, ENTRY)),
    };
    let address = visit.links().service_credential(&view.id.to_string());
    Ok(settle_and_go_on(visit, edited, address, done, &ended(alive)))
}

fn ended(alive: Option<u64>) -> String {
    match alive {
        Some(0) => "No token was alive".to_owned(),
        Some(count) => format!("About {} ended", text::things(&count, "token", "tokens")),
        None => "Its tokens ended".to_owned(),
    }
}

/// The same form again, on what it is now.
fn changed_meanwhile(visit: &Visit, form: &Form, shown: &CredentialView) -> Result<Answer, Stop> {
    let view = CredentialView::find(visit, shown.id)?;
    let fields = form.fields().filter(|(name, _)| ![CSRF, ETAG].contains(name));
    let page = ChangedMeanwhilePage {
        frame: visit.frame(Some(ENTRY)),
        id: view.id.to_string(),
        name: view.name.to_string(),
        changed_by: actor_name(visit, &view.updated_by),
        changed_at: view.updated_at,
        groups: view.groups.iter().map(ToString::to_string).collect(),
        resources: view.resources.iter().map(|grant| resource_line(visit, grant)).collect(),
        action: visit.asked.target.clone(),
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        etag: etag(&view),
    };
    Ok(Answer::page_with(StatusCode::PRECONDITION_FAILED, &page, None)?)
}
