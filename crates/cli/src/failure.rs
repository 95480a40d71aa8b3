//! Why a command failed, and the exit code that reports it to scripts.

/// `0` is success. No code outside this list is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Failure = 1,
    /// The command line itself is invalid. Nothing was attempted.
    Usage = 2,
    NotFound = 3,
    NotSignedIn = 4,
    Forbidden = 5,
    Conflict = 6,
    /// The server refused a value.
    Invalid = 7,
    /// No response, or one that asks to retry later.
    Unreachable = 9,
    /// Of `claviger run`, as shells report it: the command exists but cannot be started.
    NotExecutable = 126,
    /// Of `claviger run`, as shells report it.
    CommandNotFound = 127,
}

/// One sentence: what is wrong, and what to type. It never contains a secret.
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

    /// Appends a sentence that says what to type, if the command failed for that reason.
    #[must_use]
    pub fn with_hint(self, reason: Exit, hint: &str) -> Self {
        if self.exit == reason { self.and(hint) } else { self }
    }

    /// Appends a sentence.
    #[must_use]
    pub fn and(mut self, sentence: &str) -> Self {
        self.message.push_str(". ");
        self.message.push_str(sentence);
        self
    }
}
