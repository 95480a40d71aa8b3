//! Secrets that a person types or pastes at a terminal are not echoed.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use tempfile::TempDir;

use claviger_testkit::process::claviger;

/// A pseudo-terminal, as seen by the person who uses it.
pub struct Terminal {
    screen: OwnedFd,
    path: std::path::PathBuf,
}

impl Terminal {
    pub fn open() -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&screen).expect("a terminal");
        unlockpt(&screen).expect("a terminal");
        let name = ptsname(&screen, Vec::new()).expect("a name");
        Self { screen, path: std::ffi::OsStr::from_bytes(name.as_bytes()).into() }
    }

    pub fn side(&self) -> File {
        File::options().read(true).write(true).open(&self.path).expect("its other side")
    }

    fn hides(&self) -> bool {
        !tcgetattr(&self.screen).expect("a terminal").local_modes.contains(LocalModes::ECHO)
    }

    fn write(&self, text: &str) {
        File::from(self.screen.try_clone().expect("a descriptor"))
            .write_all(text.as_bytes())
            .expect("it is typed");
    }
}

/// Runs the command at a terminal, types once echo is off, and returns everything that the screen has shown.
fn typed(command: &mut Command, text: &str) -> String {
    let terminal = Terminal::open();
    command.stdin(terminal.side()).stdout(terminal.side()).stderr(terminal.side());
    let kept_open = terminal.side();
    let mut child = command.spawn().expect("the binary starts");
    let mut screen = File::from(terminal.screen.try_clone().expect("a descriptor"));
    let reader = std::thread::spawn(move || {
        let (mut shown, mut some) = (Vec::new(), [0; 1_024]);
        // The end is an error, since no process has the other side open any more.
        while let Ok(count) = screen.read(&mut some) {
            shown.extend_from_slice(&some[..count]);
        }
        shown
    });
    let begun = Instant::now();
    while !terminal.hides() {
        assert!(begun.elapsed() < Duration::from_secs(30), "what is typed would be shown");
        std::thread::sleep(Duration::from_millis(5));
    }
    terminal.write(text);
    child.wait().expect("a child");
    assert!(!terminal.hides(), "the terminal is as before");
    *command = Command::new("true");
    drop(kept_open);
    String::from_utf8_lossy(&reader.join().expect("the reader ends")).into_owned()
}

#[test]
fn no_prompt_shows_the_secret_that_it_asks_for() {
    let folder = TempDir::new().expect("a folder");
    let secret = "clvp_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab";
    let place = ["--url", "http://127.0.0.1:9", "--realm", "acme"];
    let prompts: [(&[&str], &str); 6] = [
        (&["login", "--with-token"], "\n"),
        (&["login", "--client-id", "0198a1c0-0000-7000-8000-000000000000"], "\n"),
        (&["group", "list", "--token-file", "-"], "\n"),
        (&["group", "list", "--token-file", "/dev/stdin"], "\n"),
        (&["token", "introspect", "--token-file", "-"], "\n"),
        (&["login", "--with-token"], "\u{3}"),
    ];
    for (arguments, end) in prompts {
        let mut command = claviger(folder.path());
        command.env("HOME", folder.path()).args(arguments).args(place);
        let shown = typed(&mut command, &format!("{secret}{end}"));
        assert!(shown.contains("It is not shown"), "{arguments:?}: {shown}");
        assert!(!shown.contains("0123456789"), "{arguments:?}: {shown}");
        assert_eq!(shown.contains("interrupted"), end == "\u{3}", "{arguments:?}: {shown}");
    }
}
