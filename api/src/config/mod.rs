//! Configuration: from the environment and, if there is one, a file. It is read once, at start.
//!
//! Every setting stands in [`SETTINGS`]. What is not in it is refused, so that a misspelt name does not
//! silently mean its default.

mod listen;
mod settings;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use frontdesk_adapters::crypto::{MasterKey, MasterKeys};
use frontdesk_adapters::jobs;
use frontdesk_application::process::Role;
use poem::http::Uri;

use crate::http::cors::Origins;

pub use listen::Listen;
pub use settings::SETTINGS;
pub use source::{ConfigError, Source};

/// The shortest operator's key that is taken.
pub const OPERATOR_KEY_MIN: usize = 12;

#[derive(Debug, Clone)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub jobs: jobs::Settings,
    pub security: Security,
    pub log: Log,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub listen: Listen,
    pub role: Role,
    /// `None`: the address that is served on.
    pub public_url: Option<String>,
    pub origins: Origins,
    pub shutdown: Duration,
}

#[derive(Debug, Clone)]
pub struct Database {
    /// `None`: our own, in the data directory.
    pub url: Option<String>,
    pub connections: u32,
    pub migrate: bool,
    pub data_dir: PathBuf,
    pub redis_url: Option<String>,
}

#[derive(Clone)]
pub struct Security {
    /// `None`: generated and kept in the data directory.
    pub master_key: Option<MasterKey>,
    /// `None`: those that stand in the data directory, if any do.
    pub other_master_keys: Option<Vec<MasterKey>>,
    pub operator_key: Option<String>,
}

impl std::fmt::Debug for Security {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Security(…)")
    }
}

#[derive(Debug, Clone)]
pub struct Log {
    pub filter: String,
    pub json: bool,
}

impl Config {
    pub fn load(source: &Source) -> Result<Self, ConfigError> {
        let listen = match source.parsed::<u16>("port", "a port number")? {
            Some(port) => Listen { host: "0.0.0.0".to_owned(), port },
            None => source.parsed_by("listen", str::parse)?.unwrap_or_default(),
        };
        let public_url = source.text("public_url").or_else(|| source.text("render_external_url"));
        let data_dir = source.text("data_dir").unwrap_or_else(|| ".frontdesk".into());
        let config = Self {
            server: Server {
                listen,
                role: source
                    .one_of("role", &[("all", Role::All), ("api", Role::Api), ("worker", Role::Worker)])?
                    .unwrap_or(Role::All),
                public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
                origins: source.parsed_by("allowed_origins", Origins::parse)?.unwrap_or_default(),
                shutdown: Duration::from_secs(
                    source.parsed("shutdown_seconds", "a number of seconds")?.unwrap_or(25),
                ),
            },
            database: Database {
                url: source.text("database_url"),
                connections: source.parsed("database_connections", "a number")?.unwrap_or(20),
                migrate: source.one_of("migrate", &[("on-start", true), ("never", false)])?.unwrap_or(true),
                data_dir: data_dir.into(),
                redis_url: source.text("redis_url"),
            },
            jobs: jobs::Settings {
                concurrency: source.parsed("job_concurrency", "a number")?.unwrap_or(8),
                lease: Duration::from_secs(
                    source.parsed("job_lease_seconds", "a number of seconds")?.unwrap_or(30),
                ),
            },
            security: Security {
                master_key: source.parsed_by("master_key", MasterKey::parse)?,
                other_master_keys: source.parsed_by("other_master_keys", MasterKeys::parse_others)?,
                operator_key: source.text("operator_key"),
            },
            log: Log {
                filter: source.text("log").unwrap_or_else(|| "info".into()),
                json: source.one_of("log_format", &[("text", false), ("json", true)])?.unwrap_or(false),
            },
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let operator_key = self.security.operator_key.as_deref();
        if operator_key.is_some_and(|key| key.len() < OPERATOR_KEY_MIN) {
            return Err(ConfigError::bad(
                "operator_key",
                format!("it must have at least {OPERATOR_KEY_MIN} characters"),
            ));
        }
        if self.server.public_url.as_deref().is_some_and(|url| !is_base_url(url)) {
            return Err(ConfigError::bad(
                "public_url",
                "it should be http:// or https:// with a host, like https://frontdesk.example.com",
            ));
        }
        if self.database.url.is_some() && self.security.master_key.is_none() {
            return Err(ConfigError::bad(
                "master_key",
                "with DATABASE_URL it must be set, or what is encrypted today could not be read tomorrow; make one with `openssl rand -base64 32`",
            ));
        }
        if self.database.connections == 0 {
            return Err(ConfigError::bad("database_connections", "it must be at least 1"));
        }
        if self.jobs.concurrency == 0 {
            return Err(ConfigError::bad("job_concurrency", "it must be at least 1"));
        }
        if self.jobs.lease.is_zero() {
            return Err(ConfigError::bad("job_lease_seconds", "it must be at least 1"));
        }
        Ok(())
    }
}

/// An address that paths can be added to.
fn is_base_url(url: &str) -> bool {
    let is_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https"));
    url.parse::<Uri>().is_ok_and(|uri| is_web(&uri) && uri.host().is_some() && uri.query().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(&Source::from(variables, SETTINGS)?)
    }

    #[test]
    fn nothing_has_to_be_set() {
        let config = load(&[("HOME", "/root")]).expect("defaults");
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
        assert!(config.server.role.serves() && config.server.role.works() && config.database.migrate);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (variables, expected) in [
            (&[("FRONTDESK_LISTN", "x")][..], "FRONTDESK_LISTN"),
            (&[("FRONTDESK_LISTEN", "8080")], "FRONTDESK_LISTEN"),
            (
                &[("FRONTDESK_LISTEN", "localhost")],
                "like 127.0.0.1:8080 or localhost:8080, not \"localhost\"",
            ),
            (&[("FRONTDESK_ROLE", "boss")], "all, api or worker"),
            (&[("FRONTDESK_JOB_CONCURRENCY", "0")], "FRONTDESK_JOB_CONCURRENCY"),
            (&[("FRONTDESK_JOB_LEASE_SECONDS", "0")], "FRONTDESK_JOB_LEASE_SECONDS"),
            (&[("FRONTDESK_ALLOWED_ORIGINS", "app.example.com")], "FRONTDESK_ALLOWED_ORIGINS"),
            (&[("FRONTDESK_OPERATOR_KEY", "short")], "FRONTDESK_OPERATOR_KEY"),
            (&[("FRONTDESK_MASTER_KEY", "short")], "FRONTDESK_MASTER_KEY"),
            (&[("FRONTDESK_OTHER_MASTER_KEYS", "short")], "FRONTDESK_OTHER_MASTER_KEYS"),
            (&[("DATABASE_URL", "postgres://x/y")], "FRONTDESK_MASTER_KEY"),
            (&[("FRONTDESK_CONFIG", "/does/not/exist.toml")], "/does/not/exist.toml"),
        ] {
            let error = load(variables).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn hosting_platforms_are_understood() {
        let render = [
            ("PORT", "10000"),
            ("RENDER_EXTERNAL_URL", "https://frontdesk.onrender.com/"),
            ("DATABASE_URL", "postgres://x/y"),
            ("FRONTDESK_MASTER_KEY", MASTER_KEY),
        ];
        let config = load(&render).expect("a configuration");
        assert_eq!(config.server.listen.to_string(), "0.0.0.0:10000");
        assert_eq!(config.server.public_url.as_deref(), Some("https://frontdesk.onrender.com"));
    }

    #[test]
    fn a_public_url_that_leads_nowhere_is_refused() {
        for url in ["not a url", "ftp://example.com", "https://", "example.com", "https://example.com/?a=b"] {
            let error = load(&[("FRONTDESK_PUBLIC_URL", url)]).expect_err(url).to_string();
            assert!(error.contains("https://frontdesk.example.com"), "{error}");
        }
        let config = load(&[("FRONTDESK_PUBLIC_URL", "https://example.com:8443/desk/")]).expect("an address");
        assert_eq!(config.server.public_url.as_deref(), Some("https://example.com:8443/desk"));
    }

    #[test]
    fn a_file_is_read_and_the_environment_wins() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("frontdesk.toml");
        std::fs::write(&path, "role = \"worker\"\nshutdown_seconds = 7\n").expect("written");
        let file = ("FRONTDESK_CONFIG", path.to_str().expect("a path"));
        let config = load(&[file, ("FRONTDESK_ROLE", "api")]).expect("a configuration");
        assert_eq!((config.server.role, config.server.shutdown), (Role::Api, Duration::from_secs(7)));
        std::fs::write(&path, "rolle = \"worker\"\n").expect("written");
        assert!(load(&[file]).expect_err("refused").to_string().contains("rolle"));
    }

    #[test]
    fn every_setting_is_documented() {
        let page = include_str!("../../../docs/CONFIGURATION.md");
        for setting in SETTINGS {
            let row = format!(
                "| `{}` | `{}` | {} | {} |",
                setting.env, setting.name, setting.default, setting.help
            );
            assert!(page.contains(&row), "docs/CONFIGURATION.md lacks this row:\n{row}");
        }
        let rows = page.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, SETTINGS.len(), "docs/CONFIGURATION.md has rows for settings that do not exist");
    }
}
