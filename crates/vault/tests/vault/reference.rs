//! The page of source types is what the catalog says.

use std::fmt::Write;
use std::path::PathBuf;

use claviger_vault::{Catalog, Profile, SourceType};

const HEAD: &str = "# Source types

This page is made of the catalog (`crates/vault/catalog.toml`): what to enter for a credential of each
service, and the permissions that it needs. `claviger source-type show ID` prints the same.
";

fn page() -> String {
    let catalog = Catalog::built_in();
    let mut types: Vec<&SourceType> = catalog.source_types().iter().collect();
    types.sort_by_key(|known| known.name.to_lowercase());
    let mut page = HEAD.to_owned();
    for known in types {
        write!(page, "\n## {}\n\nID: `{}`\n", known.name, known.id).expect("text");
        for mode in known.modes.iter().filter(|mode| !mode.retired) {
            write!(
                page,
                "\n{} (`{}`)\n\n| field | required | what to enter |\n| -- | -- | -- |\n",
                mode.label, mode.id
            )
            .expect("text");
            for field in known.fields_of(mode) {
                let required = if field.required { "yes" } else { "no" };
                writeln!(page, "| `{}` | {required} | {} |", field.name, cell(&field.help)).expect("text");
            }
        }
        if known
            .profiles
            .iter()
            .any(|profile| !profile.required.is_empty() || !profile.recommended.is_empty())
        {
            page.push_str("\n| profile | required permissions | useful permissions |\n| -- | -- | -- |\n");
            for profile in &known.profiles {
                writeln!(page, "{}", row(known, profile)).expect("text");
            }
        }
    }
    page
}

fn row(known: &SourceType, profile: &Profile) -> String {
    let labels = |ids: &[String]| {
        let labels = ids.iter().map(|id| known.permission_label(id).unwrap_or(id));
        cell(&labels.collect::<Vec<_>>().join("; "))
    };
    let default = if profile.default { " (default)" } else { "" };
    let (required, recommended) = (labels(&profile.required), labels(&profile.recommended));
    format!("| `{}`{default} | {required} | {recommended} |", profile.id)
}

/// Without what ends a cell or begins markup.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_")
}

/// Blanks, lines of tables and escapes are the formatter's.
fn words(page: &str) -> Vec<String> {
    page.split_whitespace()
        .filter(|word| !word.chars().all(|c| matches!(c, '-' | '|')))
        .map(|word| word.replace('\\', "").replace("&lt;", "<"))
        .collect()
}

#[test]
fn page_of_source_types_is_made_of_the_catalog() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (kept, made) = (root.join("docs/guides/source-types.md"), page());
    if words(&std::fs::read_to_string(&kept).unwrap_or_default()) != words(&made) {
        let new = std::env::temp_dir().join("source-types.md");
        std::fs::write(&new, made).expect("a file");
        panic!("docs/guides/source-types.md is not what the catalog says: replace it by {}", new.display());
    }
}
