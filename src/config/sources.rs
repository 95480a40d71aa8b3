//! Reads settings from flags, the environment and `claviger.toml`, in that order.

use std::str::FromStr;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::Value;

use crate::config::error::ConfigError;
use crate::config::flags::Flags;
use crate::config::known::known;
use crate::config::variables::{PREFIX, unknown_setting};

pub struct Sources {
    flags: Figment,
    environment: Figment,
    file: Figment,
}

impl Sources {
    pub fn read(flags: &Flags) -> Result<Self, ConfigError> {
        let file = Figment::from(Toml::file("claviger.toml"));
        let in_file =
            file.extract::<figment::value::Dict>().map_err(|error| ConfigError::File(error.to_string()))?;
        if let Some(unknown) = in_file.keys().find(|name| !known().any(|known| known == *name)) {
            return Err(ConfigError::Unknown { origin: "claviger.toml", name: unknown.clone() });
        }
        #[expect(clippy::disallowed_methods, reason = "this is the one file that reads settings")]
        let mut variables = std::env::vars_os();
        let unknown = variables.find_map(|(name, value)| {
            unknown_setting(name.to_str()?, &value.to_string_lossy()).map(|_| name)
        });
        if let Some(variable) = unknown {
            let name = variable.to_string_lossy().into_owned();
            return Err(ConfigError::Unknown { origin: "the environment", name });
        }
        Ok(Self {
            flags: Figment::from(Serialized::defaults(flags)),
            environment: Figment::from(Env::prefixed(PREFIX).only(&known().collect::<Vec<_>>())),
            file,
        })
    }

    #[cfg(test)]
    pub fn of_environment(environment: &[(&'static str, &str)]) -> Self {
        let mut figment = Figment::new();
        for (name, value) in environment {
            figment = figment.merge((*name, *value));
        }
        Self { flags: Figment::new(), environment: figment, file: Figment::new() }
    }

    pub fn get<T: FromStr>(&self, name: &'static str, expected: &str) -> Result<Option<T>, ConfigError> {
        match self.find(name) {
            None => Ok(None),
            Some((_, value)) => match value.parse() {
                Ok(parsed) => Ok(Some(parsed)),
                Err(_) => Err(self.invalid(name, value, expected)),
            },
        }
    }

    pub fn find(&self, name: &str) -> Option<(String, String)> {
        let flag = || format!("from the flag --{}", name.replace('_', "-"));
        let variable = || format!("from the environment, CLAVIGER_{}", name.to_uppercase());
        let found = |figment: &Figment| figment.find_value(name).ok().map(|value| as_text(&value));
        found(&self.flags)
            .map(|value| (flag(), value))
            .or_else(|| found(&self.environment).map(|value| (variable(), value)))
            .or_else(|| found(&self.file).map(|value| ("from claviger.toml".to_owned(), value)))
    }

    /// Database URLs may contain a password, so that value is not shown.
    pub fn invalid(&self, name: &'static str, value: String, expected: &str) -> ConfigError {
        let origin = self.find(name).map_or_else(String::new, |(origin, _)| origin);
        let value = if name == "database_url" { "…".to_owned() } else { without_user_info(&value) };
        ConfigError::Invalid { name, origin, value, expected: expected.to_owned() }
    }
}

/// A URL may contain a password before its host.
pub fn without_user_info(text: &str) -> String {
    match (text.rsplit_once('@'), text.split_once("://")) {
        (Some((_, rest)), Some((scheme, _))) => format!("{scheme}://…@{rest}"),
        (Some((_, rest)), None) => format!("…@{rest}"),
        (None, _) => text.to_owned(),
    }
}

/// A list in the file has the comma-separated form of the environment.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Char(_, c) => c.to_string(),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => number
            .to_i128()
            .map(|whole| whole.to_string())
            .or_else(|| number.to_u128().map(|whole| whole.to_string()))
            .or_else(|| number.to_f64().map(|number| number.to_string()))
            .unwrap_or_default(),
        Value::Array(_, items) => items.iter().map(as_text).collect::<Vec<_>>().join(","),
        Value::Empty(..) | Value::Dict(..) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guide_has_one_row_for_each_setting_and_for_nothing_else() {
        let guide = include_str!("../../docs/guides/settings.md");
        let rows = guide.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
        let mut described: Vec<&str> =
            rows.flat_map(|names| names.split(", ")).map(|name| name.trim_matches('`')).collect();
        let mut known: Vec<_> = known().collect();
        described.sort_unstable();
        known.sort_unstable();
        assert_eq!(described, known, "docs/guides/settings.md");
    }
}
