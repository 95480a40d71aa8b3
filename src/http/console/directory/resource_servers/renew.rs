//! Renewing a resource server: a successor with a new key.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::ResourceServerView;
use claviger_console::{Faults, FormPage, ServerForm, Tone, server_renewal_form};

use crate::administration::{AdministrationError, renew_resource_server};
use crate::http::console::answer::Answer;
use crate::http::console::directory::drafted::faulty;
use crate::http::console::directory::entity::{Entity, stop};
use crate::http::console::directory::resource_servers::found::ENTRY;
use crate::http::console::directory::resource_servers::keys::{again_page, key_page};
use crate::http::console::done::go_on;
use crate::http::console::editing::{act_once, attempt_field, sentence};
use crate::http::console::form::Form;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::renewal::{NotRenewed, renewed};
use crate::http::state::AppState;
use claviger_domain::{Overlap, Replaced};

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: ResourceServerView| {
        if view.overlap_ends_at.is_some() {
            return Ok(Answer::see_other(view.page(visit)));
        }
        visit.ensure_recent()?;
        visit.answer(&page(visit, &view, Faults::default()))
    })
    .await
}

pub async fn renew(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: ResourceServerView| sent(visit, form, &view)).await
}

fn sent(visit: &Visit, form: &Form, view: &ResourceServerView) -> Result<Answer, Stop> {
    visit.ensure_recent_or(&visit.links().renew_resource_server(&view.id.to_string()))?;
    let overlap = form.text("overlap").parse().ok().and_then(|seconds| Overlap::seconds(seconds).ok());
    let Some(overlap) = overlap else {
        let fault = sentence("overlap", "Overlap", "choose one of these");
        return faulty(&page(visit, view, Faults(vec![fault])));
    };
    let act = act_once(visit, form, &format!("POST resource-servers/{}/renew", view.id))?;
    let successor = renew_resource_server(&visit.state.administration, &act, view.id, overlap);
    let why = match renewed(&visit.state, &act, Replaced::ResourceServer(view.id), overlap, successor) {
        Ok((created, _)) => return key_page(visit, &created),
        Err(NotRenewed::NotEnded(error)) => return Err(Stop::of_revocation(error, ENTRY)),
        Err(NotRenewed::Refused(AdministrationError::AlreadyMade(id))) => {
            return again_page(visit, &id, view.name.to_string());
        }
        Err(NotRenewed::Refused(AdministrationError::Conflict(_))) => {
            "It was replaced or deleted meanwhile.".to_owned()
        }
        Err(NotRenewed::Refused(AdministrationError::Limit(reached))) => format!("{reached}."),
        Err(NotRenewed::Refused(error)) => return Err(stop::<ResourceServerView>(error)),
    };
    Ok(go_on(visit, view.page(visit), Tone::Bad, &format!("Not renewed. {why}")))
}

fn page(visit: &Visit, view: &ResourceServerView, faults: Faults) -> FormPage {
    let form = ServerForm { hidden: attempt_field(visit), faults, ..ServerForm::default() };
    let frame = visit.frame(Some(ENTRY));
    server_renewal_form(frame, &view.id.to_string(), view.name.as_str(), form)
}
