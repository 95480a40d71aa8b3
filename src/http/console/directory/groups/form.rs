//! The form of a group.

use claviger_api::{GroupEdit, GroupView, NewGroup};
use claviger_console::{Address, Cell, Fault, Faults, FormPage, GroupForm, TokenKind, group_form};
use claviger_contract::Timestamp;

use crate::administration::{AdministrationError, create_group, edit_group};
use crate::http::console::directory::drafted::Drafted;
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::groups::draft::{Draft, read, scopes_of};
use crate::http::console::directory::groups::found::ENTRY;
use crate::http::console::editing::{attempt_field, details, sentence, tag_field};
use crate::http::console::record::Record;
use crate::http::console::stop::Stop;
use crate::http::console::tokens::scopes::{Offer, offer_with_ticked};
use crate::http::console::visit::Visit;
use crate::ledger::{Act, Denied, Unsettled};

impl Drafted for GroupView {
    type Draft = Draft;
    type New = NewGroup;
    type Edit = GroupEdit;

    const FIELDS: &'static [&'static str] = &["name", "description", "responsible", "scope"];
    const MADE: &'static str = "was created";
    const CHANGE: &'static str =
        "What it gives no longer ends at once. What it gives anew comes with the next token.";

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
        visit.links().new_group()
    }

    fn edit_address(&self, visit: &Visit) -> Address {
        visit.links().edit_group(self.name.as_str())
    }

    fn new_of(draft: &Draft) -> Result<NewGroup, Faults> {
        draft.new_group()
    }

    fn edit_of(&self, draft: &Draft) -> Result<GroupEdit, Faults> {
        draft.edit(self)
    }

    fn gives_more(&self, draft: &Draft) -> bool {
        draft.gives_more_than(self)
    }

    fn create(visit: &Visit, act: &Act, new: NewGroup) -> Result<String, AdministrationError> {
        create_group(&visit.state.administration, act, new).map(|view| view.name.to_string())
    }

    fn edit(
        &self,
        visit: &Visit,
        act: &Act,
        edit: GroupEdit,
    ) -> Result<Unsettled<Self>, AdministrationError> {
        edit_group(&visit.state.administration, act, &self.name, edit)
    }

    fn page_named(visit: &Visit, name: &str) -> Address {
        visit.links().group(name)
    }

    fn fault(error: AdministrationError) -> Result<Fault, Stop> {
        Ok(match error {
            AdministrationError::Conflict(_) => sentence("name", "Name", "another group has this name"),
            AdministrationError::Denied(Denied::NotHeld(_)) => {
                sentence("sc", "Scopes", "you do not hold all of these any more: choose again")
            }
            AdministrationError::Invalid(errors) => details("sc", "Scopes", &errors),
            AdministrationError::Limit(reached) => sentence("sc", "Scopes", &reached.to_string()),
            error => return Err(stop::<Self>(error)),
        })
    }

    fn form(visit: &Visit, record: Option<&Self>, draft: &Draft, faults: Faults) -> FormPage {
        let Offer { matrix, more_resources, words } = offer_with_ticked(visit, TokenKind::Api, &draft.ticked);
        let form = GroupForm {
            of: record.map(|view| view.name.to_string()),
            name: draft.name.clone(),
            description: draft.description.clone(),
            responsible: draft.responsible.clone(),
            matrix,
            words,
            more_resources,
            hidden: record.map_or_else(|| attempt_field(visit), tag_field),
            faults,
            stale: None,
        };
        group_form(visit.frame(Some(ENTRY)), form)
    }

    fn now(&self) -> Vec<(&'static str, Cell)> {
        vec![
            ("Description", Cell::text_or(self.description.to_string(), "none")),
            ("Responsible", Cell::text_or(self.responsible.to_string(), "nobody named")),
            ("Gives", Cell::codes_or(scopes_of(self), "nothing")),
        ]
    }

    fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    fn again(&self, visit: &Visit) -> Result<Self, Stop> {
        Self::find(visit, self.name.clone())
    }
}
