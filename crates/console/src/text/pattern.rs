//! The `pattern` attribute that accepts one name alone.

/// Matches exactly this text, under the `v` flag that browsers use.
///
/// An escape that the flag does not know makes the whole pattern invalid, and an invalid pattern checks nothing: a
/// dash stays as it is.
pub fn exact_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if r"\^$.|?*+()[]{}/".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_is_escaped_and_nothing_else() {
        for (text, pattern) in [
            ("nightly-deploy", "nightly-deploy"),
            ("a.b*c", r"a\.b\*c"),
            (r"\^$.|?*+()[]{}/", r"\\\^\$\.\|\?\*\+\(\)\[\]\{\}\/"),
            ("naïve & \"quoted\" #1", "naïve & \"quoted\" #1"),
        ] {
            assert_eq!(exact_pattern(text), pattern);
        }
    }
}
