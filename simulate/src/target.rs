//! Which servers a simulation runs against, and the key to them.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};

use crate::api::Api;

/// The servers, and the key to them.
#[derive(Debug, Clone, clap::Args)]
pub struct Target {
    /// A server; repeat it to spread the callers over several servers of one deployment
    #[arg(long = "url", value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = base_url)]
    pub urls: Vec<String>,
    /// The operator's API key; without it, the one that the server has generated in its data directory
    #[arg(long, value_name = "KEY", env = "FRONTDESK_OPERATOR_KEY", hide_env_values = true)]
    operator_key: Option<OperatorKey>,
    /// The server's data directory, where its generated operator key is
    #[arg(long, value_name = "DIR", env = "FRONTDESK_DATA_DIR", default_value = ".frontdesk")]
    data_dir: PathBuf,
}

#[derive(Clone)]
struct OperatorKey(String);

impl fmt::Debug for OperatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorKey(…)")
    }
}

impl FromStr for OperatorKey {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl Target {
    pub fn api(&self) -> anyhow::Result<Api> {
        Api::new(&self.urls, self.operator_key()?.0)
    }

    fn operator_key(&self) -> anyhow::Result<OperatorKey> {
        // An empty variable is how a shell says that there is none.
        if let Some(key) = self.operator_key.clone().filter(|key| !key.0.is_empty()) {
            return Ok(key);
        }
        let path = self.data_dir.join("operator-key");
        let found = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "no operator key: set FRONTDESK_OPERATOR_KEY, give --operator-key, or give --data-dir with \
                 the server's data directory ({} cannot be read)",
                path.display()
            )
        })?;
        match found.trim() {
            "" => bail!("no operator key: {} is empty", path.display()),
            key => Ok(OperatorKey(key.to_owned())),
        }
    }
}

/// An address of a server, without a slash at its end.
pub fn base_url(text: &str) -> Result<String, String> {
    let example = "it should be like http://127.0.0.1:8080";
    let url = reqwest::Url::parse(text).map_err(|error| format!("{error}; {example}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || url.query().is_some() {
        return Err(example.into());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_servers_and_end_without_a_slash() {
        assert_eq!(base_url("http://127.0.0.1:8080/"), Ok("http://127.0.0.1:8080".into()));
        assert_eq!(base_url("http://host/frontdesk/"), Ok("http://host/frontdesk".into()));
        for text in ["", "127.0.0.1:8080", "ftp://host", "http://host/?a=b"] {
            assert!(base_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_key_is_found_in_the_data_directory_or_its_absence_explained() {
        let directory = tempfile::tempdir().expect("a directory");
        let target = Target { urls: vec![], operator_key: None, data_dir: directory.path().to_owned() };
        assert!(target.operator_key().expect_err("none").to_string().contains("--operator-key"));
        std::fs::write(directory.path().join("operator-key"), "key-in-a-file\n").expect("written");
        assert_eq!(target.operator_key().expect("a key").0, "key-in-a-file");
    }
}
