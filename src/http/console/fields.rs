//! Fields that several forms have.

use claviger_console::{Fault, MAX_DESCRIPTION, MAX_NAME, NameFault, description_fault};

use claviger_domain::{Description, Name};

pub fn read_name(text: &str) -> Result<Name, NameFault> {
    let length = text.chars().count();
    text.parse().map_err(|_| match text {
        _ if text.trim().is_empty() => NameFault::Missing,
        _ if length > MAX_NAME => NameFault::TooLong(length),
        _ if text.trim() != text => NameFault::SpaceAtAnEnd,
        _ => NameFault::Invisible,
    })
}

/// As the list of what is wrong with a form has it.
pub fn name_taken(name: &str) -> Fault {
    let sentence = format!("{name} exists already. Choose another name.");
    Fault { field: "name", label: "Name", sentence, link: None }
}

pub fn read_description(text: &str) -> Result<Description, Fault> {
    let length = text.chars().count();
    text.parse().map_err(|_| description_fault(Some(length).filter(|length| *length > MAX_DESCRIPTION)))
}
