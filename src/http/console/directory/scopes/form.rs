//! The form of a scope.

use claviger_api::{NewScope, ScopeEdit, ScopeView};
use claviger_console::{Address, Cell, Fault, Faults, FormPage, ScopeForm, scope_form};
use claviger_contract::{Scope, Timestamp};

use crate::administration::{AdministrationError, create_scope, edit_scope};
use crate::http::console::directory::drafted::Drafted;
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::scopes::found::ENTRY;
use crate::http::console::editing::{attempt_field, details, sentence, tag_field};
use crate::http::console::fields::read_description;
use crate::http::console::record::Record;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::ledger::{Act, Unsettled};

/// What was typed.
#[derive(Default)]
pub struct Draft {
    scope: String,
    description: String,
}

impl Drafted for ScopeView {
    type Draft = Draft;
    type New = NewScope;
    type Edit = ScopeEdit;

    const FIELDS: &'static [&'static str] = &["new_scope", "description"];
    const MADE: &'static str = "was registered";
    const CHANGE: &'static str = "";

    fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Draft {
        let mut draft = Draft::default();
        for (name, value) in fields {
            match name {
                "new_scope" => value.trim().clone_into(&mut draft.scope),
                "description" => value.clone_into(&mut draft.description),
                _ => {}
            }
        }
        draft
    }

    fn draft(&self) -> Draft {
        Draft { scope: self.scope.to_string(), description: self.description.to_string() }
    }

    fn filled(draft: &Draft, form: Address) -> Address {
        form.with("new_scope", &draft.scope).with("description", &draft.description)
    }

    fn new_address(visit: &Visit) -> Address {
        visit.links().new_scope()
    }

    fn edit_address(&self, visit: &Visit) -> Address {
        visit.links().edit_scope(self.scope.as_str())
    }

    fn new_of(draft: &Draft) -> Result<NewScope, Faults> {
        match (draft.scope.parse::<Scope>(), read_description(&draft.description)) {
            (Ok(scope), Ok(description)) => Ok(NewScope { scope, description }),
            (scope, description) => {
                let scope = scope.err().map(|error| sentence("new_scope", "Scope", &error.to_string()));
                Err(Faults(scope.into_iter().chain(description.err()).collect()))
            }
        }
    }

    fn edit_of(&self, draft: &Draft) -> Result<ScopeEdit, Faults> {
        let description = read_description(&draft.description).map_err(|fault| Faults(vec![fault]))?;
        Ok(ScopeEdit { description: Some(description) })
    }

    fn create(visit: &Visit, act: &Act, new: NewScope) -> Result<String, AdministrationError> {
        create_scope(&visit.state.administration, act, new).map(|view| view.scope.to_string())
    }

    fn edit(
        &self,
        visit: &Visit,
        act: &Act,
        edit: ScopeEdit,
    ) -> Result<Unsettled<Self>, AdministrationError> {
        edit_scope(&visit.state.administration, act, &self.scope, edit)
    }

    fn page_named(visit: &Visit, name: &str) -> Address {
        visit.links().scope(name)
    }

    fn fault(error: AdministrationError) -> Result<Fault, Stop> {
        Ok(match error {
            AdministrationError::Conflict(_) => sentence("new_scope", "Scope", "it is already registered"),
            AdministrationError::Invalid(errors) => details("new_scope", "Scope", &errors),
            AdministrationError::Limit(reached) => sentence("new_scope", "Scope", &reached.to_string()),
            error => return Err(stop::<Self>(error)),
        })
    }

    fn form(visit: &Visit, record: Option<&Self>, draft: &Draft, faults: Faults) -> FormPage {
        let form = ScopeForm {
            of: record.map(|view| view.scope.to_string()),
            scope: draft.scope.clone(),
            description: draft.description.clone(),
            hidden: record.map_or_else(|| attempt_field(visit), tag_field),
            faults,
            stale: None,
        };
        scope_form(visit.frame(Some(ENTRY)), form)
    }

    fn now(&self) -> Vec<(&'static str, Cell)> {
        vec![("Description", Cell::text_or(self.description.to_string(), "none"))]
    }

    fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    fn again(&self, visit: &Visit) -> Result<Self, Stop> {
        Self::find(visit, self.scope.clone())
    }
}
