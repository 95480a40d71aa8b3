//! The web console: pages over the use cases that the API has, for a browser that is signed in.

mod answer;
mod assets;
mod attention;
mod audit;
mod cookies;
mod days;
mod directory;
mod done;
mod download;
mod editing;
mod fields;
mod form;
mod guard;
mod impact;
mod lists;
mod members;
mod notes;
mod overview;
mod people;
mod pieces;
mod realm_pages;
mod realms;
mod record;
mod request;
mod routes;
mod search;
mod service_credentials;
mod stop;
mod tokens;
mod too_long;
mod trail;
mod vault;
mod visit;
mod webhooks;

pub use routes::configure;
pub use too_long::address_refused;
