//! `/console/{realm}/organization/settings`: what the realm is set to, to be changed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{RealmEdit, RealmView};
use claviger_console::{
    ActPage, Address, Cell, Entry, Fault, Faults, FormPage, ImpactLine, SettingsForm, Tone, settings_form,
};

use crate::administration::{AdministrationError, edit_realm, find_realm};
use crate::http::console::answer::Answer;
use crate::http::console::done::settle_and_go_on;
use crate::http::console::editing::{
    act_on_shown, carried, details, is_confirmed, sentence, stale, tag_field, typed,
};
use crate::http::console::form::Form;
use crate::http::console::realm_pages::settings_draft::{
    ADMINISTRATIVE_CREDENTIALS, Draft, REQUIRE_RESOURCE, SERVICE_CREDENTIALS, read,
};
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use crate::ledger::Denied;
use claviger_domain::{Algorithm, Role, TargetKind};

const ENTRY: Entry = Entry::Organization;

const FIELDS: &[&str] =
    &["display_name", "allow", "default_alg", "registry_services", "registry_token_ttl_seconds"];

pub async fn form(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(ENTRY)?;
        let view = found(visit)?;
        let draft = typed(visit, FIELDS, |fields| read(fields.iter().copied()));
        visit.answer(&page(visit, &view, &draft.unwrap_or_else(|| Draft::of(&view)), Faults::default()))
    })
    .await
}

pub async fn save(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        visit.ensure_still_changes(ENTRY)?;
        saved(visit, form, &found(visit)?)
    })
    .await
}

/// Switching something on asks for a recent sign-in; switching it off does not.
fn saved(visit: &Visit, form: &Form, view: &RealmView) -> Result<Answer, Stop> {
    let draft = read(form.fields());
    let address = draft.address(visit);
    let allows = |name: &str, before: bool| draft.allows(name) && !before;
    if allows(SERVICE_CREDENTIALS, view.service_credentials)
        || allows(ADMINISTRATIVE_CREDENTIALS, view.administrative_credentials)
        || (view.require_resource && !draft.allows(REQUIRE_RESOURCE))
    {
        visit.ensure_recent_or(&address)?;
    }
    let edit = match draft.edit(visit, view) {
        Ok(edit) => edit,
        Err(faults) => return faulty(visit, view, &draft, faults),
    };
    let act = act_on_shown(visit, form)?;
    let lines = narrowed(view, &edit);
    if !lines.is_empty() && !is_confirmed(form) {
        return Ok(Answer::page(&question(visit, form, address, lines), None)?);
    }
    match edit_realm(&visit.state.administration, &act, edit) {
        Ok(edited) => Ok(settle_and_go_on(
            visit,
            edited,
            visit.links().organization(),
            "The settings were changed.",
            "",
        )),
        Err(AdministrationError::Stale) => {
            let view = found(visit)?;
            let mut page = page(visit, &view, &draft, Faults::default());
            let id = view.realm.to_string();
            page.stale = Some(stale(visit, TargetKind::Realm, &id, view.updated_at, now(&view)));
            Ok(Answer::page_with(StatusCode::PRECONDITION_FAILED, &page, None)?)
        }
        Err(error) => faulty(visit, view, &draft, Faults(vec![fault(error)?])),
    }
}

/// What is no longer allowed. Nothing that exists ends.
fn narrowed(view: &RealmView, edit: &RealmEdit) -> Vec<ImpactLine> {
    let line = |icon, words: &str, more: &str| ImpactLine {
        tone: Tone::Warn,
        icon,
        words: words.to_owned(),
        more: more.to_owned(),
    };
    let off = |before: bool, after: Option<bool>| before && after == Some(false);
    let mut lines = Vec::new();
    if off(view.service_credentials, edit.service_credentials) {
        let more = "Those that exist go on until they expire or are revoked.";
        lines.push(line("key", "Nobody can create or renew a service credential", more));
    }
    if off(view.administrative_credentials, edit.administrative_credentials) {
        lines.push(line(
            "seal",
            "Service credentials no longer administer",
            "Also those that had such scopes.",
        ));
    }
    if edit.require_resource == Some(true) && !view.require_resource {
        let more = "Clients that do not name one get no token any more.";
        lines.push(line("token", "Each token request must name a resource server", more));
    }
    lines
}

fn question(visit: &Visit, form: &Form, back: Address, lines: Vec<ImpactLine>) -> ActPage {
    let links = visit.links();
    ActPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.organization(), "Organization"),
        of: None,
        verb: "Change",
        name: "general settings".to_owned(),
        sentence: String::new(),
        lines,
        type_name: false,
        wrong_name: false,
        action: links.settings(),
        fields: carried(form, FIELDS),
        back,
        destroys: true,
    }
}

fn found(visit: &Visit) -> Result<RealmView, Stop> {
    let found = find_realm(&visit.state.administration, &visit.act());
    found.map_err(|error| Stop::of(error, ENTRY))
}

fn now(view: &RealmView) -> Vec<(&'static str, Cell)> {
    let word = |on: bool, yes, no| Cell::Quiet(if on { yes } else { no });
    vec![
        ("Display name", Cell::text_or(view.display_name.to_string(), "none")),
        ("Service credentials", word(view.service_credentials, "allowed", "switched off")),
        ("Tokens without an audience", word(view.require_resource, "refused", "allowed")),
    ]
}

fn fault(error: AdministrationError) -> Result<Fault, Stop> {
    Ok(match error {
        AdministrationError::Denied(Denied::MissingRole(_)) => {
            sentence("allow", "Allowed", "only an Account Holder lets service credentials administer")
        }
        AdministrationError::Invalid(errors) => details("registry_services", "Container registries", &errors),
        error => return Err(Stop::of(error, ENTRY)),
    })
}

fn faulty(visit: &Visit, view: &RealmView, draft: &Draft, faults: Faults) -> Result<Answer, Stop> {
    let page = page(visit, view, draft, faults);
    Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?)
}

fn page(visit: &Visit, view: &RealmView, draft: &Draft, faults: Faults) -> FormPage {
    let algorithm = |one: Algorithm| (one.as_str().to_owned(), draft.default_alg == one.as_str());
    let form = SettingsForm {
        display_name: draft.display_name.clone(),
        service_credentials: draft.allows(SERVICE_CREDENTIALS),
        administrative_credentials: draft.allows(ADMINISTRATIVE_CREDENTIALS),
        may_allow_administration: visit.role() == Role::AccountHolder,
        require_resource: draft.allows(REQUIRE_RESOURCE),
        algorithms: [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Ps256]
            .map(algorithm)
            .to_vec(),
        registry_services: draft.registry_services.clone(),
        registry_token_ttl_seconds: draft.registry_token_ttl_seconds.clone(),
        hidden: tag_field(view),
        faults,
        stale: None,
    };
    settings_form(visit.frame(Some(ENTRY)), form)
}
