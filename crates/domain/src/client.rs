//! What authenticates with a client id and a key, whatever its kind.

use crate::ids::Id;

/// The kind of ids of all clients. The file of each kind of client says that it is one.
pub enum Client {}

/// Of a client whose kind is not known, or does not matter.
pub type ClientId = Id<Client>;
