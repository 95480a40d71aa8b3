//! Numbers and plurals.

/// Counts above this are shown as "1,000+".
const MAX_COUNTED: u64 = 1_000;

/// With a comma between thousands: `48,211`.
pub fn number(count: &u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// For tabs and totals: `1,000+` beyond a thousand.
pub fn capped(count: &u64) -> String {
    if *count > MAX_COUNTED { format!("{}+", number(&MAX_COUNTED)) } else { number(count) }
}

/// The number with its noun: `things(1, "day", "days")` is `1 day`.
pub fn things(count: &u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if *count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        for (count, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (48_211, "48,211"), (1_234_567, "1,234,567")]
        {
            assert_eq!(number(&count), text);
        }
    }

    #[test]
    fn counts_stop_after_a_thousand() {
        for (count, text) in [(96, "96"), (1_000, "1,000"), (1_001, "1,000+"), (u64::MAX, "1,000+")] {
            assert_eq!(capped(&count), text);
        }
    }

    #[test]
    fn one_is_singular() {
        for (count, text) in [(0, "0 days"), (1, "1 day"), (2, "2 days"), (2_000, "2,000 days")] {
            assert_eq!(things(&count, "day", "days"), text);
        }
    }
}
