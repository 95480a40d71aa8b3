//! Commands of the server's binary on this machine and its database, in addition to the client commands.

mod audit;
mod backup;
mod command_line;
mod config;
mod doctor;
mod failed;
mod keys;
mod local_server;
mod manual;
mod member;
mod migrate;
mod openapi;
mod operator_token;
mod realm;
mod repair;
mod restore;
mod serve;
mod sidecar;

pub use command_line::run;
