//! Servers of our own, where none are given. A container outlives every test, and not the process: see
//! [`remove_with_process`].

use std::process::{Command, Stdio};

use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt};

const POSTGRES: (&str, &str, u16) = ("postgres", "16-alpine", 5432);
const REDIS: (&str, &str, u16) = ("redis", "7-alpine", 6379);

/// A started container and the address of its server.
#[derive(Debug)]
pub struct Server {
    pub url: String,
    _container: ContainerAsync<GenericImage>,
}

pub async fn postgres() -> Server {
    let (name, tag, port) = POSTGRES;
    let ready = "database system is ready to accept connections";
    let image = GenericImage::new(name, tag)
        .with_exposed_port(port.tcp())
        // It says so twice: while it sets itself up, and when it is there.
        .with_wait_for(WaitFor::message_on_stdout(ready))
        .with_wait_for(WaitFor::message_on_stderr(ready))
        .with_env_var("POSTGRES_PASSWORD", "postgres")
        .with_cmd(["-c", "fsync=off", "-c", "max_connections=300"]);
    let container = image.start().await.expect("a PostgreSQL container; or set TEST_DATABASE_URL");
    let address = address(&container, port).await;
    Server { url: format!("postgres://postgres:postgres@{address}/postgres"), _container: container }
}

pub async fn redis() -> Server {
    let (name, tag, port) = REDIS;
    let image = GenericImage::new(name, tag)
        .with_exposed_port(port.tcp())
        .with_wait_for(WaitFor::message_on_stdout("Ready to accept connections"));
    let container = image.start().await.expect("a Redis container; or set TEST_REDIS_URL");
    let address = address(&container, port).await;
    Server { url: format!("redis://{address}"), _container: container }
}

async fn address(container: &ContainerAsync<GenericImage>, port: u16) -> String {
    remove_with_process(container.id());
    let host = container.get_host().await.expect("a host");
    let port = container.get_host_port_ipv4(port.tcp()).await.expect("a port");
    format!("{host}:{port}")
}

/// Nothing static is dropped when a test binary ends, so a shell waits for the end of its input, our end of
/// which closes with this process however it ends, and removes the container then.
fn remove_with_process(container: &str) {
    let script = format!(
        "trap '' INT TERM HUP; cat >/dev/null; docker rm --force --volumes {container} >/dev/null 2>&1"
    );
    let shell = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Ok(shell) = shell {
        std::mem::forget(shell);
    }
}
