//! The administration API over real HTTP, and the ledger below it, on both databases: one module per surface.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    unused_imports,
    unused_mut,
    reason = "a test fails by panicking; what `on_both_databases` writes suits tests that need less"
)]

mod administrative_credentials;
mod answers;
mod any_act;
mod api_tokens;
mod application_credentials;
mod operation_samples;
mod plain_realm;
mod restored;
mod tables;
mod vault_scene;
mod webhook_events;
mod webhooks;

mod audit_chain;
mod audit_events;
mod backups;
mod bad_requests;
mod bearer_tokens;
mod callers;
mod client_renewal;
mod clocks;
mod concurrent_edits;
mod credential_edits;
mod credential_fields;
mod credential_import;
mod credential_life;
mod credential_renewal;
mod credential_revocation;
mod credential_secrets;
mod credential_usage;
mod damaged_rows;
mod dry_runs;
mod every_act_reads_back;
mod every_noun_reads_back;
mod expirations;
mod extreme_values;
mod feed_pages;
mod forgetting;
mod grants;
mod groups_and_resources;
mod jobs;
mod journal;
mod journal_of_accounts;
mod journal_of_cuts;
mod ledger;
mod limits;
mod lists;
mod member_enabling;
mod members_and_roles;
mod names_that_look_alike;
mod newer_rows;
mod node_list;
mod nul;
mod offline_verdicts;
mod one_act_one_row;
mod personal_access_tokens;
mod realm;
mod realm_deletion;
mod refused_attempts;
mod resource_servers;
mod rights;
mod routes;
mod scopes;
mod secrets;
mod service_credentials;
mod sign_in;
mod slow_lists;
mod tokens_ended;
mod trace;
mod unknown_references;
mod unsettled_acts;
mod upgrades;
mod vault;
mod vault_answers;
mod vault_jobs;
mod vault_settings;
