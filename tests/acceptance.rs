//! Checks that every promised row of `docs/acceptance.md` names its tests or says why it is not met.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names of the rows that this release promises.
const PROMISED: &str = "
    TE-01 TE-02 TE-03 TE-04 TE-05 TE-06 TE-07 TE-08 TE-09 TE-10 TE-11 TE-12 TE-13 TE-14 TE-15 TE-16 TE-17 TE-18 TE-19
    TE-20 TE-22 TE-24 TE-25 IN-11 BU-01 BU-02 BU-03 BU-04 BU-05 BU-06 RV-01 RV-02 RV-03 RV-04 RV-05 RV-06 RV-07 IN-01 IN-02 IN-03
    IN-04 IN-05 IN-06 IN-07 IN-08 MD-01 MD-02 MD-03 MD-04 JK-01 JK-02 JK-03 JK-06 JK-07 JK-08 JK-09 BC-01 BC-02 BC-03
    BC-04 BC-05 AT-01 AT-02 AT-04 AT-05 RI-01 RI-02 T-01 T-02 T-10 S3 S4 S5 S6 S15 S18 S19 S20 S21 S22 S23 S25 S26 S27
    S32 S33 S35 S36 S38 S39 S40 S41 S42 S43 S45 S47 S52 S53 S56 S57 S60 S61 S62 TE-21 AT-03 JK-04 JK-05 T-03 T-05 T-07
    T-08 T-09 T-11 T-12 T-13 T-15 T-16 T-19 T-20 T-23 T-24 T-25 T-26 T-27 T-28 S1 S2 S8 S9 S10 S11 S12 S13 S14 S17 S24 S29 S31 S34 S37
    S46 S48 S49 S50 S51 S54 S55 S58 S59 S63
    O1 O2 O3 O4 O5 O6 O7 O8 O9 O10 O11 O12 O13 O14 O15 O16 O17 O18 O19 O20 O21 O22 O23 O24 O25 O26 O27 O28 O29 O30
    O31 O32 O33 O34 O35 S7 DK-01 DK-03 DK-04 DK-05 DK-06 DK-07 DK-08 GT-01 GT-02 GT-03 GT-04 GT-05 FA-P1 FA-P2 FA-P3
    FA-P4 BU-07 BU-08
    F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24 F25 F26 F27 F28 F29 F30 F31
    F32 F33 F34 F35 F36 F37 F38 F39 F40 F41 F42 F43 F44 F45 F46 F47 F48 F49 F50 F51 T-SSRF
";

/// Prefix for a row that is not met.
const NOT_MET: &str = "not met: ";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Each row of the document's tables, with the cell that names its tests or says why it is not met.
fn listed() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join("docs/acceptance.md")).expect("docs/acceptance.md");
    let mut rows = BTreeMap::new();
    let is_row =
        |line: &&str| line.starts_with("| ") && !line.starts_with("| row") && !line.starts_with("| --");
    for line in text.lines().filter(is_row) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 3, "a row has three cells: {line}");
        let known = rows.insert(cells[0].to_owned(), cells[2].to_owned());
        assert!(known.is_none(), "{} is there twice", cells[0]);
    }
    rows
}

/// Matches whole words only: S3 is not in S33, nor TE-01 in TE-010.
fn names(text: &str, row: &str) -> bool {
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.match_indices(row).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + row.len()..].chars().next();
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

fn holds(file: &Path, row: &str) -> bool {
    std::fs::read_to_string(root().join(file)).is_ok_and(|text| names(&text, row))
}

#[test]
fn every_promised_row_is_listed() {
    let listed = listed();
    let missing: Vec<&str> = PROMISED.split_whitespace().filter(|row| !listed.contains_key(*row)).collect();
    assert!(missing.is_empty(), "not in docs/acceptance.md: {missing:?}");
}

#[test]
fn every_listed_row_names_its_tests_or_a_reason() {
    let mut wrong = Vec::new();
    for (row, held_by) in listed() {
        if let Some(reason) = held_by.strip_prefix(NOT_MET) {
            if reason.len() < 20 {
                wrong.push(format!("{row}: say why it is not met"));
            }
            continue;
        }
        let files: Vec<&str> = held_by.split(',').map(|file| file.trim().trim_matches('`')).collect();
        for file in files {
            let tested = ["tests/", "benches/", "src/issuance/", "crates/vault/tests/"]
                .iter()
                .any(|folder| file.starts_with(folder));
            if !tested || !holds(Path::new(file), &row) {
                wrong.push(format!("{row}: {file} does not name it"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn row_names_match_whole_words_only() {
    assert!(names("// S3, TE-01", "S3") && names("(TE-01)", "TE-01"));
    assert!(!names("S33 AS3 TE-010 XTE-01", "S3") && !names("S33 TE-010 XTE-01", "TE-01"));
}
