//! Sign-in of people at identity providers: one that a test commands, and one of another project.

mod flow;
mod foreign;
mod forged;
mod providers;
mod scene;
