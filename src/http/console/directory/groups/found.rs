//! One group, as who looks may read and delete it.

use actix_web::HttpRequest;
use claviger_api::GroupView;
use claviger_console::{Address, Entry};

use crate::administration::{AdministrationError, delete_group, find_group};
use crate::http::console::directory::entity::{Entity, stop};
use crate::http::console::record::Record;
use crate::http::console::request::query_name;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::ledger::{Act, Unsettled};
use claviger_domain::{AffectedKind, Name, TargetKind};

pub const ENTRY: Entry = Entry::Groups;

impl Record for GroupView {
    type Key = Name;

    const ENTRY: Entry = ENTRY;

    fn key(request: &HttpRequest) -> Result<Name, Stop> {
        query_name(request, "group")
    }

    fn find(visit: &Visit, name: Name) -> Result<Self, Stop> {
        find_group(&visit.state.administration, &visit.act(), &name).map_err(stop::<Self>)
    }
}

impl Entity for GroupView {
    const KIND: AffectedKind = AffectedKind::Group;
    const TARGET: TargetKind = TargetKind::Group;
    const LOSS: &'static str = "Everybody who has it loses what it gives, at once. There is no undo.";

    fn called(&self) -> String {
        self.name.to_string()
    }

    fn page(&self, visit: &Visit) -> Address {
        visit.links().group(self.name.as_str())
    }

    fn delete_address(&self, visit: &Visit) -> Address {
        visit.links().delete_group(self.name.as_str())
    }

    fn delete(&self, visit: &Visit, act: &Act) -> Result<Unsettled<()>, AdministrationError> {
        delete_group(&visit.state.administration, act, &self.name)
    }
}
