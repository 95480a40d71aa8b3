//! What all things of the directory have in common, and their deletion, which never asks for a recent sign-in.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{ActPage, Address, ImpactLine, Tone};

use crate::administration::AdministrationError;
use crate::http::console::answer::Answer;
use crate::http::console::done::settle_and_go_on;
use crate::http::console::impact::Impact;
use crate::http::console::record::{Record, act_on, show_form};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use crate::ledger::{Act, Unsettled};
use claviger_domain::{AffectedKind, TargetKind};

pub trait Entity: Record + 'static {
    const KIND: AffectedKind;
    const TARGET: TargetKind;
    /// What is said before it is deleted, if that takes something from somebody.
    const LOSS: &'static str;

    /// What people call it, and type to delete it.
    fn called(&self) -> String;

    fn loss(&self) -> &'static str {
        Self::LOSS
    }

    /// Whether deleting it takes something from somebody who is not counted: those who hold its tokens.
    fn always_takes(&self) -> bool {
        false
    }

    /// As the audit trail names it.
    fn target_id(&self) -> String {
        self.called()
    }

    fn page(&self, visit: &Visit) -> Address;

    fn delete_address(&self, visit: &Visit) -> Address;

    fn delete(&self, visit: &Visit, act: &Act) -> Result<Unsettled<()>, AdministrationError>;
}

pub fn stop<R: Entity>(error: AdministrationError) -> Stop {
    Stop::of(error, R::ENTRY)
}

pub async fn ask_to_delete<R: Entity>(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, record: R| visit.answer(&deleting(visit, &record)?.0)).await
}

pub async fn delete<R: Entity>(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    act_on(request, payload, state, |visit, form, record: R| {
        let (page, impact) = deleting(visit, &record)?;
        if form.text("name") != record.called() {
            return unprocessable(&ActPage { wrong_name: true, ..page });
        }
        match record.delete(visit, &visit.act()) {
            Ok(deleted) => {
                let list = R::ENTRY.address(&visit.links());
                let done = format!("{} was deleted.", record.called());
                Ok(settle_and_go_on(visit, deleted, list, &done, &impact.ended()))
            }
            Err(AdministrationError::Conflict(why)) => unprocessable(&in_use(page, why)),
            Err(error) => Err(stop::<R>(error)),
        }
    })
    .await
}

fn deleting<R: Entity>(visit: &Visit, record: &R) -> Result<(ActPage, Impact), Stop> {
    let page = ActPage { type_name: true, ..question(visit, record) };
    let tried = match record.delete(visit, &Act { dry_run: true, ..visit.act() }) {
        Ok(tried) => tried,
        Err(AdministrationError::Conflict(why)) => return Ok((in_use(page, why), Impact::default())),
        Err(error) => return Err(stop::<R>(error)),
    };
    let impact = Impact::of(visit, &tried, R::KIND);
    let takes = record.always_takes() || !impact.is_none();
    let sentence = if takes { record.loss() } else { "Nobody loses anything by it." };
    Ok((ActPage { sentence: sentence.to_owned(), lines: impact.lines(), ..page }, impact))
}

/// Somebody uses what may be deleted only unused.
fn in_use(page: ActPage, why: String) -> ActPage {
    let line = ImpactLine {
        tone: Tone::Bad,
        icon: "stop",
        words: "It cannot be deleted now.".to_owned(),
        more: why,
    };
    ActPage { sentence: String::new(), lines: vec![line], type_name: false, ..page }
}

fn unprocessable(page: &ActPage) -> Result<Answer, Stop> {
    Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, page, None)?)
}

/// An act on it, without what it changes.
pub fn question<R: Entity>(visit: &Visit, record: &R) -> ActPage {
    let own = record.page(visit);
    ActPage {
        frame: visit.frame(Some(R::ENTRY)),
        up: (R::ENTRY.address(&visit.links()), R::ENTRY.title()),
        of: Some((own.clone(), record.called())),
        verb: "Delete",
        name: record.called(),
        sentence: String::new(),
        lines: Vec::new(),
        type_name: false,
        wrong_name: false,
        action: record.delete_address(visit),
        fields: Vec::new(),
        back: own,
        destroys: true,
    }
}
