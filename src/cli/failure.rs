//! Why a command did not do what it was told, and the exit code that says so to scripts.

/// `0` is success. What is not in this list is never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Failure = 1,
    /// The command line itself is wrong: nothing was attempted.
    Usage = 2,
    NotFound = 3,
    NotSignedIn = 4,
    Forbidden = 5,
    Conflict = 6,
    /// The server refused a value.
    Invalid = 7,
    /// No answer, or one that says to come back later.
    Unreachable = 9,
}

/// One sentence that says what is wrong and what to type; it never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Adds a sentence that says what to type, if it failed for that reason.
    #[must_use]
    pub fn with_hint(mut self, reason: Exit, hint: &str) -> Self {
        if self.exit == reason {
            self.message.push_str(". ");
            self.message.push_str(hint);
        }
        self
    }
}
