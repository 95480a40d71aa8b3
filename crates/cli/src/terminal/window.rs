//! The width of the terminal that standard output goes to.

use std::io::{IsTerminal, stdout};

use rustix::termios::tcgetwinsize;

use crate::environment::columns;

/// Maximum width of help texts.
pub const MAX_WIDTH: usize = 110;

/// `None` if standard output is no terminal, or one of unknown width.
pub fn width() -> Option<usize> {
    let stdout = stdout();
    if !stdout.is_terminal() {
        return None;
    }
    let reported = tcgetwinsize(&stdout).ok().map(|size| usize::from(size.ws_col));
    reported.filter(|columns| *columns > 0).or_else(columns)
}
