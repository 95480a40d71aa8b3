//! Lengths of time as typed: `14d`, `12h`, `90m`, `30s`.

use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(i64);

/// Longer than anything that expires.
const MAX_SECONDS: i64 = 3_650 * 86_400;

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed =
            || format!("\"{text}\" is not a length of time of at most 3650 days, such as 14d or 12h");
        seconds(text).filter(|seconds| *seconds <= MAX_SECONDS).map(Self).ok_or_else(malformed)
    }
}

/// A whole number and a unit.
pub fn seconds(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1))?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let digits_only = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<i64>().ok().filter(|_| digits_only)?.checked_mul(unit)
}

impl Span {
    pub const fn as_seconds(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_number_and_a_unit() {
        for (text, seconds) in
            [("14d", 1_209_600), ("12h", 43_200), ("90m", 5_400), ("0s", 0), ("3650d", MAX_SECONDS)]
        {
            assert_eq!(text.parse(), Ok(Span(seconds)), "{text}");
        }
        for text in
            ["", "d", "14", "14 d", "-1d", "+1d", "1.5d", "1w", "3651d", "9223372036854775807d", "1d2h"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
