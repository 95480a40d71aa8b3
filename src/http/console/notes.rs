//! What an act did, for the page that follows it, which says it once. It travels in a cookie, so that any node can.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use claviger_console::{Note, Tone};

use crate::http::console::answer::Answer;
use crate::http::console::cookies;
use crate::http::state::AppState;

/// Longer words are left out: browsers drop cookies of more than 4 KiB.
const MAX_WORDS: usize = 1_000;

/// With the words, for the page that it leads to.
pub fn with_note(answer: Answer, state: &AppState, realm: &str, (tone, words): (Tone, &str)) -> Answer {
    if words.len() > MAX_WORDS {
        return answer;
    }
    let pairs = [("tone", tone.to_string()), ("words", words.to_owned())];
    let value = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    answer.with_cookie(cookies::noted(state, realm, value))
}

pub fn note(request: &HttpRequest, state: &AppState, realm: &str) -> Option<Note> {
    let value = cookies::note(request, state, realm)?;
    let pairs: Vec<_> = form_urlencoded::parse(value.as_bytes()).collect();
    let find = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| &**value);
    let tone = find("tone")?;
    let tone = [Tone::Ok, Tone::Warn, Tone::Bad].into_iter().find(|known| known.to_string() == tone)?;
    Some(Note { tone, words: find("words")?.to_owned(), receipt: None })
}

/// Deletes what was shown.
pub fn shown(state: &AppState, realm: &str) -> Cookie<'static> {
    cookies::noted(state, realm, String::new())
}
