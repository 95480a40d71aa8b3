//! One resource server, as who looks may read and delete it.

use actix_web::HttpRequest;
use claviger_api::ResourceServerView;
use claviger_console::{Address, Entry};

use crate::administration::{AdministrationError, delete_resource_server, find_resource_server};
use crate::http::console::directory::entity::{Entity, stop};
use crate::http::console::record::Record;
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::ledger::{Act, Unsettled};
use claviger_domain::{AffectedKind, ResourceServerId, TargetKind};

pub const ENTRY: Entry = Entry::ResourceServers;

impl Record for ResourceServerView {
    type Key = ResourceServerId;

    const ENTRY: Entry = ENTRY;

    fn key(request: &HttpRequest) -> Result<ResourceServerId, Stop> {
        path_id(request)
    }

    fn find(visit: &Visit, id: ResourceServerId) -> Result<Self, Stop> {
        find_resource_server(&visit.state.administration, &visit.act(), id).map_err(stop::<Self>)
    }
}

impl Entity for ResourceServerView {
    const KIND: AffectedKind = AffectedKind::ResourceServer;
    const TARGET: TargetKind = TargetKind::ResourceServer;
    const LOSS: &'static str =
        "Tokens for its audience end at once, and its key is refused. There is no undo.";

    fn called(&self) -> String {
        self.name.to_string()
    }

    fn target_id(&self) -> String {
        self.id.to_string()
    }

    fn page(&self, visit: &Visit) -> Address {
        visit.links().resource_server(&self.id.to_string())
    }

    fn delete_address(&self, visit: &Visit) -> Address {
        visit.links().delete_resource_server(&self.id.to_string())
    }

    fn delete(&self, visit: &Visit, act: &Act) -> Result<Unsettled<()>, AdministrationError> {
        delete_resource_server(&visit.state.administration, act, self.id)
    }

    fn always_takes(&self) -> bool {
        true
    }

    /// A server that is being replaced is its key alone.
    fn loss(&self) -> &'static str {
        match self.overlap_ends_at {
            None => Self::LOSS,
            Some(_) => {
                "Its key is refused at once. Tokens for its audience stay valid: its successor has the same one."
            }
        }
    }
}
