//! The keys of a deployment: configured, or generated once and kept in the data directory.

use std::path::Path;

use anyhow::Context;
use frontdesk_adapters::crypto::{MasterKey, MasterKeys, random_secret};

use crate::config::Config;

pub struct Secrets {
    pub master_keys: MasterKeys,
    pub operator_key: Option<String>,
    /// The operator's key was made just now.
    pub is_new: bool,
}

impl Secrets {
    pub fn load(config: &Config) -> anyhow::Result<Self> {
        let (security, home) = (&config.security, &config.database.data_dir);
        let master_key = match &security.master_key {
            Some(key) => key.clone(),
            None => {
                let (text, _) = kept(&home.join("master-key"), || MasterKey::generate().to_base64())?;
                MasterKey::parse(&text).context("the master key in the data directory is damaged")?
            }
        };
        let other_master_keys = match &security.other_master_keys {
            Some(keys) => keys.clone(),
            None => others_kept(&home.join("other-master-keys"))?,
        };
        let (operator_key, is_new) = match &security.operator_key {
            Some(key) => (Some(key.clone()), false),
            None if config.database.url.is_none() => {
                let (key, is_new) =
                    kept(&home.join("operator-key"), || format!("fd_operator_{}", random_secret()))?;
                (Some(key), is_new)
            }
            None => (None, false),
        };
        Ok(Self { master_keys: MasterKeys::new(master_key, other_master_keys), operator_key, is_new })
    }
}

/// The master keys of a file that somebody may have put there.
fn others_kept(path: &Path) -> anyhow::Result<Vec<MasterKey>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    MasterKeys::parse_others(&text).with_context(|| format!("a key in {} is damaged", path.display()))
}

/// What stands in a file that only its owner may read; made when there is none.
fn kept(path: &Path, make: impl FnOnce() -> String) -> anyhow::Result<(String, bool)> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    match std::fs::read_to_string(path) {
        Ok(text) => return Ok((text.trim().to_owned(), false)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
    let text = make();
    let written = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{text}")?;
        file.sync_all()
    };
    written().with_context(|| format!("{} cannot be written", path.display()))?;
    Ok((text, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    fn load(home: &Path) -> Secrets {
        let mut source = Source::default();
        source.set("data_dir", home.to_str().expect("a path").to_owned());
        Secrets::load(&Config::load(&source).expect("a configuration")).expect("secrets")
    }

    #[test]
    fn a_generated_master_key_stays_and_a_renamed_one_only_unwraps() {
        let home = tempfile::tempdir().expect("a folder");
        let first = load(home.path()).master_keys;
        assert!(first.others.is_empty());
        assert_eq!(load(home.path()).master_keys.current, first.current);

        let file = |name: &str| home.path().join(name);
        std::fs::rename(file("master-key"), file("other-master-keys")).expect("renamed");
        let second = load(home.path()).master_keys;
        assert_ne!(second.current, first.current);
        assert_eq!(second.others, [first.current]);
    }
}
