//! Making and changing things of the directory by a form. What a change ends is told before.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{ActPage, Address, Cell, Fault, Faults, FormPage, Tone};
use claviger_contract::Timestamp;

use crate::administration::AdministrationError;
use crate::http::console::answer::Answer;
use crate::http::console::directory::entity::{Entity, question};
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::editing::{act_on_shown, act_once, carried, is_confirmed, stale, typed};
use crate::http::console::form::Form;
use crate::http::console::impact::Impact;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use crate::ledger::{Act, Unsettled};

pub trait Drafted: Entity {
    /// What was typed.
    type Draft: Default;
    type New;
    type Edit;

    /// The names of its fields.
    const FIELDS: &'static [&'static str];
    /// `was created`
    const MADE: &'static str;
    /// What is said before a change that takes something from somebody.
    const CHANGE: &'static str;

    fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Self::Draft;

    fn draft(&self) -> Self::Draft;

    /// The form with all of it.
    fn filled(draft: &Self::Draft, form: Address) -> Address;

    fn new_address(visit: &Visit) -> Address;

    fn edit_address(&self, visit: &Visit) -> Address;

    fn new_of(draft: &Self::Draft) -> Result<Self::New, Faults>;

    fn edit_of(&self, draft: &Self::Draft) -> Result<Self::Edit, Faults>;

    /// Whether the change gives access that it has not given.
    fn gives_more(&self, draft: &Self::Draft) -> bool {
        let _ = draft;
        false
    }

    /// Answers what it is called in addresses.
    fn create(visit: &Visit, act: &Act, new: Self::New) -> Result<String, AdministrationError>;

    fn edit(
        &self,
        visit: &Visit,
        act: &Act,
        edit: Self::Edit,
    ) -> Result<Unsettled<Self>, AdministrationError>;

    fn page_named(visit: &Visit, name: &str) -> Address;

    /// What is wrong with a form that the use case refused.
    fn fault(error: AdministrationError) -> Result<Fault, Stop>;

    fn form(visit: &Visit, record: Option<&Self>, draft: &Self::Draft, faults: Faults) -> FormPage;

    /// What it is now, for somebody who was slower.
    fn now(&self) -> Vec<(&'static str, Cell)>;

    fn updated_at(&self) -> Timestamp;

    fn again(&self, visit: &Visit) -> Result<Self, Stop>;
}

pub async fn new<R: Drafted>(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(R::ENTRY)?;
        visit.ensure_recent()?;
        let draft = typed(visit, R::FIELDS, |fields| R::read(fields.iter().copied()));
        visit.answer(&R::form(visit, None, &draft.unwrap_or_default(), Faults::default()))
    })
    .await
}

pub async fn create<R: Drafted>(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        visit.ensure_still_changes(R::ENTRY)?;
        created::<R>(visit, form)
    })
    .await
}

/// The same form a second time leads to what the first one made.
fn created<R: Drafted>(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    let draft = R::read(form.fields());
    let address = R::new_address(visit);
    visit.ensure_recent_or(&R::filled(&draft, address.clone()))?;
    let new = match R::new_of(&draft) {
        Ok(new) => new,
        Err(faults) => return faulty(&R::form(visit, None, &draft, faults)),
    };
    let act = act_once(visit, form, &format!("POST {}", R::ENTRY.title()))?;
    match R::create(visit, &act, new) {
        Ok(name) | Err(AdministrationError::AlreadyMade(name)) => {
            Ok(go_on(visit, R::page_named(visit, &name), Tone::Ok, &format!("{name} {}.", R::MADE)))
        }
        Err(error) => faulty(&R::form(visit, None, &draft, Faults(vec![R::fault(error)?]))),
    }
}

pub async fn edit<R: Drafted>(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, record: R| {
        let draft = typed(visit, R::FIELDS, |fields| R::read(fields.iter().copied()));
        let draft = draft.unwrap_or_else(|| record.draft());
        visit.answer(&R::form(visit, Some(&record), &draft, Faults::default()))
    })
    .await
}

pub async fn save<R: Drafted>(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, record: R| saved(visit, form, &record)).await
}

fn saved<R: Drafted>(visit: &Visit, form: &Form, record: &R) -> Result<Answer, Stop> {
    let draft = R::read(form.fields());
    let again = R::filled(&draft, record.edit_address(visit));
    if record.gives_more(&draft) {
        visit.ensure_recent_or(&again)?;
    }
    let (first, second) = match (record.edit_of(&draft), record.edit_of(&draft)) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(faults), _) | (_, Err(faults)) => return faulty(&R::form(visit, Some(record), &draft, faults)),
    };
    let act = act_on_shown(visit, form)?;
    let impact = match record.edit(visit, &Act { dry_run: true, ..act.clone() }, first) {
        Ok(tried) => Impact::of(visit, &tried, R::KIND),
        Err(error) => return refused(visit, record, &draft, error),
    };
    if !impact.is_none() && !is_confirmed(form) {
        let page = ActPage {
            verb: "Change",
            sentence: R::CHANGE.to_owned(),
            lines: impact.lines(),
            action: record.edit_address(visit),
            fields: carried(form, R::FIELDS),
            back: again,
            ..question(visit, record)
        };
        return Ok(Answer::page(&page, None)?);
    }
    match record.edit(visit, &act, second) {
        Ok(edited) => {
            let done = format!("{} was changed.", record.called());
            Ok(settle_and_go_on(visit, edited, record.page(visit), &done, &impact.ended()))
        }
        Err(error) => refused(visit, record, &draft, error),
    }
}

fn refused<R: Drafted>(
    visit: &Visit,
    record: &R,
    draft: &R::Draft,
    error: AdministrationError,
) -> Result<Answer, Stop> {
    if !matches!(error, AdministrationError::Stale) {
        return faulty(&R::form(visit, Some(record), draft, Faults(vec![R::fault(error)?])));
    }
    let record = record.again(visit)?;
    let mut page = R::form(visit, Some(&record), draft, Faults::default());
    let (id, at) = (record.target_id(), record.updated_at());
    page.stale = Some(stale(visit, R::TARGET, &id, at, record.now()));
    Ok(Answer::page_with(StatusCode::PRECONDITION_FAILED, &page, None)?)
}

pub fn faulty(page: &FormPage) -> Result<Answer, Stop> {
    Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, page, None)?)
}
