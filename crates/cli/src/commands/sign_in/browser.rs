//! Opens an address in the browser of the person at the terminal.

use std::process::{Command, Stdio};
use std::thread;

const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Whether a program was started that opens it. The address is shown anyway: a browser may still not come.
pub fn open(address: &str) -> bool {
    let opener = Command::new(OPENER)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut opener) = opener else { return false };
    thread::spawn(move || opener.wait());
    true
}
