//! People, short.

/// The first letters of the first and the last word of the name, or of the address if the name is empty.
pub fn initials(name: &str, email: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let ends = match words[..] {
        [] => [email, ""],
        [only] => [only, ""],
        [first, .., last] => [first, last],
    };
    ends.iter().filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_first_and_last_word() {
        for (name, letters) in
            [("Ana Souza", "AS"), ("ana maria souza", "AS"), ("Ana", "A"), ("", "H"), ("李 小龙", "李小")]
        {
            assert_eq!(initials(name, "holder@acme.example"), letters, "{name}");
        }
    }
}
