//! Every page renders, and what it renders is sound HTML that a strict content security policy takes.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod hostile;
mod html;
mod parts;
mod rules;
mod samples;
