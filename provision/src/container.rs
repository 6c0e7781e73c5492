//! Servers in containers. An engine may answer and yet be of no use, for it has no image and no network, say.
//! It is asked briefly, so that the next way is tried soon.

use std::ffi::OsStr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use testcontainers::bollard::query_parameters::RemoveContainerOptionsBuilder;
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::{ContainerPort, IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::at_end::AtEnd;
use crate::order;
use crate::server::Server;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// An engine without a network gives up by itself, sooner.
const FETCH_TIMEOUT: Duration = Duration::from_secs(180);
const START_TIMEOUT: Duration = Duration::from_secs(60);

const POSTGRES: (&str, &str, u16) = ("postgres", "16-alpine", 5432);
const REDIS: (&str, &str, u16) = ("redis", "7-alpine", 6379);

pub async fn postgres() -> Result<Server> {
    let (name, tag, port) = POSTGRES;
    let ready = "database system is ready to accept connections";
    let image = GenericImage::new(name, tag)
        .with_exposed_port(port.tcp())
        // It says so twice: while it sets itself up, and when it is there.
        .with_wait_for(WaitFor::message_on_stdout(ready))
        .with_wait_for(WaitFor::message_on_stderr(ready))
        .with_env_var("POSTGRES_PASSWORD", "postgres")
        .with_cmd(["-c", "fsync=off", "-c", "max_connections=300"]);
    start(image, name, tag, port, |address| format!("postgres://postgres:postgres@{address}/postgres")).await
}

pub async fn redis() -> Result<Server> {
    let (name, tag, port) = REDIS;
    let image = GenericImage::new(name, tag)
        .with_exposed_port(port.tcp())
        .with_wait_for(WaitFor::message_on_stdout("Ready to accept connections"));
    start(image.into(), name, tag, port, |address| format!("redis://{address}")).await
}

async fn start(
    request: ContainerRequest<GenericImage>,
    name: &str,
    tag: &str,
    port: u16,
    url: impl FnOnce(&str) -> String,
) -> Result<Server> {
    let engine = docker_client_instance().await?;
    timeout(ANSWER_TIMEOUT, engine.ping())
        .await
        .context("the engine does not answer")?
        .context("no engine answers")?;
    let image = format!("{name}:{tag}");
    if engine.inspect_image(&image).await.is_err() {
        order::tell(&format!("fetching the image {image}"));
    }
    let container = format!("frontdesk-test-{name}-{}", uuid::Uuid::new_v4().simple());
    let at_end = AtEnd::run("docker rm --force --volumes \"$1\"", &[OsStr::new(&container)])?;
    let started = timeout(FETCH_TIMEOUT, serve(request.with_container_name(&container), port)).await;
    match started.with_context(|| format!("{image} is not there within {} s", FETCH_TIMEOUT.as_secs())) {
        Ok(Ok((started, address))) => Ok(Server::contained(url(&address), at_end, started)),
        Ok(Err(error)) | Err(error) => {
            // It may have been made, and not started.
            let removal = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
            let _ = timeout(ANSWER_TIMEOUT, engine.remove_container(&container, Some(removal))).await;
            Err(error)
        }
    }
}

async fn serve(
    request: ContainerRequest<GenericImage>,
    port: u16,
) -> Result<(ContainerAsync<GenericImage>, String)> {
    let container = request.with_startup_timeout(START_TIMEOUT).start().await?;
    let host = container.get_host().await?;
    let port: ContainerPort = port.tcp();
    let address = format!("{host}:{}", container.get_host_port_ipv4(port).await?);
    // Where we are in a container ourselves, its address may not be ours to reach.
    let reached = timeout(ANSWER_TIMEOUT, TcpStream::connect(&address)).await;
    ensure!(
        matches!(reached, Ok(Ok(_))),
        "the container serves at {address}, which cannot be reached from here"
    );
    Ok((container, address))
}
