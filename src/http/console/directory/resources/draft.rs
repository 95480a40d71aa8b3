//! What was typed into the form of a resource.

use claviger_api::{NewResource, ResourceEdit, ResourceView};
use claviger_console::{Address, Fault, Faults};

use crate::http::console::editing::sentence;
use crate::http::console::fields::read_description;

#[derive(Default)]
pub struct Draft {
    pub kind: String,
    pub name: String,
    pub description: String,
    /// Words with spaces or commas between them.
    pub actions: String,
}

pub fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in fields {
        match name {
            "type" => value.clone_into(&mut draft.kind),
            "name" => value.clone_into(&mut draft.name),
            "description" => value.clone_into(&mut draft.description),
            "actions" => value.clone_into(&mut draft.actions),
            _ => {}
        }
    }
    draft
}

impl Draft {
    pub fn of(view: &ResourceView) -> Self {
        Self {
            kind: view.r#type.clone(),
            name: view.name.clone(),
            description: view.description.to_string(),
            actions: view.actions.join(" "),
        }
    }

    /// The form with all of it.
    pub fn address(&self, form: Address) -> Address {
        let form = form.with("type", &self.kind).with("name", &self.name);
        form.with("description", &self.description).with("actions", &self.actions)
    }

    fn actions(&self) -> Vec<String> {
        let words = self.actions.split(|letter: char| letter.is_whitespace() || letter == ',');
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    pub fn new_resource(&self) -> Result<NewResource, Faults> {
        let kind = self.kind.parse();
        let name = self.name.parse();
        let description = read_description(&self.description);
        match (kind, name, description) {
            (Ok(r#type), Ok(name), Ok(description)) => {
                Ok(NewResource { r#type, name, description, actions: self.actions() })
            }
            (kind, name, description) => {
                let mut faults: Vec<Fault> = Vec::new();
                faults.extend(kind.err().map(|error| sentence("type", "Type", &error.to_string())));
                faults.extend(name.err().map(|error| sentence("name", "Name", &error.to_string())));
                faults.extend(description.err());
                Err(Faults(faults))
            }
        }
    }

    pub fn edit(&self) -> Result<ResourceEdit, Faults> {
        let description = read_description(&self.description).map_err(|fault| Faults(vec![fault]))?;
        Ok(ResourceEdit { description: Some(description), actions: Some(self.actions()) })
    }
}
