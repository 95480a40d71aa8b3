//! Samples that the layering test must report, and samples that it must accept.

use super::*;

fn is_misplaced(file: &str, text: &str) -> bool {
    !misplaced_names(file, text).is_empty()
}

#[test]
fn forbidden_import_is_reported_with_its_rule() {
    let wrong = "//! A view.\n\nuse crate::{snapshot::View, store::{self as rows, Connection}};\n";
    let sentences = misplaced_names("src/snapshot/view.rs", wrong);
    let rule = "but snapshot may name only crypto, verifier/token, domain, contract: it is a value, however it was loaded";
    assert_eq!(
        sentences,
        [
            format!("src/snapshot/view.rs:3 names crate::store, {rule}"),
            format!("src/snapshot/view.rs:3 names crate::store::Connection, {rule}"),
        ]
    );
}

#[test]
fn every_path_syntax_is_recognized() {
    for wrong in [
        "fn f() -> crate::store::Row { todo!() }",
        "fn f() { let rows = Vec::<crate::store::Row>::new(); }",
        "use super::super::store;",
        "mod tests { use super::super::super::store::Row; }",
        "#[derive(diesel::Queryable)] struct Row;",
        "fn f() -> ::diesel::QueryResult<()> { Ok(()) }",
        "use diesel as database;",
        "fn f() { crate::crypto::SystemRandomness::new(); }",
        "use std::{collections::BTreeMap, env};",
        "fn f() { let quote = '\"'; let now = std::time::SystemTime::now(); }",
    ] {
        assert!(is_misplaced("src/issuance/decide.rs", wrong), "not seen: {wrong}");
    }
}

#[test]
fn comments_literals_and_local_names_are_not_imports() {
    for right in [
        "//! Not `crate::store`.\n/* crate::store::Row /* still */ crate::store::Row */",
        r####"const A: &str = "crate::store::Row \" diesel::Row"; const B: &str = r##"" diesel::Row "##;"####,
        "mod tests { use super::*; use super::super::authenticate; }",
        "use crate::snapshot::{self, View}; fn f<'a>(ring: &'a View) { ring.ring(); }",
        "enum Front { Http } fn f() -> Front { Front::Http }",
    ] {
        assert_eq!(misplaced_names("src/issuance/decide.rs", right), [""; 0]);
    }
}

#[test]
fn modules_and_external_crates_are_matched_by_path() {
    assert!(!is_misplaced(
        "src/serve.rs",
        "use crate::store::Connection; use std::time::Instant; fn f() { Instant::now(); }"
    ));
    assert!(!is_misplaced("src/main.rs", "use claviger::commands;"));
    assert!(!is_misplaced("src/commands/realm.rs", "use claviger_cli::failure::Failure; use clap::Args;"));
    assert!(is_misplaced("crates/cli/src/run.rs", "use claviger::config::Settings;"));
    assert!(is_misplaced("src/main.rs", "use claviger::store::Connection;"));
    assert!(is_misplaced("src/http/oauth/token.rs", "use crate::http::admin::problem;"));
    assert!(is_misplaced("src/http/oauth/token.rs", "use super::super::console::page;"));
    assert!(!is_misplaced("src/http/routes.rs", "use super::{admin, oauth}; use actix_web::web;"));
    assert!(is_misplaced("src/issuance/mint.rs", "use oxide_auth::primitives::scope::Scope;"));
    assert!(!is_misplaced("src/issuance/exchange.rs", "use oxide_auth::primitives::scope::Scope;"));
    assert!(is_misplaced("crates/contract/src/scope.rs", "use ring::digest;"));
    assert!(!is_misplaced(
        "crates/contract/src/scope.rs",
        "use crate::Position; use super::claims::Audience;"
    ));
    assert!(!is_misplaced("src/issuance/decide.rs", "use claviger_verifier::token::{Keys, SignedToken};"));
    assert!(is_misplaced("src/issuance/decide.rs", "use claviger_verifier::{Verifier, token};"));
    assert!(is_misplaced("crates/verifier/src/token/public_key.rs", "use crate::state::State;"));
    assert!(!is_misplaced("crates/verifier/src/state.rs", "use crate::token::SignedToken;"));
    assert!(is_misplaced("src/helpers/mod.rs", ""));
    assert!(is_misplaced("src/commands/mod.rs", "use crate::helpers::join;"));
}

#[test]
fn mod_rs_with_a_definition_is_reported() {
    let face =
        "//! Doors.\n\n/// One.\n#[cfg(unix)]\npub(crate) mod one;\nmod two;\n\npub use two::{A, B};\n";
    assert_eq!(beyond_a_face("src/x/mod.rs", face, &["mod", "use"]), None);
    assert!(beyond_a_face("src/lib.rs", face, &["mod"]).is_some());
    for body in ["pub fn f() {}", "pub struct A;", "mod tests { use super::*; }", "const A: u8 = 1;"] {
        assert!(beyond_a_face("src/x/mod.rs", &format!("{face}{body}"), &["mod", "use"]).is_some(), "{body}");
    }
}

#[test]
fn paths_are_distinguished_from_other_words_in_backticks() {
    let page = "`src/serve.rs`, `http/oauth`, `Makefile`, `clippy.toml`\n```\n`src/gone.rs`\n```\n`/health/live` `crate::a` `realms/{realm}`";
    let paths: Vec<String> = paths_in_backticks(page).into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths, ["src/serve.rs", "http/oauth", "clippy.toml"]);
}
