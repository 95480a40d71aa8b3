//! One registered scope, as who looks may read and delete it.

use actix_web::HttpRequest;
use claviger_api::ScopeView;
use claviger_console::{Address, Entry};
use claviger_contract::Scope;

use crate::administration::{AdministrationError, delete_scope, find_scope};
use crate::http::console::directory::entity::{Entity, stop};
use crate::http::console::record::Record;
use crate::http::console::request::query_name;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::ledger::{Act, Unsettled};
use claviger_domain::{AffectedKind, TargetKind};

pub const ENTRY: Entry = Entry::Scopes;

impl Record for ScopeView {
    type Key = Scope;

    const ENTRY: Entry = ENTRY;

    fn key(request: &HttpRequest) -> Result<Scope, Stop> {
        query_name(request, "scope")
    }

    fn find(visit: &Visit, scope: Scope) -> Result<Self, Stop> {
        find_scope(&visit.state.administration, &visit.act(), &scope).map_err(stop::<Self>)
    }
}

impl Entity for ScopeView {
    const KIND: AffectedKind = AffectedKind::Scope;
    const TARGET: TargetKind = TargetKind::Scope;
    const LOSS: &'static str = "Administrators, who hold every registered scope, lose it. There is no undo.";

    fn called(&self) -> String {
        self.scope.to_string()
    }

    fn page(&self, visit: &Visit) -> Address {
        visit.links().scope(self.scope.as_str())
    }

    fn delete_address(&self, visit: &Visit) -> Address {
        visit.links().delete_scope(self.scope.as_str())
    }

    fn delete(&self, visit: &Visit, act: &Act) -> Result<Unsettled<()>, AdministrationError> {
        delete_scope(&visit.state.administration, act, &self.scope)
    }
}
