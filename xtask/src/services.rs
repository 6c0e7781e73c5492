//! The PostgreSQL and the Redis that tests run against. Each is started for one run and stopped after it,
//! unless the environment says where one is.

use anyhow::Result;
use frontdesk_provision::{DATABASE_URL, REDIS_URL, Server};

#[derive(Default)]
pub struct Services {
    servers: Vec<(&'static str, Server)>,
}

impl Services {
    /// After an error, too, what was started before it has to be stopped.
    pub async fn start(&mut self) -> Result<()> {
        self.servers.push((DATABASE_URL, frontdesk_provision::postgres().await?));
        self.servers.push((REDIS_URL, frontdesk_provision::redis().await?));
        Ok(())
    }

    /// What the tests must be told, beyond what they inherit.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.servers.iter().map(|(variable, server)| (*variable, server.url.as_str()))
    }

    pub async fn stop(self) -> Result<()> {
        let mut outcome = Ok(());
        for (_, server) in self.servers {
            outcome = outcome.and(server.end().await);
        }
        outcome
    }
}
