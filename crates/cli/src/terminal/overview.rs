//! The overview of all commands, in groups. clap has one heading for all of them.

use clap::Command;
use unicode_width::UnicodeWidthStr;

use crate::environment::columns;
use crate::terminal::cell::{BOLD, GOOD, painted};
use crate::terminal::window::{self, MAX_WIDTH};

/// A command that no other group names is in the group without names: a new noun belongs to the realm.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Sign in", &["login", "logout", "profile", "whoami"]),
    (
        "Credentials and tokens",
        &["credential", "application-credential", "api-token", "personal-access-token", "token", "run"],
    ),
    ("The realm", &[]),
    (
        "git and container registries",
        &[
            "setup-git",
            "setup-docker",
            "git-credential",
            "docker-credential",
            "git-hook",
            "registry-ca",
            "registry-key",
            "registry-token",
        ],
    ),
    (
        "A server on this machine",
        &[
            "serve", "sidecar", "keys", "config", "doctor", "backup", "restore", "migrate", "repair",
            "openapi",
        ],
    ),
    ("This program", &["completion", "help", "version"]),
];

/// Width of help texts where none is known, as in clap.
const DEFAULT_WIDTH: usize = 100;

/// Replaces the list of commands in the help of the complete command line.
pub fn grouped(line: Command) -> Command {
    let width = window::width().or_else(columns).unwrap_or(DEFAULT_WIDTH).min(MAX_WIDTH);
    let mut text = format!("{}\n", painted(BOLD, "Commands:"));
    let widest = line.get_subcommands().map(|command| command.get_name().width()).max().unwrap_or_default();
    for (group, names) in GROUPS {
        let known: Vec<&Command> = match names {
            [] => line.get_subcommands().filter(|command| groups_of(command) == 0).collect(),
            names => names.iter().filter_map(|name| line.find_subcommand(name)).collect(),
        };
        if !known.is_empty() {
            text.push_str(&format!("{}\n", painted(BOLD, group)));
        }
        for command in known {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            text.push_str(&entry(command.get_name(), &about, widest, width));
        }
    }
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{text}\n{}\n{{options}}{{after-help}}",
        painted(BOLD, "Options:")
    );
    line.help_template(template)
}

fn entry(name: &str, about: &str, widest: usize, width: usize) -> String {
    let indent = 2 + widest + 2;
    let room = width.saturating_sub(indent).max(20);
    let mut lines = vec![String::new()];
    for word in about.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let padding = widest - name.width() + 2;
    let separator = format!("\n{:indent$}", "");
    format!("  {}{:padding$}{}\n", painted(GOOD, name), "", lines.join(&separator))
}

fn groups_of(command: &Command) -> usize {
    GROUPS.iter().filter(|(_, names)| names.contains(&command.get_name())).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_listed_once_below_its_group() {
        let named = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| Command::new(*name).about("x"));
        let line = Command::new("line").disable_help_subcommand(true).subcommands(named);
        let mut line = grouped(line.subcommand(Command::new("noun")));
        let help = line.render_help().to_string();
        for command in line.get_subcommands().map(Command::get_name) {
            let shown = help.lines().filter(|shown| shown.trim_end().split(' ').nth(2) == Some(command));
            assert_eq!(shown.count(), 1, "{command}: {help}");
        }
        assert!(help.contains("The realm\n  noun"), "{help}");
    }

    #[test]
    fn descriptions_are_wrapped_at_the_width() {
        let shown = entry("a", "one two three four five six seven", 3, 27);
        assert_eq!(
            anstream::adapter::strip_str(&shown).to_string(),
            "  a    one two three four\n       five six seven\n"
        );
    }
}
