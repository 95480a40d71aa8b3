//! Step 1: name and description.

use askama::Template;

use crate::frame::Frame;
use crate::links::{Address, Draft, Step};
use crate::page::page;
use crate::parts::{Fault, Faults, MAX_DESCRIPTION, MAX_NAME};

#[derive(Template)]
#[template(path = "pages/service-credentials/wizard/details.html")]
pub struct NewDetailsPage {
    pub frame: Frame,
    pub draft: Draft,
    pub faults: Faults,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameFault {
    Missing,
    /// With its length in characters.
    TooLong(usize),
    SpaceAtAnEnd,
    /// A control character or an invisible one.
    Invisible,
    /// A live credential has it; with the address of its renewal.
    Taken {
        name: String,
        renewal: Address,
    },
}

pub fn name_fault(fault: NameFault) -> Fault {
    let mut link = None;
    let sentence = match fault {
        NameFault::Missing => "Give it a name.".to_owned(),
        NameFault::TooLong(length) => format!("At most {MAX_NAME} characters; this has {length}."),
        NameFault::SpaceAtAnEnd => "A name begins and ends without a space.".to_owned(),
        NameFault::Invisible => "A name has visible characters only.".to_owned(),
        NameFault::Taken { name, renewal } => {
            link = Some(("renew that one.".to_owned(), renewal));
            format!("{name} exists already. Choose another name, or")
        }
    };
    Fault { field: "name", label: "Name", sentence, link }
}

/// With its length in characters if it is too long; else it has characters that nobody sees.
pub fn description_fault(too_long: Option<usize>) -> Fault {
    let sentence = match too_long {
        Some(length) => {
            let length = u64::try_from(length).unwrap_or(u64::MAX);
            format!("At most 1,000 characters; this has {}.", crate::text::number(&length))
        }
        None => "A description has visible characters only.".to_owned(),
    };
    Fault { field: "description", label: "Description", sentence, link: None }
}

impl NewDetailsPage {
    /// The attribute `maxlength` counts UTF-16 units, of which a character has up to two. The server counts characters.
    const MAX_NAME_UNITS: usize = 2 * MAX_NAME;
    const MAX_DESCRIPTION_UNITS: usize = 2 * MAX_DESCRIPTION;

    fn title(&self) -> &'static str {
        "Create service credential"
    }

    fn step(&self) -> Step {
        Step::Details
    }
}

page!(NewDetailsPage);
