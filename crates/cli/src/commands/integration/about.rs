//! `claviger version` and `claviger help`.

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::terminal::output::Output;
use crate::values::shared_flags::JsonFlag;

/// Set by whoever builds a release. Without it a build depends on the sources alone, and is reproducible.
const COMMIT: Option<&str> = option_env!("CLAVIGER_COMMIT");

/// Print the version, and the commit that it was built from if that is known
#[derive(Debug, Args)]
pub struct VersionCommand {
    #[command(flatten)]
    form: JsonFlag,
}

impl VersionCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.form.json);
        let (version, commit) = (env!("CARGO_PKG_VERSION"), COMMIT.filter(|commit| !commit.is_empty()));
        let suffix = commit.map(|commit| format!(" ({commit})")).unwrap_or_default();
        let sentence = format!("{} {version}{suffix}", output.program());
        output.report(&sentence, &json!({ "version": version, "commit": commit }))
    }
}

/// Print the help of a command, as --help does
#[derive(Debug, Args)]
pub struct HelpCommand {
    /// The command, such as `credential create`; without it, an overview
    #[arg(value_name = "COMMAND")]
    words: Vec<String>,
}

impl HelpCommand {
    /// `line` is the complete command line.
    pub fn run(self, line: clap::Command, output: &mut Output) -> Result<(), Failure> {
        let mut words = vec![output.program().to_owned()];
        words.extend(self.words.into_iter().filter(|word| word != "help" && !word.starts_with('-')));
        words.push("--help".to_owned());
        match line.try_get_matches_from(words) {
            Ok(_) => Ok(()),
            Err(error) => output.help(&error),
        }
    }
}
