//! Which profile of `claviger login` a command uses: its name, or its file.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

/// A file name without surprises. It begins with a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileName(String);

const MAX_LENGTH: usize = 64;

impl ProfileName {
    pub fn default_name() -> Self {
        Self("default".to_owned())
    }

    pub fn is_default(&self) -> bool {
        *self == Self::default_name()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        match begins && plain && text.len() <= MAX_LENGTH {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "a profile's name has at most {MAX_LENGTH} letters, digits and . _ -, and begins with a letter or digit"
            )),
        }
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileChoice {
    Named(ProfileName),
    /// Whatever has a slash, or ends as JSON files do.
    File(PathBuf),
}

impl FromStr for ProfileChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.contains('/') || text.ends_with(".json") {
            true => Ok(Self::File(text.into())),
            false => text.parse().map(Self::Named),
        }
    }
}

#[derive(Clone, Debug, Default, Args)]
pub struct ProfileFlag {
    /// Profile of `claviger login` to use: its name, or a file [default: the one that `claviger profile use` selected]
    #[arg(
        long = "profile",
        id = "profile_of_login",
        global = true,
        env = "CLAVIGER_PROFILE",
        hide_env_values = true,
        value_name = "NAME"
    )]
    pub choice: Option<ProfileChoice>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_paths_are_files() {
        for name in ["default", "prod", "acme.eu-1", "7", "A_b"] {
            let named = name.parse().map(ProfileChoice::Named);
            assert_eq!(name.parse(), named, "{name}");
            assert!(named.is_ok(), "{name}");
        }
        for file in ["/tmp/p", "./p", "profile.json", "../x.json", "~/p"] {
            assert_eq!(file.parse(), Ok(ProfileChoice::File(file.into())), "{file}");
        }
        for bad in ["", "-x", ".hidden", "a b", "ä", "a\\b", &"a".repeat(65)] {
            assert!(bad.parse::<ProfileChoice>().is_err(), "{bad}");
        }
    }
}
