//! Connections: how many there may be, and how long each may keep us waiting.
//!
//! They speak HTTP/1.1, as proxies do with what stands behind them. A connection that is idle, or does not
//! finish the head of its next request, is closed after [`Limits::head`]; one that does not take its replies,
//! after [`Limits::reply`]. What a body may take stands in [`body`](crate::http::body). Where there are as
//! many as [`Limits::connections`], the next ones wait in the system's queue.
//!
//! At a stop, connections that clients and proxies keep are not closed at once: the next request may be on its
//! way, and would be lost. For [`FAREWELL`] all requests are answered, and each answer says that it is the last
//! one of its connection. After that, whoever has nothing to ask is let go.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::http::{HeaderValue, header};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Response};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::CancellationToken;

use crate::stopping::Stopping;

/// A head, and what is read ahead of a body.
const BUFFER_BYTES_MAX: usize = 32 * 1024;
/// From a stop on, requests are taken for this long.
const FAREWELL: Duration = Duration::from_secs(1);
/// There are no open files left, or the like.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(200);

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub connections: usize,
    /// From the end of a reply to the end of the next head. Proxies keep connections for up to a minute, and
    /// would lose a request on one that is closed before.
    pub head: Duration,
    /// Within this time a peer takes some of its reply.
    pub reply: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4_096, head: Duration::from_secs(75), reply: Duration::from_secs(30) }
    }
}

/// Serves until it is told to stop; then requests that have been taken have so much time to end.
pub async fn serve(
    listener: TcpListener,
    routes: BoxEndpoint<'static, Response>,
    limits: Limits,
    stop: CancellationToken,
    patience: Duration,
) {
    let (routes, seats) = (Arc::new(routes), Arc::new(Semaphore::new(limits.connections)));
    let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
    let next = async || {
        // The semaphore is never closed.
        let seat = seats.clone().acquire_owned().await.ok();
        (listener.accept().await, seat)
    };
    let stopping = Stopping(stop.clone());
    let farewell = async {
        stop.cancelled().await;
        sleep(FAREWELL).await;
    };
    tokio::pin!(farewell);
    let mut last_taken: Option<Instant> = None;
    loop {
        // Where nobody has come for a while, nobody is on the way.
        let is_quiet = connections.is_empty() && last_taken.is_none_or(|at| at.elapsed() > FAREWELL);
        let (accepted, seat) = tokio::select! {
            () = &mut farewell => break,
            () = stop.cancelled(), if is_quiet => break,
            // What has ended is let go.
            Some(_) = connections.join_next() => continue,
            accepted = next() => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be taken");
                sleep(PAUSE_AFTER_FAILURE).await;
                continue;
            }
        };
        last_taken = Some(Instant::now());
        let asked = Arc::new(Asked::default());
        let remote = RemoteAddr(remote.into());
        let stopping = stopping.clone();
        let opened = open(stream, remote, routes.clone(), limits, asked.clone(), stopping.clone());
        let watched = graceful.watch(opened);
        connections.spawn(async move {
            tokio::select! {
                ended = watched => {
                    // It ends as connections do: by its peer, by a limit, or by what is no HTTP.
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection has ended");
                    }
                }
                () = asked.has_not_happened_at(stopping) => {}
            }
            drop(seat);
        });
    }
    drop(listener);
    if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "requests are cut off, since they did not end in time"
        );
    }
    connections.shutdown().await;
}

fn open(
    stream: TcpStream,
    remote: RemoteAddr,
    routes: Arc<BoxEndpoint<'static, Response>>,
    limits: Limits,
    asked: Arc<Asked>,
    stopping: Stopping,
) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
    let local = stream.local_addr().map(|local| LocalAddr(local.into())).unwrap_or_default();
    // An answer is written at once and whole. Without it nothing is lost.
    let _ = stream.set_nodelay(true);
    let stream = Replying::new(stream, limits.reply);
    let answer = service_fn(move |request| {
        let (routes, local, remote) = (routes.clone(), local.clone(), remote.clone());
        let stopping = stopping.clone();
        asked.0.store(true, Ordering::Relaxed);
        async move {
            let mut request = poem::Request::from((request, local, remote, Scheme::HTTP));
            request.set_data(stopping.clone());
            let mut response = routes.get_response(request).await;
            if stopping.has_begun() {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<hyper::Response<_>, Infallible>(response.into())
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), answer)
}

/// Whether a connection has sent a request. hyper waits at a stop for whoever has sent a part of the first head
/// as for whoever waits for an answer. Later it closes a connection as soon as it has no request.
#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl Asked {
    /// Ends some time after the stop, if nothing was asked by then.
    async fn has_not_happened_at(&self, stopping: Stopping) {
        stopping.is_impatient().await;
        if self.0.load(Ordering::Relaxed) {
            std::future::pending().await
        }
    }
}

/// A stream whose peer has to take what it is sent.
struct Replying {
    stream: TcpStream,
    patience: Duration,
    /// Runs while the peer takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Replying {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, stalled: None }
    }

    /// What came of a try to write, unless the peer has taken nothing for too long.
    fn in_time<T>(&mut self, context: &mut Context<'_>, tried: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if tried.is_ready() {
            self.stalled = None;
            return tried;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer does not take its reply")))
    }
}

impl AsyncRead for Replying {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Replying {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.in_time(context, tried)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.in_time(context, tried)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use poem::EndpointExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;
    use tokio::time::timeout;

    use super::*;
    use crate::stopping::PATIENCE as PATIENCE_AT_STOP;

    /// Nobody has to wait as long.
    const PATIENCE: Duration = Duration::from_secs(120);

    /// A server whose requests wait for `go`.
    async fn server(stop: CancellationToken, go: Arc<Notify>) -> (std::net::SocketAddr, JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let address = listener.local_addr().expect("an address");
        let routes = poem::endpoint::make(move |_| {
            let go = go.clone();
            async move {
                go.notified().await;
                "done"
            }
        });
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, routes.map_to_response().boxed(), Limits::default(), stop, PATIENCE));
        (address, serving)
    }

    async fn ended(mut serving: JoinSet<()>) {
        let ended = timeout(PATIENCE / 2, serving.join_next()).await.expect("it has stopped");
        ended.expect("a task").expect("no panic");
    }

    #[tokio::test]
    async fn whoever_has_sent_half_a_head_or_nothing_does_not_hold_a_stop() {
        let stop = CancellationToken::new();
        let (address, serving) = server(stop.clone(), Arc::default()).await;
        let mut half = TcpStream::connect(address).await.expect("a connection");
        half.write_all(b"GET / HTTP/1.1\r\nHo").await.expect("sent");
        let silent = TcpStream::connect(address).await.expect("a connection");
        sleep(Duration::from_secs(1)).await;
        stop.cancel();
        ended(serving).await;
        drop((half, silent));
    }

    /// Asks again and again on one connection, until an answer says that it is the last one. Says how many it
    /// has had, and what stands in the way of an orderly end.
    async fn asks_until_it_is_told(address: std::net::SocketAddr) -> io::Result<usize> {
        let mut client = TcpStream::connect(address).await?;
        let mut answers = 0;
        loop {
            client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await?;
            let mut answer = Vec::new();
            while !answer.ends_with(b"done") {
                if client.read_buf(&mut answer).await? == 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "no answer"));
                }
            }
            answers += 1;
            if String::from_utf8_lossy(&answer).to_lowercase().contains("connection: close") {
                let rest = client.read_buf(&mut answer).await?;
                return if rest == 0 { Ok(answers) } else { Err(io::ErrorKind::InvalidData.into()) };
            }
            // Some are waited for when it stops.
            sleep(Duration::from_millis(answers as u64 % 50)).await;
        }
    }

    #[tokio::test]
    async fn whoever_asks_again_and_again_is_told_of_a_stop_by_an_answer() {
        let (stop, go) = (CancellationToken::new(), Arc::new(Notify::new()));
        let (address, serving) = server(stop.clone(), go.clone()).await;
        let mut clients: JoinSet<_> = (0..50).map(|_| asks_until_it_is_told(address)).collect();
        let mut answering = JoinSet::new();
        answering.spawn(async move {
            loop {
                go.notify_one();
                go.notify_waiters();
                tokio::task::yield_now().await;
            }
        });
        sleep(Duration::from_millis(500)).await;
        stop.cancel();
        while let Some(client) = timeout(PATIENCE, clients.join_next()).await.expect("an end") {
            let answers = client.expect("no panic").expect("an orderly end");
            assert!(answers > 0);
        }
        answering.abort_all();
        ended(serving).await;
    }

    #[tokio::test]
    async fn whoever_keeps_a_connection_and_asks_nothing_is_let_go_in_order() {
        let (stop, go) = (CancellationToken::new(), Arc::new(Notify::new()));
        let (address, serving) = server(stop.clone(), go.clone()).await;
        let mut client = TcpStream::connect(address).await.expect("a connection");
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
        go.notify_one();
        let mut answer = Vec::new();
        while !answer.ends_with(b"done") {
            assert_ne!(client.read_buf(&mut answer).await.expect("an answer"), 0);
        }
        stop.cancel();
        assert_eq!(
            timeout(PATIENCE, client.read_buf(&mut answer)).await.expect("an end").expect("in order"),
            0
        );
        ended(serving).await;
    }

    #[tokio::test]
    async fn a_request_that_is_under_way_at_a_stop_gets_its_answer() {
        let (stop, go) = (CancellationToken::new(), Arc::new(Notify::new()));
        let (address, serving) = server(stop.clone(), go.clone()).await;
        let mut client = TcpStream::connect(address).await.expect("a connection");
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
        sleep(Duration::from_secs(1)).await;
        stop.cancel();
        sleep(PATIENCE_AT_STOP * 2).await;
        go.notify_one();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
        ended(serving).await;
    }
}
