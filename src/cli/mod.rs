//! The command line: one file per noun. What it says goes through `output`, what it asks a server through `client`.

mod arguments;
mod audit;
mod client;
mod credential;
mod failure;
mod grant;
mod group;
mod keys;
mod lifetime;
mod machine;
mod member;
mod output;
mod page;
mod personal_access_token;
mod realm;
mod receipt;
mod refusal;
mod resource;
mod resource_server;
mod run;
mod scope;
mod secret_input;
mod serve;
mod token;
mod transport;

pub use failure::{Exit, Failure};
pub use machine::{DevServer, Machine, OnThisMachine, OperatorToken};
pub use run::run;
pub use serve::ServeFlags;
