//! A realm and its objects.

pub mod audit;
pub mod deletion;
pub mod expiration;
pub mod group;
pub mod group_view;
pub mod identity;
pub mod member;
pub mod member_view;
pub mod node;
pub mod realm;
pub mod receipt;
pub mod resource;
pub mod resource_server;
pub mod scope;
pub mod sign_in;
pub mod signing_key;
