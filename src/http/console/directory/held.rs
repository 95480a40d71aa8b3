//! Who has something, as the page of it shows them.

use claviger_console::{Entry, HolderLines, NamedHolder};

use crate::administration::{Held, find_holders};
use crate::http::console::lists::in_memory::count;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;

/// Lines of each kind.
const SHOWN: usize = 20;

pub fn holder_lines(visit: &Visit, entry: Entry, held: &Held<'_>) -> Result<HolderLines, Stop> {
    let found = find_holders(&visit.state.administration, &visit.act(), held, SHOWN);
    let found = found.map_err(|error| Stop::of(error, entry))?;
    let members = found.members.into_iter();
    let credentials = found.credentials.into_iter();
    Ok(HolderLines {
        groups: found.groups.iter().map(ToString::to_string).collect(),
        members: members
            .map(|(id, name)| NamedHolder { id: id.to_string(), name: name.to_string() })
            .collect(),
        member_count: count(found.member_count),
        credentials: credentials
            .map(|(id, name)| NamedHolder { id: id.to_string(), name: name.to_string() })
            .collect(),
        credential_count: count(found.credential_count),
    })
}
