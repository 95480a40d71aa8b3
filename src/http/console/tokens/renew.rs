//! Renewing an application credential: a successor with a new key.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::ApplicationCredentialView;
use claviger_console::{Entry, Faults, FormPage, Tone, application_renewal_form};

use crate::administration::{AdministrationError, renew_application_credential};
use crate::http::console::answer::Answer;
use crate::http::console::directory::drafted::faulty;
use crate::http::console::done::go_on;
use crate::http::console::editing::{act_once, attempt_field, sentence};
use crate::http::console::form::Form;
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::tokens::application::{KIND, open, page_of};
use crate::http::console::tokens::kind::stop;
use crate::http::console::tokens::shown_once::{again_page, application_page};
use crate::http::console::visit::{Visit, act, show};
use crate::http::renewal::{NotRenewed, renewed};
use crate::http::state::AppState;
use claviger_domain::{Overlap, Replaced};

const ENTRY: Entry = Entry::ApplicationCredentials;

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    show(request, state, move |visit| {
        let (view, item) = open(visit, id?)?;
        if !item.is_renewable(visit, KIND) {
            return Ok(Answer::see_other(page_of(visit, &view)));
        }
        visit.ensure_recent()?;
        visit.answer(&page(visit, &view, Faults::default()))
    })
    .await
}

pub async fn renew(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    act(request, payload, state, move |visit, form| sent(visit, form, &open(visit, id?)?.0)).await
}

fn sent(visit: &Visit, form: &Form, view: &ApplicationCredentialView) -> Result<Answer, Stop> {
    let id = view.id;
    visit.ensure_recent_or(&visit.links().renew_application_credential(&id.to_string()))?;
    let overlap = form.text("overlap").parse().ok().and_then(|seconds| Overlap::seconds(seconds).ok());
    let Some(overlap) = overlap else {
        let fault = sentence("overlap", "Overlap", "choose one of these");
        return faulty(&page(visit, view, Faults(vec![fault])));
    };
    let act = act_once(visit, form, &format!("POST application-credentials/{id}/renew"))?;
    let successor = renew_application_credential(&visit.state.administration, &act, id, overlap);
    let why = match renewed(&visit.state, &act, Replaced::Application(id), overlap, successor) {
        Ok((created, _)) => return application_page(visit, &created),
        Err(NotRenewed::NotEnded(error)) => return Err(Stop::of_revocation(error, ENTRY)),
        Err(NotRenewed::Refused(AdministrationError::AlreadyMade(made))) => {
            return again_page(visit, KIND, view.name.as_str(), &made);
        }
        Err(NotRenewed::Refused(AdministrationError::Conflict(detail))) => format!("{}.", capital(&detail)),
        Err(NotRenewed::Refused(AdministrationError::Limit(reached))) => format!("{reached}."),
        Err(NotRenewed::Refused(error)) => return Err(stop(KIND, error)),
    };
    Ok(go_on(visit, page_of(visit, view), Tone::Bad, &format!("Not renewed. {why}")))
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

fn page(visit: &Visit, view: &ApplicationCredentialView, faults: Faults) -> FormPage {
    let frame = visit.frame(KIND.entry());
    let of = (view.id.to_string(), view.name.to_string());
    application_renewal_form(frame, (&of.0, &of.1), view.expires_at, attempt_field(visit), faults)
}
