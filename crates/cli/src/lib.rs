//! The command line as a library: every command that needs only a server's API. The binary `claviger-cli` consists of
//! these commands. The server's binary adds its own to them.

pub mod client_command;
pub mod command_line;
pub mod commands;
pub mod environment;
pub mod failure;
pub mod run;
pub mod server;
pub mod terminal;
pub mod user_file;
pub mod values;
