//! Adding a resource server. The answer to the POST itself shows its key.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{NewResourceServer, ResourceServerView};
use claviger_console::{Fault, Faults, FormPage, ServerForm, name_fault, server_form};

use crate::administration::{AdministrationError, create_resource_server};
use crate::http::console::answer::Answer;
use crate::http::console::directory::drafted::faulty;
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::resource_servers::found::ENTRY;
use crate::http::console::directory::resource_servers::keys::{again_page, key_page};
use crate::http::console::editing::{act_once, attempt_field, details, sentence};
use crate::http::console::fields::read_name;
use crate::http::console::form::Form;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;

pub async fn form(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(ENTRY)?;
        visit.ensure_recent()?;
        let (name, audience) = (visit.asked.parameter("name"), visit.asked.parameter("audience"));
        visit.answer(&page(visit, name, audience, Faults::default()))
    })
    .await
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        visit.ensure_still_changes(ENTRY)?;
        created(visit, form)
    })
    .await
}

fn created(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    let (name, audience) = (form.text("name"), form.text("audience").trim());
    let again = visit.links().new_resource_server().with("name", name).with("audience", audience);
    visit.ensure_recent_or(&again)?;
    let new = match (read_name(name), audience.parse()) {
        (Ok(name), Ok(audience)) => NewResourceServer { name, audience },
        (wrong_name, wrong_audience) => {
            let audience_fault = |error: claviger_domain::InvalidAudience| {
                sentence("audience", "Audience", &error.to_string())
            };
            let faults = wrong_name.err().map(name_fault).into_iter();
            let faults = faults.chain(wrong_audience.err().map(audience_fault)).collect();
            return faulty(&page(visit, name, audience, Faults(faults)));
        }
    };
    let act = act_once(visit, form, "POST resource-servers/new")?;
    match create_resource_server(&visit.state.administration, &act, new) {
        Ok(created) => key_page(visit, &created),
        Err(AdministrationError::AlreadyMade(id)) => again_page(visit, &id, name.to_owned()),
        Err(error) => faulty(&page(visit, name, audience, Faults(vec![fault(error)?]))),
    }
}

fn fault(error: AdministrationError) -> Result<Fault, Stop> {
    Ok(match error {
        AdministrationError::Conflict(why) => sentence("name", "Name or audience", &why),
        AdministrationError::Invalid(errors) => details("audience", "Audience", &errors),
        AdministrationError::Limit(reached) => sentence("name", "Name", &reached.to_string()),
        error => return Err(stop::<ResourceServerView>(error)),
    })
}

fn page(visit: &Visit, name: &str, audience: &str, faults: Faults) -> FormPage {
    let form = ServerForm {
        name: name.to_owned(),
        audience: audience.to_owned(),
        hidden: attempt_field(visit),
        faults,
    };
    server_form(visit.frame(Some(ENTRY)), form)
}
