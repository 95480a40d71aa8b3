//! Commands in guides that depend on a machine and are not run: each exists, with the flags that it is given.

use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;

use claviger_testkit::paths::root;
use claviger_testkit::process::{claviger, run};

/// The words after `claviger`, `claviger-admin` or the service `claviger` of compose, for each command in `console` blocks.
fn commands(page: &str) -> Vec<Vec<String>> {
    let blocks = page.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let text = blocks.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let ends = |word: &str| ["|", "&&", ">", "<", "&", ";"].iter().any(|end| word.starts_with(end));
    text.lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .flat_map(|line| line.split(" && "))
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_program =
                |word: &&str| matches!(word.trim_start_matches("\"$("), "claviger" | "claviger-admin");
            let at = words.iter().position(is_program)?;
            // What builds, tags or copies it, or shows its logs, is no command of it.
            let runs = words[..at].iter().all(|word| {
                ["sudo", "docker", "compose", "run", "--rm", "-T", "--network", "host", "--volume"]
                    .contains(word)
                    || word.contains('=')
                    || word.contains(":/")
            });
            let own = words[at + 1..].iter().take_while(|word| !ends(word)).map(|word| (*word).to_owned());
            runs.then(|| own.collect())
        })
        .collect()
}

#[test]
fn commands_of_guides_exist_with_their_flags() {
    let folder = TempDir::new().expect("a folder");
    let help = |words: &[String]| {
        let (status, output, errors) = run(claviger(folder.path()).args(words).arg("--help"));
        status.success().then_some(output).ok_or(errors)
    };
    let mut seen = BTreeMap::new();
    for page in fs::read_dir(root().join("docs/guides")).expect("guides") {
        let page = page.expect("a guide").path();
        if page.extension().is_none_or(|end| end != "md") || page.ends_with("commands.md") {
            continue;
        }
        let text = fs::read_to_string(&page).expect("text");
        for words in commands(&text) {
            let is_name = |word: &&String| {
                word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
            };
            let names: Vec<String> = words.iter().take_while(is_name).take(3).cloned().collect();
            assert!(!names.is_empty(), "{}: {words:?}", page.display());
            // Words behind the first may be arguments, unless those before them name a group of commands.
            let is_alone = |found: &String| !found.contains("<COMMAND>");
            let fewer =
                || (1..names.len()).rev().find_map(|count| help(&names[..count]).ok().filter(is_alone));
            let found = help(&names).or_else(|errors| fewer().ok_or(errors));
            let found = found.unwrap_or_else(|errors| panic!("{}: {words:?}: {errors}", page.display()));
            for flag in
                words.iter().filter_map(|word| word.split('=').next()).filter(|word| word.starts_with("--"))
            {
                assert!(found.contains(flag), "{}: {words:?} has no {flag}", page.display());
            }
            seen.insert(words, ());
        }
    }
    assert!(seen.len() > 20, "{} commands were found", seen.len());
}
