//! The command line: one file per noun. What it says goes through `output`, what it asks a server through `client`.

mod arguments;
mod audit;
mod backup;
mod cell;
mod client;
mod credential;
mod credential_flags;
mod credential_view;
mod doctor;
mod failure;
mod grant;
mod group;
mod group_view;
mod identifier;
mod keys;
mod lifetime;
mod machine;
mod member;
mod member_view;
mod migrate;
mod moment;
mod oauth_client;
mod operator_token;
mod output;
mod page;
mod personal_access_token;
mod progress;
mod realm;
mod receipt;
mod refusal;
mod resource;
mod resource_server;
mod restore;
mod run;
mod scope;
mod secret_input;
mod serve;
mod shared_flags;
mod token;
mod token_view;
mod transport;

pub use doctor::Finding;
pub use failure::{Exit, Failure};
pub use machine::{
    AuditTrail, BackedUp, DevServer, Machine, Migrations, OnThisMachine, OperatorToken, Restored,
};
pub use operator_token::TokenOwner;
pub use realm::NewRealm;
pub use run::run;
pub use serve::ServeFlags;
