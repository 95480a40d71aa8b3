//! A sample of every page, in every state that looks different.

#![allow(clippy::expect_used, reason = "a sample that is wrong ends its test")]

mod frame;
mod plain;

use claviger_console::Page;

pub struct Sample {
    pub name: &'static str,
    pub page: Box<dyn Page>,
}

pub fn sample(name: &'static str, page: impl Page + 'static) -> Sample {
    Sample { name, page: Box::new(page) }
}

pub fn all() -> Vec<Sample> {
    plain::samples()
}
