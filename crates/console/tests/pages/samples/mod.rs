//! A sample of every page, in every state that looks different.

#![allow(clippy::expect_used, reason = "a sample that is wrong ends its test")]

mod audit;
pub mod credential_ends;
pub mod credential_keys;
mod credential_list;
mod credentials;
mod directory;
mod directory_forms;
pub mod frame;
mod lists;
mod members;
mod overview;
mod plain;
mod realm;
mod tokens;
mod vault;
mod webhooks;
mod wizard;

use claviger_console::Page;

pub struct Sample {
    pub name: &'static str,
    pub page: Box<dyn Page>,
}

pub fn sample(name: &'static str, page: impl Page + 'static) -> Sample {
    Sample { name, page: Box::new(page) }
}

pub fn all() -> Vec<Sample> {
    [
        plain::samples(),
        overview::samples(),
        credential_list::samples(),
        credentials::samples(),
        credential_ends::samples(),
        credential_keys::samples(),
        wizard::samples(),
        audit::samples(),
        members::samples(),
        directory::samples(),
        directory_forms::samples(),
        realm::samples(),
        tokens::samples(),
        vault::samples(),
        webhooks::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The same, with this text in place of each that a person chose.
#[cfg(test)]
pub fn all_named(text: &str) -> Vec<Sample> {
    frame::with_chosen(text, all)
}
