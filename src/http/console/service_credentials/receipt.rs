//! The receipt of a revocation, sent line by line as the nodes and the services that follow the feed confirm.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::CredentialView;
use claviger_console::{
    NodeLine, NodeState, Reach, ReceiptEnd, ReceiptOutcome, ReceiptPage, ReceiptRecord, RenderFailed,
};
use claviger_contract::Timestamp;

use crate::http::console::answer::Answer;
use crate::http::console::pieces::Pieces;
use crate::http::console::record::show_one;
use crate::http::console::service_credentials::found::ENTRY;
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::service_credentials::reaches::reaches;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use crate::revocation::{RevocationError, Watched, Watcher, confirm_again};
use claviger_domain::{Durability, Outcome, Receipt, ResourceServerId, Tier};

/// Receipts are not stored: every node is asked again.
pub async fn receipt(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: CredentialView| {
        let Some(at) = view.revoked_at else { return Err(Stop::NotFound) };
        let by = view.revoked_by.as_ref().map(|by| actor_name(visit, by)).unwrap_or_default();
        let (act, id) = (visit.act(), view.id);
        streamed(visit, &view, Revoked { at, by, now: false }, move |state, barrier| {
            confirm_again(&state.administration.ledger, barrier, &act, id)
        })
    })
    .await
}

pub struct Revoked {
    pub at: Timestamp,
    pub by: String,
    /// Whether it was revoked by this request, so that times since the commit mean something.
    pub now: bool,
}

/// Call after the commit. `settle` waits at the barrier; before it returns, nothing says that anything has ended.
pub fn streamed(
    visit: &Visit,
    view: &CredentialView,
    revoked: Revoked,
    settle: impl FnOnce(&AppState, &Watched<'_>) -> Result<Receipt, RevocationError> + Send + 'static,
) -> Result<Answer, Stop> {
    let timed = revoked.now;
    let audiences = visit.state.barrier.audiences(&visit.session.realm);
    let expected = reaches(visit, view, revoked.at, &audiences);
    let mut page = ReceiptPage {
        frame: visit.frame(Some(ENTRY)),
        id: view.id.to_string(),
        name: view.name.to_string(),
        revoked_by: revoked.by,
        revoked_at: revoked.at,
        has_services: audiences.iter().any(|audience| audience.tier == Tier::T1),
        lines: Vec::new(),
        end: None,
    };
    let head = page.head()?;
    let servers = visit.session.realm.servers.iter();
    let names = servers.map(|server| (server.record.id, server.record.name.to_string())).collect();
    let state: Arc<AppState> = visit.state.clone();
    Ok(Answer::in_pieces(head, move |pieces| {
        let (nodes, services) = (RefCell::default(), RefCell::default());
        let lines = Lines { page: &page, pieces, names, nodes, services, timed };
        let settled = settle(&state, &Watched { barrier: &state.barrier, watcher: &lines });
        if let Ok(receipt) = &settled {
            lines.rest(receipt);
        }
        page.end = Some(end(settled, expected, timed));
        match page.tail() {
            Ok(tail) => pieces.send(tail),
            Err(error) => not_rendered(&error),
        }
    }))
}

fn end(settled: Result<Receipt, RevocationError>, reaches: Vec<Reach>, timed: bool) -> ReceiptEnd {
    let receipt = match settled {
        Ok(receipt) => receipt,
        Err(error) => {
            tracing::error!("a revocation is written but not confirmed: {error}");
            return ReceiptEnd { outcome: ReceiptOutcome::NotConfirmed, reaches, record: None };
        }
    };
    let took_ms = Some(receipt.took_ms).filter(|_| timed);
    let record = ReceiptRecord {
        position: receipt.position.as_u64(),
        on_two_machines: receipt.durability == Durability::Synchronous,
        json: serde_json::to_string_pretty(&receipt).unwrap_or_default(),
    };
    let outcome = match receipt.outcome {
        Outcome::Confirmed => ReceiptOutcome::Confirmed { took_ms },
        Outcome::WaitedOut => ReceiptOutcome::WaitedOut {
            took_ms,
            nodes: receipt.unconfirmed.nodes,
            verifiers: receipt.unconfirmed.verifiers.iter().map(ToString::to_string).collect(),
        },
    };
    ReceiptEnd { outcome, reaches, record: Some(record) }
}

/// Sends a line for each node as it confirms, and for each service when its verifiers have.
struct Lines<'a> {
    page: &'a ReceiptPage,
    pieces: &'a Pieces,
    /// Of the resource servers, at the begin.
    names: BTreeMap<ResourceServerId, String>,
    nodes: RefCell<BTreeSet<String>>,
    /// How many verifiers there is a line of already, by the name of their service.
    services: RefCell<BTreeMap<String, u64>>,
    timed: bool,
}

impl Watcher for Lines<'_> {
    fn confirmed(&self, node: &str, after: Duration) {
        let after_ms = u64::try_from(after.as_millis()).ok().filter(|_| self.timed);
        self.send(node, NodeState::Confirmed { after_ms });
    }

    fn verifiers_confirmed(&self, resource_server: ResourceServerId, instances: u64, after: Duration) {
        let after_ms = u64::try_from(after.as_millis()).ok().filter(|_| self.timed);
        let name = self.names.get(&resource_server).cloned().unwrap_or_else(|| resource_server.to_string());
        *self.services.borrow_mut().entry(name.clone()).or_default() += instances;
        self.send_line(name, Some(instances), NodeState::Confirmed { after_ms });
    }
}

impl Lines<'_> {
    /// What only the receipt has.
    fn rest(&self, receipt: &Receipt) {
        for node in &receipt.unconfirmed.nodes {
            self.send(node, NodeState::WaitedOut);
        }
        for node in &receipt.confirmed.nodes {
            self.send(node, NodeState::Confirmed { after_ms: None });
        }
        for of in &receipt.unconfirmed.verifiers {
            self.send_line(of.resource_server.clone(), Some(of.instances), NodeState::WaitedOut);
        }
        let mut told = self.services.take();
        for of in &receipt.confirmed.verifiers {
            let before = told.remove(&of.resource_server).unwrap_or_default();
            if let Some(rest @ 1..) = of.instances.checked_sub(before) {
                let confirmed = NodeState::Confirmed { after_ms: None };
                self.send_line(of.resource_server.clone(), Some(rest), confirmed);
            }
        }
    }

    fn send(&self, node: &str, state: NodeState) {
        if self.nodes.borrow_mut().insert(node.to_owned()) {
            self.send_line(node.to_owned(), None, state);
        }
    }

    fn send_line(&self, node: String, instances: Option<u64>, state: NodeState) {
        match self.page.line(&NodeLine { node, instances, state }) {
            Ok(line) => self.pieces.send(line),
            Err(error) => not_rendered(&error),
        }
    }
}

fn not_rendered(error: &RenderFailed) {
    tracing::error!("a receipt is incomplete: {error}");
}
