//! Variables of the environment. An empty one is the same as one that is not set.

use std::os::unix::fs::symlink;

use crate::scene::{Scene, said};

/// Every variable of the command line.
const VARIABLES: [&str; 7] = [
    "CLAVIGER_CA_FILE",
    "CLAVIGER_INSECURE",
    "CLAVIGER_PROFILE",
    "CLAVIGER_REALM",
    "CLAVIGER_SCOPES",
    "CLAVIGER_TOKEN",
    "CLAVIGER_URL",
];

#[test]
fn empty_variable_is_the_same_as_none() {
    let scene = Scene::start();
    assert_eq!(scene.say(&["login"], "clvp_token").0, Some(0));
    for arguments in
        [&["group", "list", "--json"][..], &["registry-ca"], &["login"], &["git-hook", "pre-receive"]]
    {
        let mut unset = scene.command(arguments);
        let mut empty = scene.command(arguments);
        for variable in VARIABLES {
            unset.env_remove(variable);
            empty.env(variable, "");
        }
        let unset = said(&mut unset, "clvp_token");
        assert_eq!(said(&mut empty, "clvp_token"), unset);
        assert_eq!(unset.0 == Some(0), arguments[0] != "git-hook", "{unset:?}");
    }
}

/// Each alone, so that no other hides a fault.
#[test]
fn each_empty_variable_is_the_same_as_none() {
    let scene = Scene::start();
    assert_eq!(scene.say(&["login"], "clvp_token").0, Some(0));
    for variable in VARIABLES {
        let mut command = scene.command(&["group", "list", "--json"]);
        command.env(variable, "");
        assert_eq!(said(&mut command, "").0, Some(0), "{variable}");
    }
}

#[test]
fn every_variable_of_a_flag_is_tested() {
    fn collect(command: &clap::Command, found: &mut Vec<String>) {
        let names = command.get_arguments().filter_map(clap::Arg::get_env);
        found.extend(names.map(|name| name.to_string_lossy().into_owned()));
        command.get_subcommands().for_each(|below| collect(below, found));
    }
    let mut found = Vec::new();
    collect(&<claviger_cli::command_line::CommandLine as clap::CommandFactory>::command(), &mut found);
    assert!(!found.is_empty());
    for name in found {
        assert!(VARIABLES.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn version_and_help_are_commands_too() {
    let scene = Scene::start();
    let (code, output, _) = scene.say(&["version"], "");
    assert_eq!(
        (code, output.starts_with(concat!("claviger-cli ", env!("CARGO_PKG_VERSION")))),
        (Some(0), true)
    );
    for (words, flags) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "help"], &["--help"]),
        (&["help", "group"], &["group", "--help"]),
        (&["help", "credential", "create"], &["credential", "create", "--help"]),
    ] {
        assert_eq!(scene.say(words, ""), scene.say(flags, ""), "{words:?}");
    }
    let (code, output, errors) = scene.say(&["help", "nosuch"], "");
    assert_eq!((code, output.as_str(), errors.contains("nosuch")), (Some(2), "", true), "{errors}");
}

/// Called under the name of a helper, the program speaks of itself by its own name.
#[test]
fn helper_link_is_the_helper() {
    let scene = Scene::start();
    let link = scene.at("docker-credential-claviger");
    symlink(env!("CARGO_BIN_EXE_claviger-cli"), &link).expect("a link");
    let (code, output, _) = said(&mut scene.shell("./docker-credential-claviger version", &[]), "");
    assert_eq!((code, output.contains(env!("CARGO_PKG_VERSION"))), (Some(0), true));
}
