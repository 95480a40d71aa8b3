//! A position in the change log.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Counted from 1, without gaps, one per change; 0 is the empty log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(u64);

impl Position {
    pub const ZERO: Self = Self(0);

    /// After every position of a log: the largest integer that every JSON reader represents exactly.
    pub const END: Self = Self((1 << 53) - 1);

    pub const fn new(position: u64) -> Self {
        Self(position)
    }

    pub const fn as_u64(self) -> u64 {
        self.0
    }

    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
