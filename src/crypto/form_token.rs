//! The text that shows that a form was made for a session: derived from the session's secret, so that nothing is stored.

use ring::hmac;

const MEANING: &[u8] = b"form of the console";

/// 64 hexadecimal digits.
pub fn form_token(secret: &str) -> String {
    let tag = hmac::sign(&key(secret), MEANING);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// In constant time.
pub fn is_form_token(secret: &str, presented: &str) -> bool {
    let digit = |at: usize| presented.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let bytes: Option<Vec<u8>> = (0..32).map(|index| digit(index * 2)).collect();
    bytes.is_some_and(|bytes| presented.len() == 64 && hmac::verify(&key(secret), MEANING, &bytes).is_ok())
}

fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_of_one_secret() {
        let token = form_token("clvs_a");
        assert_eq!(token.len(), 64);
        assert!(is_form_token("clvs_a", &token));
        for wrong in
            ["", "ä", &token[1..], &format!("{token}0"), &token.replace('0', "1"), &form_token("clvs_b")]
        {
            assert!(!is_form_token("clvs_a", wrong) || wrong == token, "{wrong}");
        }
        assert!(!is_form_token("clvs_b", &token));
    }
}
