//! Pages about one record: who opens them is decided before anything is looked up.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::Entry;

use crate::http::console::answer::Answer;
use crate::http::console::form::Form;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;

/// What a page is about, as who looks may read it.
pub trait Record: Sized {
    /// What an address names it by.
    type Key: Send + 'static;

    const ENTRY: Entry;

    /// Reads the address. What names nothing is not found.
    fn key(request: &HttpRequest) -> Result<Self::Key, Stop>;

    fn find(visit: &Visit, key: Self::Key) -> Result<Self, Stop>;

    /// Whether a member who changes records of this kind may change this one.
    fn ensure_editable(&self, visit: &Visit) -> Result<(), Stop> {
        let _ = visit;
        Ok(())
    }
}

/// Shows a page to those who read it.
pub async fn show_one<R: Record>(
    request: HttpRequest,
    state: Data<AppState>,
    page: impl FnOnce(&Visit, R) -> Result<Answer, Stop> + Send + 'static,
) -> HttpResponse {
    let key = R::key(&request);
    show(request, state, |visit| {
        visit.ensure_opens(R::ENTRY)?;
        page(visit, R::find(visit, key?)?)
    })
    .await
}

/// Shows a page whose form changes the record.
pub async fn show_form<R: Record>(
    request: HttpRequest,
    state: Data<AppState>,
    page: impl FnOnce(&Visit, R) -> Result<Answer, Stop> + Send + 'static,
) -> HttpResponse {
    let key = R::key(&request);
    show(request, state, |visit| page(visit, find_to_change(visit, key)?)).await
}

/// Carries out a posted form that changes the record.
pub async fn act_on<R: Record>(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
    work: impl FnOnce(&Visit, &Form, R) -> Result<Answer, Stop> + Send + 'static,
) -> HttpResponse {
    let key = R::key(&request);
    act(request, payload, state, |visit, form| {
        visit.ensure_still_changes(R::ENTRY)?;
        work(visit, form, find_to_change(visit, key)?)
    })
    .await
}

/// For those who may change it.
pub fn find_to_change<R: Record>(visit: &Visit, key: Result<R::Key, Stop>) -> Result<R, Stop> {
    visit.ensure_changes(R::ENTRY)?;
    let record = R::find(visit, key?)?;
    record.ensure_editable(visit)?;
    Ok(record)
}
