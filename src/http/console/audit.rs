//! `/console/{realm}/audit`: who did what, and when.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{AuditEventPage, AuditPage, AuditRow, Choice, Entry};
use claviger_contract::Timestamp;
use serde_json::Value;

use crate::administration::{AdministrationError, ListedAuditEvent, find_audit_event, list_audit_events};
use crate::http::console::answer::Answer;
use crate::http::console::lists::asked::{AskedList, asked_list, read_page};
use crate::http::console::request::path_id;
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::stop::Stop;
use crate::http::console::trail::{address, name, tokens_ended, told};
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use claviger_domain::{ActorKind, AuditAction, AuditEventId, AuditFilter, Query, composed};

const ENTRY: Entry = Entry::Audit;
const FILTERS: [&str; 5] = ["actor", "action", "target", "from", "to"];

/// Of one export. More are in the API, page by page.
const MOST_EXPORTED: usize = 10_000;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let (asked, filter) = asked(visit);
        let (administration, act) = (&visit.state.administration, visit.act());
        let find = |query: &Query<()>| list_audit_events(administration, &act, &filter, query);
        let read = read_page(&asked.page, |_| (), find).map_err(stop)?;
        let query = asked.query;
        let chosen = query.value("action").to_owned();
        let page = AuditPage {
            frame: visit.frame(Some(ENTRY)),
            actions: actions(&chosen),
            actors: actors(visit, query.value("actor")),
            filter_dropped: asked.dropped,
            rows: read.items.iter().map(|listed| row(visit, listed)).collect(),
            total: None,
            newer: read.previous.map(|cursor| query.at(&cursor)),
            older: read.next.map(|cursor| query.at(&cursor)),
            chain: None,
            query,
        };
        visit.answer(&page)
    })
    .await
}

fn any(title: &str) -> Choice {
    Choice { value: String::new(), title: title.to_owned(), chosen: false }
}

fn actions(chosen: &str) -> Vec<Choice> {
    let known = AuditAction::ALL.iter().map(|action| action.as_str()).map(|action| Choice {
        value: action.to_owned(),
        title: action.to_owned(),
        chosen: action == chosen,
    });
    std::iter::once(any("Any action")).chain(known).collect()
}

/// Members may be many: those with a role, and who is chosen.
fn actors(visit: &Visit, chosen: &str) -> Vec<Choice> {
    let members = visit.session.realm.members.values().filter(|member| member.audits());
    let known = members.take(MOST_ACTORS).map(|member| Choice {
        value: member.email.to_string(),
        title: member.name.to_string(),
        chosen: member.email.as_str() == chosen,
    });
    let mut actors: Vec<Choice> = std::iter::once(any("Anyone")).chain(known).collect();
    if !chosen.is_empty() && !actors.iter().any(|actor| actor.chosen) {
        actors.push(Choice { value: chosen.to_owned(), title: chosen.to_owned(), chosen: true });
    }
    actors
}

const MOST_ACTORS: usize = 200;

/// A time that is none is dropped like an unknown parameter.
fn asked(visit: &Visit) -> (AskedList, AuditFilter) {
    let list = || visit.links().audit();
    let all = asked_list::<ListedAuditEvent>(&visit.asked, list(), &FILTERS, &[], &[]);
    let (from, to) = (begin_of(all.query.value("from")), end_of(all.query.value("to")));
    let (from, from_is_none) = time(&from);
    let (to, to_is_none) = time(&to);
    let text = |name: &str| Some(all.query.value(name)).filter(|text| !text.is_empty());
    let filter = AuditFilter {
        actor: text("actor").map(|text| composed(text).into_owned()),
        action: text("action").map(str::to_owned),
        target: text("target").map(|text| composed(text).into_owned()),
        from,
        to,
    };
    let dropped = all.dropped || from_is_none || to_is_none;
    (AskedList { dropped, ..all }, filter)
}

/// And whether the text is none.
fn time(text: &str) -> (Option<Timestamp>, bool) {
    let time = text.parse().ok();
    (time, time.is_none() && !text.is_empty())
}

/// A date, as browsers send it, begins at midnight UTC.
fn begin_of(text: &str) -> String {
    if is_date(text) { format!("{text}T00:00:00Z") } else { text.to_owned() }
}

fn end_of(text: &str) -> String {
    if is_date(text) { format!("{text}T23:59:59Z") } else { text.to_owned() }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

pub async fn event(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id::<claviger_domain::AuditEvent>(&request);
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let id: AuditEventId = id?;
        let listed = find_audit_event(&visit.state.administration, &visit.act(), id).map_err(stop)?;
        let event = &listed.event;
        let page = AuditEventPage {
            frame: visit.frame(Some(ENTRY)),
            row: row(visit, &listed),
            sequence: listed.sequence().unsigned_abs(),
            target_kind: event.target.kind.clone(),
            target_id: event.target.id.clone(),
            actor_kind: actor_kind(event.actor.kind).to_owned(),
            actor_id: event.actor.id.map(|id| id.to_string()).unwrap_or_default(),
            request_id: event.request_id.clone().unwrap_or_default(),
            position: Some(event.position.as_u64()),
            before: event.before.as_ref().map(indented),
            after: event.after.as_ref().map(indented),
        };
        visit.answer(&page)
    })
    .await
}

/// The same events as JSON lines, the newest first.
pub async fn export(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let (asked, filter) = asked(visit);
        let query = Query { limit: MOST_EXPORTED, after: None, ..asked.page.query(|_| ()) };
        let found = list_audit_events(&visit.state.administration, &visit.act(), &filter, &query);
        let mut text = String::new();
        for listed in found.map_err(stop)? {
            let line = serde_json::to_string(&listed).map_err(|error| Stop::Broken(error.to_string()))?;
            text.push_str(&line);
            text.push('\n');
        }
        let name = format!("audit-{}.jsonl", visit.session.realm.record.label);
        Ok(Answer::file(name, "application/x-ndjson", text))
    })
    .await
}

fn row(visit: &Visit, listed: &ListedAuditEvent) -> AuditRow {
    let event = &listed.event;
    let (tone, icon, _) = told(&event.action);
    AuditRow {
        id: event.id.to_string(),
        at: event.at,
        action: event.action.clone(),
        more: tokens_ended(event).unwrap_or_default(),
        tone,
        icon,
        target: name(event),
        target_address: address(&visit.links(), event),
        actor: actor_name(visit, &event.actor),
        address: event.address.clone().unwrap_or_default(),
    }
}

fn actor_kind(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Member => "member",
        ActorKind::Client => "client",
        ActorKind::Operator => "operator",
        ActorKind::Server => "server",
    }
}

fn indented(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, ENTRY)
}
