//! Database access of the commands on the server's machine.

pub(super) mod envelopes;
pub(super) mod maintenance;
pub(super) mod master_keys;
pub(super) mod migrations;
