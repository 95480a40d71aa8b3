//! The form of a resource.

use claviger_api::{NewResource, ResourceEdit, ResourceView};
use claviger_console::{Address, Cell, Fault, Faults, FormPage, ResourceForm, resource_form};
use claviger_contract::Timestamp;

use crate::administration::{AdministrationError, create_resource, edit_resource};
use crate::http::console::directory::drafted::Drafted;
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::resources::draft::{Draft, read};
use crate::http::console::directory::resources::found::{ENTRY, full_name, name_of};
use crate::http::console::editing::{attempt_field, details, sentence, tag_field};
use crate::http::console::record::Record;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::ledger::{Act, Unsettled};

impl Drafted for ResourceView {
    type Draft = Draft;
    type New = NewResource;
    type Edit = ResourceEdit;

    const FIELDS: &'static [&'static str] = &["type", "name", "description", "actions"];
    const MADE: &'static str = "was added";
    const CHANGE: &'static str =
        "An action that is removed ends at once. Offering it again later restores nothing.";

    fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Draft {
        read(fields)
    }

    fn draft(&self) -> Draft {
        Draft::of(self)
    }

    fn filled(draft: &Draft, form: Address) -> Address {
        draft.address(form)
    }

    fn new_address(visit: &Visit) -> Address {
        visit.links().new_resource()
    }

    fn edit_address(&self, visit: &Visit) -> Address {
        visit.links().edit_resource(&full_name(self))
    }

    fn new_of(draft: &Draft) -> Result<NewResource, Faults> {
        draft.new_resource()
    }

    fn edit_of(&self, draft: &Draft) -> Result<ResourceEdit, Faults> {
        draft.edit()
    }

    fn create(visit: &Visit, act: &Act, new: NewResource) -> Result<String, AdministrationError> {
        create_resource(&visit.state.administration, act, new).map(|view| full_name(&view))
    }

    fn edit(
        &self,
        visit: &Visit,
        act: &Act,
        edit: ResourceEdit,
    ) -> Result<Unsettled<Self>, AdministrationError> {
        edit_resource(&visit.state.administration, act, &name_of(self)?, edit)
    }

    fn page_named(visit: &Visit, name: &str) -> Address {
        visit.links().resource(name)
    }

    fn fault(error: AdministrationError) -> Result<Fault, Stop> {
        Ok(match error {
            AdministrationError::Conflict(_) => {
                sentence("name", "Name", "another resource of this type has this name")
            }
            AdministrationError::Invalid(errors) => match errors.first().map(|error| error.field.as_str()) {
                Some("type") => details("type", "Type", &errors),
                Some("name") => details("name", "Name", &errors),
                _ => details("actions", "Actions", &errors),
            },
            AdministrationError::Limit(reached) => sentence("actions", "Actions", &reached.to_string()),
            error => return Err(stop::<Self>(error)),
        })
    }

    fn form(visit: &Visit, record: Option<&Self>, draft: &Draft, faults: Faults) -> FormPage {
        let form = ResourceForm {
            of: record.map(full_name),
            kind: draft.kind.clone(),
            name: draft.name.clone(),
            description: draft.description.clone(),
            actions: draft.actions.clone(),
            hidden: record.map_or_else(|| attempt_field(visit), tag_field),
            faults,
            stale: None,
        };
        resource_form(visit.frame(Some(ENTRY)), form)
    }

    fn now(&self) -> Vec<(&'static str, Cell)> {
        vec![
            ("Description", Cell::text_or(self.description.to_string(), "none")),
            ("Actions", Cell::codes_or(self.actions.clone(), "none")),
        ]
    }

    fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    fn again(&self, visit: &Visit) -> Result<Self, Stop> {
        Self::find(visit, name_of(self).map_err(stop::<Self>)?)
    }
}
