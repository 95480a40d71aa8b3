//! All output of a command. The only place that formats errors for the command line.

use std::fmt::Display;
use std::io::{self, Stderr, Stdout, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitCode;

use anstream::AutoStream;
use clap::builder::styling::Style;
use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::server::answer::Answer;
use crate::terminal::affected::write_dry_run;
use crate::terminal::cell::{BAD, BOLD, DIM, on_one_line};
use crate::terminal::creation::Creation;
use crate::terminal::page::Page;
use crate::terminal::redaction::without_secrets;
use crate::terminal::window::width;

/// Results go to standard output, notes and errors to standard error. Color is used only if a terminal shows it and
/// `NO_COLOR` does not forbid it.
pub struct Output {
    program: String,
    stdout: AutoStream<Stdout>,
    stderr: AutoStream<Stderr>,
    json: bool,
    /// The reader of standard output has closed it. Further output is discarded.
    closed: bool,
}

/// The name under which messages and examples are written.
pub const PROGRAM: &str = "claviger";

/// Text form of an API response.
pub trait Readable: DeserializeOwned {
    fn write(&self, page: &mut Page);
}

impl Output {
    /// `program` is the name that this program was called by.
    pub fn standard(program: String) -> Self {
        Self {
            program,
            stdout: AutoStream::auto(io::stdout()),
            stderr: AutoStream::auto(io::stderr()),
            json: false,
            closed: false,
        }
    }

    /// After this call responses are printed byte for byte.
    pub fn prefer_json(&mut self, json: bool) {
        self.json = json;
    }

    /// The name that this program was called by.
    pub fn program(&self) -> &str {
        &self.program
    }

    pub fn wants_json(&self) -> bool {
        self.json
    }

    pub fn answer<T: Readable>(&mut self, answer: &Answer) -> Result<(), Failure> {
        self.answer_with(answer, |page, object: T| object.write(page))
    }

    pub fn answer_with<T: DeserializeOwned>(
        &mut self,
        answer: &Answer,
        write: impl FnOnce(&mut Page, T),
    ) -> Result<(), Failure> {
        let text = self.form(answer, write)?;
        self.write(&text)
    }

    /// For an answer with a secret that is shown only once. If it cannot be printed, the command fails, and says what
    /// exists now and what to do about it.
    pub fn created<T: DeserializeOwned>(
        &mut self,
        creation: &Creation,
        answer: &Answer,
        write: impl FnOnce(&mut Page, T),
    ) -> Result<(), Failure> {
        let printed = self.form(answer, write).and_then(|text| self.deliver(&text));
        printed.map_err(|failure| failure.and(&creation.lost(answer)))
    }

    /// Prints a line with a secret. `lost` is said if it cannot be printed.
    pub fn secret(&mut self, line: &str, lost: &str) -> Result<(), Failure> {
        let text = Zeroizing::new(format!("{}\n", line.trim_end_matches('\n')));
        self.deliver(&text).map_err(|failure| failure.and(lost))
    }

    /// The bytes of the answer if JSON is preferred, otherwise a page.
    fn form<T: DeserializeOwned>(
        &self,
        answer: &Answer,
        write: impl FnOnce(&mut Page, T),
    ) -> Result<Zeroizing<String>, Failure> {
        let text = match self.json {
            true => format!("{}\n", answer.as_str().trim_end_matches('\n')),
            false => {
                let mut page = Page::default();
                match answer.is_dry_run() {
                    true => write_dry_run(&mut page, &answer.decode()?),
                    false => write(&mut page, answer.decode()?),
                }
                self.with_program(&page.text(width()))
            }
        };
        Ok(Zeroizing::new(text))
    }

    /// Prints an object that this command built itself, if JSON is preferred.
    pub fn json(&mut self, object: &impl Serialize) -> Result<(), Failure> {
        match serde_json::to_string(object) {
            Ok(text) => self.line(&text),
            Err(error) => Err(Failure::new(Exit::Failure, error.to_string())),
        }
    }

    /// What a command did: a sentence, or an object if JSON is preferred.
    pub fn report(&mut self, sentence: &str, object: &impl Serialize) -> Result<(), Failure> {
        if self.json { self.json(object) } else { self.line(sentence) }
    }

    pub fn page(&mut self, page: &Page) -> Result<(), Failure> {
        let text = self.with_program(&page.text(width()));
        self.write(&text)
    }

    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.write(&format!("{}\n", text.trim_end_matches('\n')))
    }

    /// For the person at the terminal. It never goes to standard output.
    pub fn note(&mut self, text: &str) {
        self.complain(DIM, text);
    }

    /// For the person at the terminal, before a question.
    pub fn aside(&mut self, page: &Page) {
        let text = self.with_program(&page.text(width()));
        let _ = self.stderr.write_all(text.as_bytes()).and_then(|()| self.stderr.flush());
    }

    /// A question whose answer is typed behind it. It may repeat what was typed before.
    pub fn prompt(&mut self, question: &str) {
        let question = on_one_line(without_secrets(question));
        let _ = write!(self.stderr, "{BOLD}{question}{BOLD:#}").and_then(|()| self.stderr.flush());
    }

    pub fn failed(&mut self, failure: &Failure) -> ExitCode {
        self.complain(Style::new(), &format!("{BAD}error:{BAD:#} {}", failure.message));
        ExitCode::from(failure.exit as u8)
    }

    /// Help and version texts arrive here too. They were requested, so they go to standard output.
    pub fn parsed(&mut self, error: &clap::Error) -> ExitCode {
        let text = self.with_program(&without_secrets(&error.render().ansi().to_string()));
        if !error.use_stderr() {
            let outcome = self.help(error);
            return self.done(outcome);
        }
        // If standard error is closed too, only the exit code reports the failure.
        let _ = self.stderr.write_all(text.as_bytes()).and_then(|()| self.stderr.flush());
        ExitCode::from(Exit::Usage as u8)
    }

    /// Prints a text of the parser that was requested, or reports the error that it is instead.
    pub fn help(&mut self, text: &clap::Error) -> Result<(), Failure> {
        let shown = self.with_program(&without_secrets(&text.render().ansi().to_string()));
        if text.use_stderr() {
            let shown = anstream::adapter::strip_str(&shown).to_string();
            return Err(Failure::usage(shown.trim_start_matches("error: ").trim_end()));
        }
        self.write(&shown)
    }

    pub fn done(&mut self, outcome: Result<(), Failure>) -> ExitCode {
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => self.failed(&failure),
        }
    }

    /// A reader that has seen enough is no error.
    fn write(&mut self, text: &str) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        match self.try_write(text) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            written => written.map_err(|error| unwritable(&error)),
        }
    }

    /// As `write`, but a reader that is gone is an error too.
    fn deliver(&mut self, text: &str) -> Result<(), Failure> {
        if was_closed_at_start(io::stdout().as_fd()) {
            return Err(unwritable(&"it is closed"));
        }
        self.try_write(text).map_err(|error| unwritable(&error))
    }

    fn try_write(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes()).and_then(|()| self.stdout.flush())
    }

    /// Texts name commands of `claviger`. Under another name they are commands of that program.
    fn with_program(&self, text: &str) -> String {
        if self.program == PROGRAM {
            return text.to_owned();
        }
        let (quoted, substituted) = (format!("`{PROGRAM} "), format!("$({PROGRAM} "));
        let renamed = |line: &str| {
            let line = line.replace(&quoted, &quoted.replace(PROGRAM, &self.program));
            let line = line.replace(&substituted, &substituted.replace(PROGRAM, &self.program));
            // An example is indented.
            match line.trim_start().strip_prefix(PROGRAM) {
                Some(rest) if line.starts_with("  ") && rest.starts_with(' ') => {
                    line.replacen(PROGRAM, &self.program, 1)
                }
                _ => line,
            }
        };
        text.split('\n').map(renamed).collect::<Vec<_>>().join("\n")
    }

    fn complain(&mut self, style: Style, text: &str) {
        let text = self.with_program(text);
        // As above: standard error may be closed.
        let _ = writeln!(self.stderr, "{style}{text}{style:#}").and_then(|()| self.stderr.flush());
    }
}

fn unwritable(error: &dyn Display) -> Failure {
    Failure::new(Exit::Failure, format!("standard output cannot be written: {error}"))
}

/// In place of a closed descriptor the runtime of this language opens /dev/null for reading and writing. A shell opens
/// it for writing only.
fn was_closed_at_start(stdout: BorrowedFd<'_>) -> bool {
    let opened = fcntl_getfl(stdout).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR);
    let device = fstat(stdout).map(|known| known.st_rdev);
    let null = stat("/dev/null").map(|known| known.st_rdev);
    opened && device.is_ok_and(|device| Ok(device) == null)
}
