//! The layering test can fail: samples of what it must see, and of what it must not.

use super::*;

fn is_misplaced(file: &str, text: &str) -> bool {
    !misplaced_names(file, text).is_empty()
}

#[test]
fn a_wrong_import_is_told_in_a_sentence() {
    let wrong = "//! A view.\n\nuse crate::{snapshot::View, store::{self as rows, Connection}};\n";
    let sentences = misplaced_names("src/snapshot/view.rs", wrong);
    let rule = "but snapshot may name only crypto, domain, contract: it is a value, however it was loaded";
    assert_eq!(
        sentences,
        [
            format!("src/snapshot/view.rs:3 names crate::store, {rule}"),
            format!("src/snapshot/view.rs:3 names crate::store::Connection, {rule}"),
        ]
    );
}

#[test]
fn every_way_to_write_a_path_is_read() {
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
fn comments_literals_and_names_close_by_are_no_imports() {
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
fn rooms_and_outside_crates_are_known_by_their_place() {
    assert!(!is_misplaced(
        "src/serve.rs",
        "use crate::store::Connection; use std::time::Instant; fn f() { Instant::now(); }"
    ));
    assert!(!is_misplaced("src/main.rs", "use claviger::cli; use clap::Parser;"));
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
    assert!(is_misplaced("src/helpers/mod.rs", ""));
    assert!(is_misplaced("src/cli/mod.rs", "use crate::helpers::join;"));
}

#[test]
fn a_face_with_a_body_is_seen() {
    let face =
        "//! Doors.\n\n/// One.\n#[cfg(unix)]\npub(crate) mod one;\nmod two;\n\npub use two::{A, B};\n";
    assert_eq!(beyond_a_face("src/x/mod.rs", face, &["mod", "use"]), None);
    assert!(beyond_a_face("src/lib.rs", face, &["mod"]).is_some());
    for body in ["pub fn f() {}", "pub struct A;", "mod tests { use super::*; }", "const A: u8 = 1;"] {
        assert!(beyond_a_face("src/x/mod.rs", &format!("{face}{body}"), &["mod", "use"]).is_some(), "{body}");
    }
}

#[test]
fn paths_are_told_from_other_words_in_backticks() {
    let page = "`src/serve.rs`, `http/oauth`, `Makefile`, `clippy.toml`\n```\n`src/gone.rs`\n```\n`/health/live` `crate::a` `realms/{realm}`";
    let paths: Vec<String> = paths_in_backticks(page).into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths, ["src/serve.rs", "http/oauth", "clippy.toml"]);
}
