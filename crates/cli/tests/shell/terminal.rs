//! A pseudo-terminal with a person who types one line, and lists that fit its width.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::scene::Scene;

fn pair() -> (OwnedFd, File) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&screen).expect("a terminal");
    unlockpt(&screen).expect("a terminal");
    let name = ptsname(&screen, Vec::new()).expect("a name");
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    (screen, File::options().read(true).write(true).open(path).expect("its other side"))
}

/// What is typed waits in the terminal until the command reads it. Returns the exit code and the screen.
pub fn at_terminal(mut command: Command, columns: u16, typed: &str) -> (Option<i32>, String) {
    let (screen, side) = pair();
    let size = Winsize { ws_col: columns, ws_row: 24, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&screen, size).expect("a terminal");
    let mut screen = File::from(screen);
    screen.write_all(typed.as_bytes()).expect("it is typed");
    command.stdin(side.try_clone().expect("a descriptor")).stdout(side.try_clone().expect("a descriptor"));
    command.stderr(side);
    let mut child = command.spawn().expect("it starts");
    // The copies of this process are closed with it. Then the screen ends when the child does.
    drop(command);
    let (mut shown, mut some) = (Vec::new(), [0; 1_024]);
    while let Ok(count) = screen.read(&mut some) {
        shown.extend_from_slice(&some[..count]);
    }
    let status = child.wait().expect("a child");
    (status.code(), String::from_utf8_lossy(&shown).into_owned())
}

#[test]
fn list_fits_the_terminal_and_names_expiry_and_last_use() {
    let scene = Scene::start();
    for columns in [60, 80, 120, 300] {
        let mut command = scene.command(&["credential", "list"]);
        command.env("NO_COLOR", "1");
        let (code, shown) = at_terminal(command, columns, "");
        assert_eq!(code, Some(0), "{shown}");
        let lines = shown.lines().map(|line| line.trim_end().chars().count());
        assert!(lines.max() <= Some(usize::from(columns)), "{columns}:\n{shown}");
        for part in ["EXPIRES", "LAST USED", "never", crate::scene::ID] {
            assert!(columns < 120 || shown.contains(part), "{columns}: {part}\n{shown}");
        }
    }
    let (_, output, _) = scene.say(&["credential", "list"], "");
    assert_eq!(output.lines().count(), 2, "a pipe gets one line per row: {output}");
}
