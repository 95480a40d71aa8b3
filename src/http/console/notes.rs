//! What an act did, for the page that follows it, which says it once. It travels in a cookie, so that any node can.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
    // No character of it has a meaning in a cookie, whatever names the words have.
    let value = URL_SAFE_NO_PAD.encode(format!("{tone}\n{words}"));
    answer.with_cookie(cookies::noted(state, realm, value))
}

pub fn note(request: &HttpRequest, state: &AppState, realm: &str) -> Option<Note> {
    let value = cookies::note(request, state, realm)?;
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
    let (tone, words) = text.split_once('\n')?;
    let tone = [Tone::Ok, Tone::Warn, Tone::Bad].into_iter().find(|known| known.to_string() == tone)?;
    Some(Note { tone, words: words.to_owned(), receipt: None })
}

/// Deletes what was shown.
pub fn shown(state: &AppState, realm: &str) -> Cookie<'static> {
    cookies::noted(state, realm, String::new())
}
