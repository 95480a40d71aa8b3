//! What was typed into the form of a group.

use claviger_api::{GroupEdit, GroupView, NewGroup};
use claviger_console::{Address, Fault, Faults, name_fault};
use claviger_contract::Scope;

use crate::http::console::fields::{read_description, read_name};
use crate::http::console::service_credentials::draft::grant;
use claviger_domain::{Description, ResourceGrant};

#[derive(Default)]
pub struct Draft {
    pub name: String,
    pub description: String,
    pub responsible: String,
    /// Scopes, and `type/name:action` of resources.
    pub ticked: Vec<String>,
}

pub fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in fields {
        match name {
            "name" => value.clone_into(&mut draft.name),
            "description" => value.clone_into(&mut draft.description),
            "responsible" => value.clone_into(&mut draft.responsible),
            "scope" => draft.ticked.push(value.to_owned()),
            _ => {}
        }
    }
    draft
}

/// What a group gives, as forms name it.
pub fn scopes_of(view: &GroupView) -> Vec<String> {
    let scopes = view.scopes.iter().map(ToString::to_string);
    let actions = |grant: &ResourceGrant| {
        let named = grant.actions.iter().map(|action| format!("{}:{action}", grant.resource));
        named.collect::<Vec<_>>()
    };
    scopes.chain(view.resources.iter().flat_map(actions)).collect()
}

struct Wanted {
    description: Description,
    responsible: Description,
    scopes: Vec<Scope>,
    resources: Vec<ResourceGrant>,
}

impl Draft {
    pub fn of(view: &GroupView) -> Self {
        Self {
            name: view.name.to_string(),
            description: view.description.to_string(),
            responsible: view.responsible.to_string(),
            ticked: scopes_of(view),
        }
    }

    /// The form with all of it.
    pub fn address(&self, form: Address) -> Address {
        let form = form.with("name", &self.name).with("description", &self.description);
        let form = form.with("responsible", &self.responsible);
        self.ticked.iter().fold(form, |address, scope| address.with("scope", scope))
    }

    pub fn gives_more_than(&self, view: &GroupView) -> bool {
        let had = scopes_of(view);
        self.ticked.iter().any(|scope| !had.contains(scope))
    }

    pub fn new_group(&self) -> Result<NewGroup, Faults> {
        match (read_name(&self.name), self.wanted(None)) {
            (Ok(name), Ok(wanted)) => Ok(NewGroup {
                name,
                description: wanted.description,
                responsible: wanted.responsible,
                scopes: wanted.scopes,
                resources: wanted.resources,
            }),
            (name, wanted) => {
                let mut faults = Faults::default();
                faults.0.extend(name.err().map(name_fault));
                faults.0.extend(wanted.err().unwrap_or_default());
                Err(faults)
            }
        }
    }

    pub fn edit(&self, view: &GroupView) -> Result<GroupEdit, Faults> {
        let wanted = self.wanted(Some(view)).map_err(Faults)?;
        Ok(GroupEdit {
            description: Some(wanted.description),
            responsible: Some(wanted.responsible),
            scopes: Some(wanted.scopes),
            resources: Some(wanted.resources),
        })
    }

    /// An action on a resource is a grant, unless the group has it among its scopes.
    fn wanted(&self, before: Option<&GroupView>) -> Result<Wanted, Vec<Fault>> {
        let (mut scopes, mut grants, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        for text in &self.ticked {
            let scope = text.parse::<Scope>();
            let is_scope = scope.as_ref().is_ok_and(|scope| {
                scope.resource().is_none() || before.is_some_and(|view| view.scopes.contains(scope))
            });
            match (scope, grant(text)) {
                (Ok(scope), _) if is_scope => scopes.push(scope),
                (_, Some((resource, action))) => {
                    grants.push(ResourceGrant { resource, actions: vec![action] })
                }
                _ => {
                    let sentence = format!("{text} is no scope.");
                    faults.push(Fault { field: "sc", label: "Scopes", sentence, link: None });
                }
            }
        }
        let description = read_description(&self.description).map_err(|fault| faults.push(fault));
        let responsible = read_description(&self.responsible).map_err(|fault| {
            faults.push(Fault { field: "responsible", label: "Responsible", ..fault });
        });
        match (description, responsible) {
            (Ok(description), Ok(responsible)) if faults.is_empty() => {
                Ok(Wanted { description, responsible, scopes, resources: ResourceGrant::normalize(grants) })
            }
            _ => Err(faults),
        }
    }
}
