//! One source credential, and asking its provider about it again.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{SourceCredentialView, SourceTypeView};
use claviger_console::{LinkedSource, SourceCredentialPage, Tone};

use crate::administration::{AdministrationError, revalidate_source_credential};
use crate::http::console::done::go_on;
use crate::http::console::record::{act_on, show_one};
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::stop::Stop;
use crate::http::console::trail::newest_lines;
use crate::http::console::vault::draft::text_of;
use crate::http::console::vault::inputs::sentence;
use crate::http::console::vault::known::{ENTRY, health, source_type, stop};
use crate::http::console::vault::verdict::verdict;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use claviger_domain::{TargetKind, ValidationOutcome};

/// Sources that the page lists.
const MAX_SOURCES: usize = 20;

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: SourceCredentialView| {
        let known = source_type(visit, view.source_type.as_str())?;
        visit.answer(&page(visit, &view, known.as_ref())?)
    })
    .await
}

/// Whatever the provider says, the credential stays.
pub async fn validate(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, _, view: SourceCredentialView| {
        let said = revalidate_source_credential(&visit.state.administration, &visit.act(), view.id);
        let (tone, words) = match said {
            Ok(view) => {
                let mark = health(&view).mark(&visit.now());
                (
                    if mark.tone == Tone::Off { Tone::Ok } else { mark.tone },
                    format!("Validated: {}.", mark.words),
                )
            }
            Err(AdministrationError::Busy(_)) => {
                (Tone::Warn, "Too many providers are being asked now. Try again in a moment.".to_owned())
            }
            Err(AdministrationError::Conflict(_)) => {
                (Tone::Warn, "It was changed meanwhile. Nothing was recorded: validate it again.".to_owned())
            }
            Err(AdministrationError::Invalid(errors)) => {
                let details = errors.iter().map(|error| sentence(&error.detail));
                (Tone::Bad, details.collect::<Vec<_>>().join(" "))
            }
            Err(error) => return Err(stop(error)),
        };
        let address = visit.links().source_credential(&view.id.to_string());
        Ok(go_on(visit, address, tone, &words))
    })
    .await
}

fn page(
    visit: &Visit,
    view: &SourceCredentialView,
    known: Option<&SourceTypeView>,
) -> Result<SourceCredentialPage, Stop> {
    let mode =
        known.and_then(|known| known.auth_modes.iter().find(|mode| mode.id == view.auth_mode.as_str()));
    let label = |name: &str| {
        let field = mode.and_then(|mode| mode.fields.iter().find(|field| field.name == name));
        field.map_or_else(|| name.to_owned(), |field| field.label.clone())
    };
    let type_name = known.map_or_else(|| view.source_type.to_string(), |known| known.name.clone());
    let health = health(view);
    let is_verified = view.validation.outcome != ValidationOutcome::Skipped;
    let profile = view.profile.as_ref().map(|id| {
        let found = known.and_then(|known| known.profiles.iter().find(|profile| profile.id == id.as_str()));
        found.map_or_else(|| id.to_string(), |profile| profile.label.clone())
    });
    let linked = visit.session.realm.vault.linked(&view.id).take(MAX_SOURCES);
    let linked =
        linked.map(|(id, source)| LinkedSource { id: id.to_string(), name: source.name.to_string() });
    let sources = linked.collect();
    let fields = view.fields.expose().iter().filter(|(_, value)| !value.is_null());
    Ok(SourceCredentialPage {
        frame: visit.frame(Some(ENTRY)),
        id: view.id.to_string(),
        name: view.name.to_string(),
        slug: view.slug.to_string(),
        mode: mode.map_or_else(|| view.auth_mode.to_string(), |mode| mode.label.clone()),
        verdict: is_verified
            .then(|| verdict(&view.validation, &type_name, health.mark(&visit.now()), String::new())),
        health,
        failed_since: view.failed_since,
        profile,
        fields: fields.map(|(name, value)| (label(name), text_of(value).replace('\n', ", "))).collect(),
        secrets: view.secret_fields.iter().map(|name| label(name.as_str())).collect(),
        answers: answers(view, known),
        expires_at: view.expires_at,
        sources,
        linked: view.used_by,
        version: view.version,
        created_at: view.created_at,
        created_by: actor_name(visit, &view.created_by),
        updated_at: view.updated_at,
        updated_by: actor_name(visit, &view.updated_by),
        events: newest_lines(visit, TargetKind::SourceCredential, &view.id.to_string(), "it")?,
        type_name,
    })
}

/// With the labels of their questions.
pub fn answers(view: &SourceCredentialView, known: Option<&SourceTypeView>) -> Vec<(String, Vec<String>)> {
    let label = |id: &str| {
        let found = known.and_then(|known| known.questions.iter().find(|question| question.id == id));
        found.map_or_else(|| id.to_owned(), |question| question.label.clone())
    };
    view.answers.0.iter().map(|(id, given)| (label(id.as_str()), given.clone())).collect()
}
