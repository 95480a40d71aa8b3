//! `/console/{realm}/organization/sign-in`: where people sign in, and with which role.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::SignInProviderView;
use claviger_console::{ActPage, Denied, Fault, Faults, ImpactLine, SignInSettingsPage, Tone};

use crate::administration::{
    AdministrationError, delete_sign_in, entity_tag, find_sign_in, put_sign_in, redirect_uri,
};
use crate::http::console::answer::Answer;
use crate::http::console::done::settle_and_go_on;
use crate::http::console::form::Form;
use crate::http::console::people::journey::{Journey, client_of, set_out};
use crate::http::console::realm_pages::organization::ENTRY;
use crate::http::console::realm_pages::sign_in_draft::{Draft, fault, read};
use crate::http::console::realm_pages::sign_in_tried::not_tried;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use crate::ledger::Act;
use claviger_domain::Role;

pub async fn settings(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let view = find(visit)?;
        if is_holder(visit) {
            visit.ensure_recent()?;
        }
        let typed = visit.asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let draft = match (&view, visit.asked.query.is_empty()) {
            (_, false) => read(typed),
            (Some(view), true) => Draft::of(view),
            (None, true) => Draft::empty(),
        };
        visit.answer(&page(visit, view.as_ref(), &draft, Faults::default()))
    })
    .await
}

pub async fn save(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        ensure_holder(visit)?;
        let mut draft = read(form.fields());
        match form.text("act") {
            "save" => saved(visit, form, &draft),
            other => {
                draft.arrange(other);
                let view = find(visit)?;
                visit.answer(&page(visit, view.as_ref(), &draft, Faults::default()))
            }
        }
    })
    .await
}

fn saved(visit: &Visit, form: &Form, draft: &Draft) -> Result<Answer, Stop> {
    visit.ensure_recent_or(&draft.address(visit.links().sign_in_settings()))?;
    let view = find(visit)?;
    let wanted = match draft.judged() {
        Ok(wanted) => wanted,
        Err(faults) => return faulty(visit, view.as_ref(), draft, faults),
    };
    // Without a tag the form was of a realm without a provider.
    let tag = form.text("etag");
    if tag.is_empty() && view.is_some() {
        return changed_meanwhile(visit, draft);
    }
    let if_match = (!tag.is_empty()).then(|| tag.parse().map_err(|_| Stop::Malformed)).transpose()?;
    let act = Act { if_match, ..visit.act() };
    match put_sign_in(&visit.state.administration, &act, wanted) {
        Ok(done) => {
            let address = visit.links().sign_in_settings();
            let words = format!(
                "People sign in at {} now. The provider was asked, and answers.",
                draft.provider_name
            );
            Ok(settle_and_go_on(visit, done, address, &words, ""))
        }
        Err(AdministrationError::Stale | AdministrationError::Conflict(_)) => changed_meanwhile(visit, draft),
        Err(AdministrationError::Invalid(errors)) => {
            let faults = errors.iter().map(|error| fault(&error.field, &error.detail)).collect();
            faulty(visit, view.as_ref(), draft, Faults(faults))
        }
        Err(error) => Err(Stop::of(error, ENTRY)),
    }
}

/// The same form again: sent once more, it replaces what the settings are now.
fn changed_meanwhile(visit: &Visit, draft: &Draft) -> Result<Answer, Stop> {
    let view = find(visit)?;
    let who = view.as_ref().map_or_else(|| "Somebody".to_owned(), |view| view.updated_by.name.clone());
    let sentence = format!(
        "{who} changed the settings meanwhile, and yours were not saved. Save again to replace them."
    );
    let faults = Faults(vec![Fault { field: "rules", label: "Changed meanwhile", sentence, link: None }]);
    let page = page(visit, view.as_ref(), draft, faults);
    Ok(Answer::page_with(StatusCode::PRECONDITION_FAILED, &page, None)?)
}

fn faulty(
    visit: &Visit,
    view: Option<&SignInProviderView>,
    draft: &Draft,
    faults: Faults,
) -> Result<Answer, Stop> {
    let page = page(visit, view, draft, faults);
    Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?)
}

/// Signs in at the provider as it is saved, to see what it says.
pub async fn try_it(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(ENTRY)?;
        let (label, client) = client_of(&visit.state, &visit.asked)?;
        let journey = Journey::Try { session: visit.session.token.id };
        match set_out(&visit.state, (&label, &client), &journey) {
            Ok(answer) => Ok(answer),
            Err(failure) => Ok(not_tried(visit, &failure)),
        }
    })
    .await
}

pub async fn ask_to_remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        ensure_holder(visit)?;
        match find(visit)? {
            Some(view) => visit.answer(&removing_page(visit, &view)),
            None => Ok(Answer::see_other(visit.links().sign_in_settings())),
        }
    })
    .await
}

pub async fn remove(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, _| {
        ensure_holder(visit)?;
        let removed = delete_sign_in(&visit.state.administration, &visit.act());
        let removed = removed.map_err(|error| Stop::of(error, ENTRY))?;
        let address = visit.links().sign_in_settings();
        Ok(settle_and_go_on(visit, removed, address, "The provider was removed.", ""))
    })
    .await
}

fn removing_page(visit: &Visit, view: &SignInProviderView) -> ActPage {
    let links = visit.links();
    let line = |icon, words: &str, more: &str| ImpactLine {
        tone: Tone::Off,
        icon,
        words: words.to_owned(),
        more: more.to_owned(),
    };
    ActPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.organization(), "Organization"),
        of: Some((links.sign_in_settings(), "Sign-in of people".to_owned())),
        verb: "Remove",
        name: view.provider_name.to_string(),
        sentence: "Nobody signs in there any more. Local accounts go on.".to_owned(),
        lines: vec![
            line("person", "Who is signed in stays so", "Their sessions end within 8 hours."),
            line("key", "The client secret is deleted", "Links of members with their identities stay."),
        ],
        type_name: false,
        wrong_name: false,
        action: links.remove_sign_in(),
        fields: Vec::new(),
        back: links.sign_in_settings(),
        destroys: true,
    }
}

fn find(visit: &Visit) -> Result<Option<SignInProviderView>, Stop> {
    match find_sign_in(&visit.state.administration, &visit.act()) {
        Ok(view) => Ok(Some(view)),
        Err(AdministrationError::NotFound(_)) => Ok(None),
        Err(error) => Err(Stop::of(error, ENTRY)),
    }
}

fn is_holder(visit: &Visit) -> bool {
    visit.session.member.has_role(Role::AccountHolder)
}

fn ensure_holder(visit: &Visit) -> Result<(), Stop> {
    visit.ensure_changes(ENTRY)?;
    match is_holder(visit) {
        true => Ok(()),
        false => Err(Stop::Denied(Denied::ForAccountHolders(ENTRY))),
    }
}

fn page(
    visit: &Visit,
    view: Option<&SignInProviderView>,
    draft: &Draft,
    faults: Faults,
) -> SignInSettingsPage {
    let keeps_secret = view.is_some_and(|view| !view.public_client);
    SignInSettingsPage {
        frame: visit.frame(Some(ENTRY)),
        editable: is_holder(visit),
        is_set: view.is_some(),
        provider_name: draft.provider_name.clone(),
        issuer: draft.issuer.clone(),
        client_id: draft.client_id.clone(),
        keeps_secret,
        secret_lost: !draft.client_secret.is_empty(),
        public_client: draft.public_client,
        groups_claim: draft.groups_claim.clone(),
        allowed_domains: draft.allowed_domains.clone(),
        admission: draft.admission.clone(),
        rules: draft.rules.clone(),
        redirect_uri: redirect_uri(&visit.state.administration, &visit.session.realm.record.label),
        etag: view.map(|view| entity_tag(view).to_string()).unwrap_or_default(),
        faults,
    }
}
