//! Every address that a page names. Templates never put one together.

mod address;
mod command_line;
mod directory;
mod draft;
mod realm;
mod resource_servers;
mod service_credentials;
mod site;
mod tokens;
mod vault;
mod webhooks;

pub use address::Address;
pub use command_line::{CommandLineRequest, Loopback};
pub use draft::{Draft, Step};
pub use realm::Links;
pub use site::Site;
pub use tokens::TokenKind;
