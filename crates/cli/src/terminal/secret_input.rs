//! Secrets that a person presents: read from standard input, a file or the environment, never from an argument.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::{IsTerminal, Read, stdin};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::terminal::hidden_input::{Until, read_hidden};
use crate::terminal::output::Output;

/// A token or key as given. Only the argument parser clones it. It is never displayed.
#[derive(Clone)]
pub struct PresentedSecret(Zeroizing<String>);

impl PresentedSecret {
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// An empty variable counts as unset.
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for PresentedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedSecret(…)")
    }
}

impl FromStr for PresentedSecret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Zeroizing::new(text.trim().to_owned())))
    }
}

/// `-` is standard input, anything else a file path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    StandardInput,
    File(PathBuf),
}

impl FromStr for SecretSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::StandardInput } else { Self::File(text.into()) })
    }
}

/// More than any token, so that an unrelated file is not read to its end.
const MAX_BYTES: u64 = 64 * 1024;

impl SecretSource {
    /// `what` names the secret in prompts and error messages: "token", "client key".
    pub fn read(&self, what: &str, output: &mut Output) -> Result<PresentedSecret, Failure> {
        let (from, text) = self.read_text(what, Until::EndOfLine, output)?;
        match text.trim() {
            "" => Err(Failure::usage(format!("{from} is empty: it must hold the {what}"))),
            trimmed if trimmed.contains(char::is_whitespace) => {
                Err(Failure::usage(format!("{from} must hold the {what} and nothing else")))
            }
            trimmed => Ok(PresentedSecret(Zeroizing::new(trimmed.to_owned()))),
        }
    }

    /// For secrets of several lines.
    pub fn read_document(&self, what: &str, output: &mut Output) -> Result<Zeroizing<String>, Failure> {
        Ok(self.read_text(what, Until::EndOfInput, output)?.1)
    }

    fn read_text(
        &self,
        what: &str,
        until: Until,
        output: &mut Output,
    ) -> Result<(String, Zeroizing<String>), Failure> {
        let from = match self {
            Self::StandardInput => "standard input".to_owned(),
            Self::File(path) => path.display().to_string(),
        };
        let read = match self {
            Self::StandardInput => read_from(stdin(), what, until, output),
            Self::File(path) => File::open(path).and_then(|file| read_from(file, what, until, output)),
        };
        let text = read.map_err(|error| {
            Failure::new(Exit::Failure, format!("the {what} cannot be read from {from}: {error}"))
        })?;
        Ok((from, text))
    }
}

/// A terminal does not echo the input.
fn read_from(
    input: impl Read + AsFd + IsTerminal,
    what: &str,
    until: Until,
    output: &mut Output,
) -> Result<Zeroizing<String>, std::io::Error> {
    if !input.is_terminal() {
        let mut text = Zeroizing::new(String::new());
        input.take(MAX_BYTES).read_to_string(&mut text)?;
        return Ok(text);
    }
    let end = if until == Until::EndOfLine { "press Enter" } else { "press Enter and Ctrl-D" };
    output.note(&format!("Paste the {what}, then {end}. It is not shown."));
    read_hidden(input, until, MAX_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presented_secret_is_trimmed_and_mute() {
        let secret: PresentedSecret = " clvp_x\n".parse().expect("always");
        assert_eq!(secret.expose(), "clvp_x");
        assert_eq!(format!("{secret:?}"), "PresentedSecret(…)");
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!("-".parse(), Ok(SecretSource::StandardInput));
        assert_eq!("key.txt".parse(), Ok(SecretSource::File("key.txt".into())));
    }
}
