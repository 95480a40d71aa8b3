//! One resource, as who looks may read and delete it.

use actix_web::HttpRequest;
use claviger_api::ResourceView;
use claviger_console::{Address, Entry};

use crate::administration::{AdministrationError, delete_resource, find_resource};
use crate::http::console::directory::entity::{Entity, stop};
use crate::http::console::record::Record;
use crate::http::console::request::query_name;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::ledger::{Act, Unsettled};
use claviger_domain::{AffectedKind, ResourceName, TargetKind};

pub const ENTRY: Entry = Entry::Resources;

impl Record for ResourceView {
    type Key = ResourceName;

    const ENTRY: Entry = ENTRY;

    fn key(request: &HttpRequest) -> Result<ResourceName, Stop> {
        query_name(request, "resource")
    }

    fn find(visit: &Visit, name: ResourceName) -> Result<Self, Stop> {
        find_resource(&visit.state.administration, &visit.act(), &name).map_err(stop::<Self>)
    }
}

impl Entity for ResourceView {
    const KIND: AffectedKind = AffectedKind::Resource;
    const TARGET: TargetKind = TargetKind::Resource;
    const LOSS: &'static str =
        "Its actions are taken from everybody who has them, at once. There is no undo.";

    fn called(&self) -> String {
        full_name(self)
    }

    fn page(&self, visit: &Visit) -> Address {
        visit.links().resource(&full_name(self))
    }

    fn delete_address(&self, visit: &Visit) -> Address {
        visit.links().delete_resource(&full_name(self))
    }

    fn delete(&self, visit: &Visit, act: &Act) -> Result<Unsettled<()>, AdministrationError> {
        delete_resource(&visit.state.administration, act, &name_of(self)?)
    }
}

/// `type/name`
pub fn full_name(view: &ResourceView) -> String {
    format!("{}/{}", view.r#type, view.name)
}

/// As use cases name it.
pub fn name_of(view: &ResourceView) -> Result<ResourceName, AdministrationError> {
    let name = ResourceName::new(view.r#type.as_str(), view.name.as_str());
    name.map_err(|_| AdministrationError::NotFound("resource"))
}
