//! Hides the secrets of a credential in the texts of a provider.

use std::collections::HashSet;
use std::fmt;
use std::fmt::Write;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// A part of a secret of this length is hidden wherever it stands.
const WINDOW: usize = 8;
const MAX_TEXT_CHARS: usize = 300;
const MASK: &str = "***";
/// What forms leave as it is.
const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'*');

/// A text of a provider, with secrets hidden and of bounded length. Only a [`Masker`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ProviderText(String);

impl ProviderText {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Knows each secret in the forms that providers repeat them in: as it is, percent-encoded, escaped for JSON, in hex,
/// and in Base64 at any offset. Parts of a secret are hidden as well, since providers shorten what they repeat.
#[derive(Default)]
pub struct Masker {
    windows: HashSet<[u8; WINDOW]>,
    /// Forms that are shorter than a window.
    short: Vec<String>,
}

impl Masker {
    pub fn add(&mut self, secret: &str) {
        for form in forms(secret) {
            if form.len() < WINDOW {
                self.short.push(form);
                continue;
            }
            self.windows.extend(
                form.as_bytes().windows(WINDOW).filter_map(|window| <[u8; WINDOW]>::try_from(window).ok()),
            );
        }
        self.short.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    pub fn text(&self, text: &str) -> ProviderText {
        let mut masked = self.without_parts(text);
        for form in self.short.iter().filter(|form| !form.is_empty()) {
            masked = masked.replace(form.as_str(), MASK);
        }
        let plain: String = masked.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let plain = plain.trim();
        if plain.chars().count() <= MAX_TEXT_CHARS {
            return ProviderText(plain.to_owned());
        }
        ProviderText(plain.chars().take(MAX_TEXT_CHARS).chain(['…']).collect())
    }

    /// A text that must stay as it is to be of use, such as an id: `None` if it contains a secret or is too long.
    pub fn unchanged(&self, text: &str) -> Option<ProviderText> {
        let masked = self.text(text);
        (masked.0 == text).then_some(masked)
    }

    fn without_parts(&self, text: &str) -> String {
        let bytes = text.as_bytes();
        let mut hidden = vec![false; bytes.len()];
        for (start, window) in bytes.windows(WINDOW).enumerate() {
            if <[u8; WINDOW]>::try_from(window).is_ok_and(|window| self.windows.contains(&window)) {
                hidden[start..start + WINDOW].fill(true);
            }
        }
        let mut masked = String::new();
        let mut was_hidden = false;
        for (at, character) in text.char_indices() {
            let is_hidden = hidden[at..at + character.len_utf8()].contains(&true);
            match (was_hidden, is_hidden) {
                (_, false) => masked.push(character),
                (false, true) => masked.push_str(MASK),
                (true, true) => {}
            }
            was_hidden = is_hidden;
        }
        masked
    }
}

fn forms(secret: &str) -> Vec<String> {
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let sparse = utf8_percent_encode(secret, UNRESERVED).to_string();
    let json = serde_json::Value::from(secret).to_string();
    let hex = secret.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let mut forms = vec![
        secret.to_owned(),
        lower_escapes(&percent),
        percent,
        lower_escapes(&sparse),
        sparse.replace("%20", "+"),
        sparse,
        json.replace('/', "\\/").trim_matches('"').to_owned(),
        json.trim_matches('"').to_owned(),
        secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
        hex.to_uppercase(),
        hex,
    ];
    for offset in 0..3 {
        let shifted = [&b"\0\0"[..offset], secret.as_bytes()].concat();
        for encoded in [BASE64_STANDARD.encode(&shifted), BASE64_URL_SAFE.encode(&shifted)] {
            // The characters at both ends also depend on what stands beside the secret.
            let whole = encoded.trim_end_matches('=').len();
            let first = if offset == 0 { 0 } else { offset + 1 };
            let last = if encoded.len() == whole { whole } else { whole - 1 };
            forms.push(encoded.get(first..last).unwrap_or_default().to_owned());
        }
    }
    forms
}

/// `%2F` as `%2f`.
fn lower_escapes(text: &str) -> String {
    let mut lowered = String::new();
    let mut left = 0;
    for c in text.chars() {
        lowered.push(if left > 0 { c.to_ascii_lowercase() } else { c });
        left = if c == '%' { 2 } else { left - i32::from(left > 0) };
    }
    lowered
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr/t+\"Key\"=Ünd~more0815";

    #[test]
    fn a_secret_is_hidden_in_each_form_that_providers_repeat() {
        let mut masker = Masker::default();
        masker.add(SECRET);
        let basic = BASE64_STANDARD.encode(format!("user:{SECRET}"));
        let longer = BASE64_URL_SAFE.encode(format!("someone@x:{SECRET}:y"));
        for form in forms(SECRET).into_iter().chain([basic, longer]) {
            let text = masker.text(&format!("the token '{form}' is not valid"));
            for window in form.as_bytes().windows(12).skip(8).take(form.len().saturating_sub(28)) {
                let part = String::from_utf8_lossy(window).into_owned();
                assert!(!text.as_str().contains(&part), "{form} in {text}");
            }
            assert!(
                text.as_str().starts_with("the token '") && text.as_str().ends_with("is not valid"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_shortened_secret_is_hidden() {
        let mut masker = Masker::default();
        masker.add("ghp_0123456789abcdef");
        assert_eq!(masker.text("bad: ghp_01234567...").as_str(), "bad: ***...");
        assert_eq!(masker.text("bad: 89abcdef").as_str(), "bad: ***");
    }

    #[test]
    fn a_short_secret_is_hidden_and_other_texts_are_kept() {
        let mut masker = Masker::default();
        masker.add("abc");
        assert_eq!(masker.text("no abc here").as_str(), "no *** here");
        assert_eq!(masker.text("nothing\nhere").as_str(), "nothing here");
        assert_eq!(masker.text(&"é".repeat(400)).as_str().chars().count(), MAX_TEXT_CHARS + 1);
        assert!(masker.unchanged("acme").is_some());
        assert!(masker.unchanged("xabcx").is_none());
    }
}
