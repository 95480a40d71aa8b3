//! Secrets that a person presents: read from standard input, a file or the environment, never from an argument.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::{IsTerminal, Read, stdin};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::hidden_input::{Until, read_hidden};
use crate::cli::terminal::output::Output;

/// A token or key as it was given. It is cloned by the parser of arguments alone, and shows itself nowhere.
#[derive(Clone)]
pub struct PresentedSecret(Zeroizing<String>);

impl PresentedSecret {
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// An empty variable is as good as none.
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

/// `-` is standard input, anything else a file.
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

/// More than any token, so that a wrong file is not read to its end.
const MAX_BYTES: u64 = 64 * 1024;

impl SecretSource {
    /// `what` names the secret in prompts and complaints: "token", "client key".
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

/// A terminal does not show what is typed.
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

/// Hides what looks like a token or a key, for text that repeats what was typed.
pub fn without_secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kept, hidden) = secret_at_start(rest).unwrap_or((first.len_utf8(), 0));
        shown.push_str(&rest[..kept]);
        if hidden > 0 {
            shown.push('…');
        }
        rest = &rest[kept + hidden..];
    }
    shown
}

/// How many bytes of it may be shown, and how many behind them not: our own secrets are `clv?_` and 38 characters, JWTs
/// all begin with `{"` in base64, and URLs hold passwords before an @.
fn secret_at_start(text: &str) -> Option<(usize, usize)> {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let length = text.bytes().take_while(is_part).count();
    match text.as_bytes() {
        [b'c', b'l', b'v', _, b'_', ..] if length > 10 => Some((5, length - 5)),
        [b'e', b'y', b'J', ..] if length > 20 => Some((3, length - 3)),
        [b':', b'/', b'/', ..] => {
            let authority =
                text[3..].split(|c: char| c.is_whitespace() || matches!(c, '/' | '\'' | '"')).next()?;
            authority.rfind('@').map(|at| (3, at))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_hidden_and_the_rest_stays() {
        let typed = "unexpected argument 'clvp_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab' found";
        assert_eq!(without_secrets(typed), "unexpected argument 'clvp_…' found");
        assert_eq!(without_secrets("\u{1b}[33mclvk_0123456789\u{1b}[0m"), "\u{1b}[33mclvk_…\u{1b}[0m");
        assert_eq!(without_secrets("a=eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln b"), "a=eyJ… b");
        for harmless in [
            "claviger token get --client-id 0198",
            "eyJ is short",
            "clvk_ alone",
            "ünïcode – clv",
            "http://h/a@b",
        ] {
            assert_eq!(without_secrets(harmless), harmless);
        }
    }

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
