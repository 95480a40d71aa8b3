//! The command line: one file per noun. What it says goes through `output`, what it asks a server through `client`.

mod arguments;
mod audit;
mod backup;
mod cell;
mod client;
mod completion;
mod config;
mod credential;
mod credential_export;
mod credential_flags;
mod credential_import;
mod credential_view;
mod doctor;
mod failure;
mod grant;
mod group;
mod group_view;
mod identifier;
mod keys;
mod keys_file;
mod lifetime;
mod list_flags;
mod login;
mod lost_keys;
mod machine;
mod member;
mod member_view;
mod migrate;
mod moment;
mod oauth_client;
mod openapi;
mod openssl;
mod operator_token;
mod output;
mod page;
mod personal_access_token;
mod profile;
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
mod signing_key;
mod token;
mod token_view;
mod transport;
mod usage_view;

pub use doctor::Finding;
pub use failure::{Exit, Failure};
pub use machine::{
    AuditTrail, BackedUp, DevServer, Machine, MasterKeyUse, Migrations, OnThisMachine, OperatorToken,
    Restored,
};
pub use operator_token::TokenOwner;
pub use realm::{KnownRealm, NewRealm};
pub use run::run;
pub use serve::ServeFlags;
