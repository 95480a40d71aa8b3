//! What all forms that change one thing have in common: the state that they were made on, and who was quicker.

use claviger_api::FieldError;
use claviger_console::{Cell, Fault, Stale};
use claviger_contract::Timestamp;
use serde::Serialize;

use crate::administration::entity_tag;
use crate::http::console::form::Form;
use crate::http::console::guard::CSRF;
use crate::http::console::lists::asked::parameters;
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::stop::Stop;
use crate::http::console::trail::newest_events;
use crate::http::console::visit::Visit;
use crate::ledger::Act;
use claviger_domain::TargetKind;

const ETAG: &str = "etag";
const CONFIRMED: &str = "confirmed";
const KEY: &str = "idempotency_key";

/// The hidden field of a form that changes this.
pub fn tag_field(object: &impl Serialize) -> Vec<(&'static str, String)> {
    vec![(ETAG, entity_tag(object).to_string())]
}

/// The hidden field of a form that makes something: sent twice, it makes one.
pub fn attempt_field(visit: &Visit) -> Vec<(&'static str, String)> {
    vec![(KEY, visit.new_attempt())]
}

/// The act of a form, on the state that its page showed.
pub fn act_on_shown(visit: &Visit, form: &Form) -> Result<Act, Stop> {
    let tag = form.text(ETAG).parse().map_err(|_| Stop::Malformed)?;
    Ok(Act { if_match: Some(tag), ..visit.act() })
}

/// The act of a form that makes something.
pub fn act_once(visit: &Visit, form: &Form, operation: &str) -> Result<Act, Stop> {
    Ok(Act { attempt: Some(visit.attempt(operation, form)?), ..visit.act() })
}

/// Whether the page that says what the act takes away was seen.
pub fn is_confirmed(form: &Form) -> bool {
    !form.text(CONFIRMED).is_empty()
}

/// The fields of a form for the page that asks first: `known` are those that it has.
pub fn carried(form: &Form, known: &'static [&'static str]) -> Vec<(&'static str, String)> {
    let fields = form.fields().filter(|(name, _)| *name != CSRF && *name != CONFIRMED);
    let named = fields.filter_map(|(name, value)| {
        let name = known.iter().copied().chain([ETAG]).find(|known| *known == name)?;
        Some((name, value.to_owned()))
    });
    named.chain([(CONFIRMED, "yes".to_owned())]).collect()
}

/// Who changed it last, and what it is now.
pub fn stale(
    visit: &Visit,
    kind: TargetKind,
    id: &str,
    updated_at: Timestamp,
    now: Vec<(&'static str, Cell)>,
) -> Stale {
    let newest = newest_events(visit, kind, id).unwrap_or_default().into_iter().next();
    match newest {
        Some(event) => Stale { by: actor_name(visit, &event.actor), at: event.at, now },
        None => Stale { by: String::new(), at: updated_at, now },
    }
}

/// What the use case says is wrong, at one field.
pub fn details(field: &'static str, label: &'static str, errors: &[FieldError]) -> Fault {
    let details = errors.iter().map(|error| error.detail.as_str());
    sentence(field, label, &details.collect::<Vec<_>>().join("; "))
}

pub fn sentence(field: &'static str, label: &'static str, words: &str) -> Fault {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let sentence: String = first.chain(letters).chain(['.']).collect();
    Fault { field, label, sentence, link: None }
}

/// What was typed before: the fields of the address; `None` if it has none of them.
pub fn typed<T>(visit: &Visit, known: &[&str], read: impl FnOnce(&[(&str, &str)]) -> T) -> Option<T> {
    let fields: Vec<(&str, &str)> = parameters(visit).filter(|(name, _)| known.contains(name)).collect();
    (!fields.is_empty()).then(|| read(&fields))
}
