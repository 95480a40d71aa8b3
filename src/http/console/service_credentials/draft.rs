//! What the wizard has been told so far, read from an address or a form, and judged as the use case will judge it.

use std::str::FromStr;

use claviger_api::NewCredential;
use claviger_console::{Draft, Entry, Fault, Faults, NameFault, name_fault};
use claviger_contract::Scope;

use crate::http::console::fields::{read_description, read_name};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use claviger_domain::{
    EffectiveScope, Group, Name, ResourceGrant, ResourceName, TokenLifetime, Validity, explain_scopes,
};

const ENTRY: Entry = Entry::ServiceCredentials;
const NEVER: &str = "never";

/// What the address says, for somebody who may save it.
pub fn begin(visit: &Visit) -> Result<Draft, Stop> {
    visit.ensure_changes(ENTRY)?;
    Ok(read(visit.asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
}

pub fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in fields {
        let text = value.to_owned();
        match name {
            "name" => draft.name = text,
            "description" => draft.description = text.replace("\r\n", "\n"),
            "days" => draft.days = text,
            "ttl" => draft.ttl = text,
            "groups" => push(&mut draft.groups, text),
            "grant" => push(&mut draft.grants, text),
            "resource" => push(&mut draft.resources, text),
            _ => {}
        }
    }
    draft
}

fn push(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

pub fn details(visit: &Visit, draft: &Draft) -> Faults {
    let mut faults = Vec::new();
    let wrong = match read_name(&draft.name) {
        Ok(name) => visit.session.realm.live_names.get(&name).map(|id| NameFault::Taken {
            name: name.to_string(),
            renewal: visit.links().renew_service_credential(&id.to_string()),
        }),
        Err(fault) => Some(fault),
    };
    faults.extend(wrong.map(name_fault));
    faults.extend(read_description(&draft.description).err());
    Faults(faults)
}

pub fn expiration(draft: &Draft) -> Faults {
    let mut faults = Vec::new();
    if validity(draft).is_none() {
        let sentence = "Choose 30 to 365 days, or never.".to_owned();
        faults.push(Fault { field: "days", label: "Service credential validity", sentence, link: None });
    }
    if token_lifetime(draft).is_none() {
        let sentence = "Choose whole minutes, from 15 minutes to 24 hours.".to_owned();
        faults.push(Fault { field: "ttl", label: "Token expiration time", sentence, link: None });
    }
    Faults(faults)
}

pub fn validity(draft: &Draft) -> Option<Validity> {
    match draft.days.as_str() {
        NEVER => Some(Validity::Never),
        days => Validity::days(days.parse().ok()?).ok(),
    }
}

pub fn token_lifetime(draft: &Draft) -> Option<TokenLifetime> {
    TokenLifetime::seconds(draft.ttl.parse().ok()?).ok()
}

/// Groups and grants that exist and that the member may give.
pub struct Access {
    pub groups: Vec<std::sync::Arc<Group>>,
    pub grants: Vec<ResourceGrant>,
    /// Whether something was left out.
    pub dropped: bool,
}

/// Without what does not exist or is not held; leaves it out of the draft too.
pub fn access(visit: &Visit, draft: &mut Draft) -> Access {
    let named = draft.groups.len() + draft.grants.len();
    let mut groups = Vec::new();
    draft.groups.retain(|text| {
        let found = Name::from_str(text).ok().and_then(|name| visit.session.realm.groups.get(&name));
        let held = found.filter(|group| holds_group(visit, group));
        groups.extend(held.cloned());
        held.is_some()
    });
    let mut grants: Vec<ResourceGrant> = Vec::new();
    draft.grants.retain(|text| {
        let held = grant(text).filter(|(resource, action)| holds_action(visit, resource, action));
        if let Some((resource, action)) = &held {
            match grants.iter_mut().find(|known| known.resource == *resource) {
                Some(known) => known.actions.push(action.clone()),
                None => {
                    grants.push(ResourceGrant { resource: resource.clone(), actions: vec![action.clone()] })
                }
            }
        }
        held.is_some()
    });
    let dropped = named != draft.groups.len() + draft.grants.len();
    Access { groups, grants: ResourceGrant::normalize(grants), dropped }
}

impl Access {
    pub fn scopes(&self) -> Vec<EffectiveScope> {
        explain_scopes(self.groups.iter().map(|group| &**group), &self.grants)
    }
}

/// `type/name:action`.
pub fn grant(text: &str) -> Option<(ResourceName, String)> {
    let (resource, action) = text.rsplit_once(':')?;
    Some((resource.parse().ok()?, action.to_owned()))
}

pub fn holds_group(visit: &Visit, group: &Group) -> bool {
    let granted = explain_scopes([group], &[]);
    granted.iter().all(|effective| visit.session.realm.holds(&visit.session.member, &effective.scope))
}

pub fn holds_action(visit: &Visit, resource: &ResourceName, action: &str) -> bool {
    let scope = format!("{resource}:{action}");
    Scope::from_str(&scope).is_ok_and(|scope| visit.session.realm.holds(&visit.session.member, &scope))
}

/// `None` if a field is wrong, as [`details`] and [`expiration`] say.
pub fn new_credential(draft: &Draft, access: &Access) -> Option<NewCredential> {
    Some(NewCredential {
        name: draft.name.parse().ok()?,
        description: draft.description.parse().ok()?,
        validity_days: validity(draft)?,
        token_ttl_seconds: token_lifetime(draft)?,
        groups: access.groups.iter().map(|group| group.name.clone()).collect(),
        resources: access.grants.clone(),
        admin_scopes: Vec::new(),
    })
}
