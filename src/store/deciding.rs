//! Marks threads that decide an act, and so hold the lock on the head of the log.

use std::cell::Cell;

thread_local! {
    static DECIDING: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread while an act is decided.
pub struct Deciding;

impl Deciding {
    pub fn begin() -> Self {
        DECIDING.set(true);
        Self
    }
}

impl Drop for Deciding {
    fn drop(&mut self) {
        DECIDING.set(false);
    }
}

/// Fails every test in which a decision uses another connection: all writers wait for it.
pub fn assert_not_deciding() {
    debug_assert!(!DECIDING.get(), "an act that is being decided uses another connection");
}
