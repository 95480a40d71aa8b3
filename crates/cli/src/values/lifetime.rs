//! Token lifetimes as typed: `15m`, `1h`, `900s`.

use std::fmt;
use std::str::FromStr;

use claviger_domain::TokenLifetime;
use serde::Serialize;

use crate::values::span::seconds;

/// Seconds. The server checks whether a token may have this lifetime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Lifetime(i64);

impl FromStr for Lifetime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || format!("\"{text}\" is not a length of time such as 15m, 1h or 900s");
        // No token lives for days.
        seconds(text).filter(|_| !text.ends_with('d')).map(Self).ok_or_else(malformed)
    }
}

impl Lifetime {
    pub fn of_seconds(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl From<TokenLifetime> for Lifetime {
    fn from(lifetime: TokenLifetime) -> Self {
        Self(lifetime.as_seconds())
    }
}

/// In the largest unit that leaves no remainder.
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            hours if hours % 3_600 == 0 => write!(f, "{}h", hours / 3_600),
            minutes if minutes % 60 == 0 => write!(f, "{}m", minutes / 60),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_a_number_and_a_unit() {
        for (text, seconds) in
            [("15m", 900), ("1h", 3_600), ("24h", 86_400), ("900s", 900), ("0s", 0), ("90m", 5_400)]
        {
            assert_eq!(text.parse(), Ok(Lifetime(seconds)), "{text}");
        }
        for text in [
            "",
            "m",
            "15",
            "15 m",
            "1.5h",
            "-15m",
            "+15m",
            "1d",
            "1h30m",
            "15M",
            "9223372036854775807h",
            "15ü",
        ] {
            assert!(text.parse::<Lifetime>().is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_of_time_are_shown_in_the_largest_whole_unit() {
        for (seconds, text) in [(900, "15m"), (3_600, "1h"), (86_400, "24h"), (5_400, "90m"), (901, "901s")] {
            assert_eq!(Lifetime(seconds).to_string(), text);
        }
    }
}
