//! Hides secrets in text that repeats what a user has typed.

/// Hides parts that resemble a token or a key, for text that repeats user input.
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

/// Number of leading bytes that may be shown, and number of bytes after them to hide. Secrets of this server are
/// `clv?_` and 38 characters. All JWTs begin with `{"` in base64. URLs contain passwords before an `@`.
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
}
