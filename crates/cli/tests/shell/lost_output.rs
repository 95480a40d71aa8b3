//! Standard output that cannot be written: no command loses what it prints and reports success.

use std::fs::File;
use std::io::pipe;

use crate::commands::{Prints, prepare, samples};
use crate::scene::{OTHER_ID, SECRET, Said, Scene, said};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sink {
    Full,
    NoReader,
    Closed,
}

fn run(scene: &Scene, arguments: &[&str], input: &str, sink: Sink) -> Said {
    let mut command = scene.command(arguments);
    match sink {
        Sink::Full => {
            command.stdout(File::options().write(true).open("/dev/full").expect("a device"));
        }
        Sink::NoReader => {
            let (reader, writer) = pipe().expect("a pipe");
            drop(reader);
            command.stdout(writer);
        }
        Sink::Closed => command = scene.shell("exec \"$0\" \"$@\" >&-", arguments),
    }
    said(&mut command, input)
}

#[test]
fn every_command_fails_if_its_output_cannot_be_written() {
    for sample in samples().iter().filter(|sample| sample.prints != Prints::Nothing) {
        let scene = Scene::start();
        prepare(&scene);
        let (code, _, errors) = run(&scene, &sample.arguments, sample.input, Sink::Full);
        assert_eq!(code, Some(1), "{}: {errors}", sample.name);
        assert!(errors.contains("standard output cannot be written"), "{}: {errors}", sample.name);
        assert!(!errors.contains(SECRET), "{}: {errors}", sample.name);
    }
    for text in [&["--help"][..], &["--version"], &["group", "--help"]] {
        assert_eq!(run(&Scene::start(), text, "", Sink::Full).0, Some(1), "{text:?}");
    }
}

#[test]
fn reader_that_has_seen_enough_is_an_error_only_for_a_secret() {
    for sample in samples() {
        let scene = Scene::start();
        prepare(&scene);
        let (code, _, errors) = run(&scene, &sample.arguments, sample.input, Sink::NoReader);
        match sample.prints {
            Prints::Result => assert_eq!((code, errors.contains("error:")), (Some(0), false), "{errors}"),
            Prints::SecretOfObject | Prints::Token => assert_eq!(code, Some(1), "{}", sample.name),
            Prints::Nothing => {}
        }
        assert!(!errors.contains(SECRET), "{}: {errors}", sample.name);
    }
}

#[test]
fn lost_secret_is_reported_with_its_object_and_a_remedy() {
    for sample in samples().iter().filter(|sample| sample.prints == Prints::SecretOfObject) {
        for sink in [Sink::Full, Sink::NoReader, Sink::Closed] {
            let (code, _, errors) = run(&Scene::start(), &sample.arguments, sample.input, sink);
            assert_eq!(code, Some(1), "{} {sink:?}: {errors}", sample.name);
            assert!(errors.contains(OTHER_ID), "{} {sink:?}: {errors}", sample.name);
            let acts = ["revoke", "delete", "renew"].map(|verb| format!("{verb} {OTHER_ID}"));
            assert!(acts.iter().any(|act| errors.contains(act)), "{} {sink:?}: {errors}", sample.name);
            assert!(errors.contains("`claviger-cli "), "{} {sink:?}: {errors}", sample.name);
        }
    }
}
