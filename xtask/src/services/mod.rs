//! The PostgreSQL and the Redis that tests run against. Each is started for one run and stopped after it,
//! unless the environment says where one is.

mod apt;
mod postgres;
mod redis;

use anyhow::Result;

const DATABASE_URL: &str = "TEST_DATABASE_URL";
const REDIS_URL: &str = "TEST_REDIS_URL";

#[derive(Default)]
pub struct Services {
    postgres: Option<postgres::Server>,
    redis: Option<redis::Server>,
    environment: Vec<(&'static str, String)>,
}

impl Services {
    /// Starts what is not given. After an error, too, what was started before it has to be stopped.
    pub async fn start(&mut self) -> Result<()> {
        if given(DATABASE_URL) {
            println!("    PostgreSQL: the one of {DATABASE_URL}");
        } else {
            let server = self.postgres.insert(postgres::Server::start().await?);
            self.environment.push((DATABASE_URL, server.url()));
            println!("    PostgreSQL: started for this run");
        }
        if given(REDIS_URL) {
            println!("    Redis: the one of {REDIS_URL}");
        } else {
            let server = self.redis.insert(redis::Server::start().await?);
            self.environment.push((REDIS_URL, server.url()));
            println!("    Redis: started for this run ({})", server.kind());
        }
        Ok(())
    }

    /// What the tests must be told, beyond what they inherit.
    pub fn environment(&self) -> &[(&'static str, String)] {
        &self.environment
    }

    pub async fn stop(self) -> Result<()> {
        let redis = match self.redis {
            Some(server) => server.stop().await,
            None => Ok(()),
        };
        match self.postgres {
            Some(server) => server.stop().await.and(redis),
            None => redis,
        }
    }
}

fn given(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| !value.trim().is_empty())
}
