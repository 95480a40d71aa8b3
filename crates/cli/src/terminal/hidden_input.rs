//! Reads a secret from a terminal without echoing what is typed or pasted.

use std::io::{BufReader, Error, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Where the input ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Enter.
    EndOfLine,
    /// Ctrl-D on a line of its own.
    EndOfInput,
}

const INTERRUPT: u8 = 3;

/// `input` is a terminal. Its settings are restored before this returns.
pub fn read_hidden(mut input: impl Read + AsFd, until: Until, most: u64) -> Result<Zeroizing<String>, Error> {
    let descriptor = input.as_fd().try_clone_to_owned()?;
    let _hidden = Hidden::begin(descriptor.as_fd())?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(most).unwrap_or_default()));
    for byte in BufReader::new(input.by_ref().take(most)).bytes() {
        match byte? {
            INTERRUPT => return Err(Error::new(ErrorKind::Interrupted, "interrupted")),
            b'\n' if until == Until::EndOfLine => break,
            byte => bytes.push(byte),
        }
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    Ok(Zeroizing::new(text.to_owned()))
}

struct Hidden<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn begin(terminal: BorrowedFd<'a>) -> Result<Self, Error> {
        let before = tcgetattr(terminal)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        hidden.local_modes.insert(LocalModes::ICANON | LocalModes::ECHONL);
        // Ctrl-C ends the line instead of the process. Otherwise the terminal would be left without echo.
        hidden.local_modes.remove(LocalModes::ISIG);
        hidden.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(terminal, OptionalActions::Now, &hidden)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
