//! Ids as lists show them.

/// How many characters lists show.
const SHOWN: usize = 8;

/// An ellipsis and the last 8 characters: ids of version 7 begin alike.
pub fn short_id(id: &str) -> String {
    let skipped = id.chars().count().saturating_sub(SHOWN);
    if skipped == 0 { id.to_owned() } else { format!("…{}", id.chars().skip(skipped).collect::<String>()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_is_shown() {
        for (id, short) in [
            ("019c2f6a-7b1e-7c40-9d55-2f0a6c1e88b3", "…6c1e88b3"),
            ("12345678", "12345678"),
            ("", ""),
            ("ααααααααα", "…αααααααα"),
        ] {
            assert_eq!(short_id(id), short);
        }
    }
}
