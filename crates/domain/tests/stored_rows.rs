//! Rows of the change log as version 0.1.0 wrote them: every later version reads each kind, and loses nothing of it.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use claviger_domain::{Change, LogEntry};
use serde_json::Value;

/// One row per line. Never edited: a new kind, or a new form of one, is a new line.
const ROWS: &str = include_str!("rows_of_0.1.0.jsonl");

fn parsed<T: serde::de::DeserializeOwned>(row: &str) -> T {
    match serde_json::from_str(row) {
        Ok(parsed) => parsed,
        Err(error) => panic!("{error}: {row}"),
    }
}

/// Whether everything in `stored` is also in `written`, which may have members that were added later.
fn holds(written: &Value, stored: &Value) -> bool {
    match stored {
        Value::Object(members) => members.iter().all(|(name, value)| holds(&written[name], value)),
        value => written == value,
    }
}

#[test]
fn every_kind_has_a_row() {
    let kind = |row: &str| parsed::<Value>(row)["change"]["kind"].as_str().map(str::to_owned);
    let rows: BTreeSet<String> = ROWS.lines().filter_map(kind).collect();
    let kinds: BTreeSet<String> = Change::KINDS.iter().map(|kind| (*kind).to_owned()).collect();
    assert_eq!(rows, kinds);
}

#[test]
fn every_row_is_read_without_loss() {
    for row in ROWS.lines() {
        let (entry, mut stored): (LogEntry, Value) = (parsed(row), parsed(row));
        let written: Value = match serde_json::to_value(&entry) {
            Ok(written) => written,
            Err(error) => panic!("{error}: {row}"),
        };
        // A kind under an older name is written under its present one.
        stored["change"]["kind"] = written["change"]["kind"].clone();
        assert!(holds(&written, &stored), "{row}\nis written as\n{written}");
    }
}
