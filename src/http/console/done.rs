//! After an act the browser goes on to a page that says what was done.

use claviger_console::{Address, Tone};

use crate::http::console::answer::Answer;
use crate::http::console::notes::with_note;
use crate::http::console::visit::Visit;

/// Goes on to a page that says `words` at its top.
pub fn go_on(visit: &Visit, address: Address, tone: Tone, words: &str) -> Answer {
    with_note(Answer::see_other(address), &visit.state, &visit.asked.realm, (tone, words))
}
