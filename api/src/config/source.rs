//! Where settings come from, and what is said about those that are wrong.

use std::collections::BTreeMap;
use std::str::FromStr;

use frontdesk_domain::languages::list;

use super::settings::{SETTINGS, Setting};

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is not a setting; docs/CONFIGURATION.md lists all of them")]
    Unknown(String),
    #[error("{env}: {reason}")]
    Bad { env: String, reason: String },
    #[error("the configuration file {path} cannot be read: {reason}")]
    File { path: String, reason: String },
}

impl ConfigError {
    pub fn bad(name: &str, reason: impl Into<String>) -> Self {
        let env = SETTINGS.iter().find(|setting| setting.name == name).map_or(name, |setting| setting.env);
        Self::Bad { env: env.to_owned(), reason: reason.into() }
    }
}

/// The settings that were made, by name.
#[derive(Debug, Clone, Default)]
pub struct Source {
    values: BTreeMap<&'static str, String>,
}

impl Source {
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::from(std::env::vars(), SETTINGS)
    }

    pub fn from(
        variables: impl Iterator<Item = (String, String)>,
        settings: &[Setting],
    ) -> Result<Self, ConfigError> {
        let mut source = Self::default();
        for (env, value) in variables {
            match settings.iter().find(|setting| setting.env == env) {
                // An empty variable is how a shell says that there is none.
                Some(_) if value.trim().is_empty() => {}
                Some(setting) => drop(source.values.insert(setting.name, value)),
                None if env.starts_with("FRONTDESK_") => return Err(ConfigError::Unknown(env)),
                None => {}
            }
        }
        if let Some(path) = source.values.get("config").cloned() {
            source.read_file(&path, settings)?;
        }
        Ok(source)
    }

    fn read_file(&mut self, path: &str, settings: &[Setting]) -> Result<(), ConfigError> {
        let unreadable = |reason: String| ConfigError::File { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| unreadable(error.to_string()))?;
        for (name, value) in table {
            let setting =
                settings.iter().find(|setting| setting.name == name).ok_or(ConfigError::Unknown(name))?;
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                other => {
                    return Err(unreadable(format!(
                        "{} must be a text or a number, not {}",
                        setting.name,
                        other.type_str()
                    )));
                }
            };
            self.values.entry(setting.name).or_insert(value);
        }
        Ok(())
    }

    /// A setting made on the command line.
    pub fn set(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }

    /// As if it had never been set.
    pub fn unset(&mut self, name: &'static str) {
        self.values.remove(name);
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    pub fn parsed<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, ConfigError> {
        self.parsed_by(name, |text| {
            text.trim().parse().map_err(|_| format!("it must be {expected}, not {text:?}"))
        })
    }

    pub fn parsed_by<T, E: std::fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        self.values
            .get(name)
            .map(|text| parse(text).map_err(|error| ConfigError::bad(name, error.to_string())))
            .transpose()
    }

    pub fn one_of<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.values.get(name) else { return Ok(None) };
        let choice = choices.iter().find(|(word, _)| word == text).map(|(_, choice)| *choice);
        choice.map(Some).ok_or_else(|| {
            let words: Vec<String> = choices.iter().map(|(word, _)| (*word).to_owned()).collect();
            ConfigError::bad(name, format!("it must be {}, not {text:?}", list(&words, "or")))
        })
    }
}
