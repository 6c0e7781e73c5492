//! A way to PostgreSQL on which things get lost. It listens on a socket of its own, whichever way the server
//! itself is reached.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;

/// What happens to the next thing that the client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It gets through and is carried out; the answer is lost, and the connection with it.
    LoseAnswer,
    /// It does not get through, and the connection is lost.
    LoseQuery,
    /// Half of it gets through, and the connection is lost.
    LoseHalf,
    /// It gets through, and the connection is lost before it is carried out.
    LoseConnection,
}

/// What the server says when it has carried out what it was sent, outside a transaction.
const READY: &[u8] = b"Z\0\0\0\x05I";

/// A connection to the server.
trait Server: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Server for S {}

async fn connect(options: &PgConnectOptions) -> std::io::Result<Box<dyn Server>> {
    match options.get_socket() {
        Some(directory) => Ok(Box::new(UnixStream::connect(socket(directory, options)).await?)),
        None => Ok(Box::new(TcpStream::connect((options.get_host(), options.get_port())).await?)),
    }
}

/// The file by which PostgreSQL is found in a directory.
pub fn socket(directory: &Path, options: &PgConnectOptions) -> PathBuf {
    directory.join(format!(".s.PGSQL.{}", options.get_port()))
}

/// The same database, looked for in another directory.
pub fn at(options: &PgConnectOptions, directory: &Path) -> PgConnectOptions {
    options.clone().socket(directory).ssl_mode(PgSslMode::Disable)
}

#[derive(Debug, Clone)]
pub struct Proxy {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    home: TempDir,
    to: PgConnectOptions,
    fault: watch::Sender<Fault>,
    open: watch::Sender<bool>,
    connections: AtomicUsize,
    struck: AtomicUsize,
    exchanges: AtomicUsize,
}

/// Takes what the server says apart into messages: a letter, and a length that counts itself.
#[derive(Default)]
struct Messages {
    head: Vec<u8>,
    rest: usize,
    /// Whether anything was said since the server was ready last.
    answered: bool,
}

impl Messages {
    /// How many of them say that a question has been answered and the server waits for the next one.
    fn ready(&mut self, mut heard: &[u8]) -> usize {
        let mut ready = 0;
        while !heard.is_empty() {
            let skipped = self.rest.min(heard.len());
            (self.rest, heard) = (self.rest - skipped, &heard[skipped..]);
            let (head, more) = heard.split_at(heard.len().min(5 - self.head.len()));
            self.head.extend_from_slice(head);
            heard = more;
            if let [kind, length @ ..] = self.head.as_slice()
                && let Ok(length) = <[u8; 4]>::try_from(length)
            {
                // Without an answer it was a bare Sync.
                ready += usize::from(*kind == b'Z' && self.answered);
                self.answered = *kind != b'Z';
                self.rest = u32::from_be_bytes(length) as usize - 4;
                self.head.clear();
            }
        }
        ready
    }
}

impl Proxy {
    pub fn before(options: &PgConnectOptions) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let listener = UnixListener::bind(socket(home.path(), options)).expect("a socket");
        let shared = Arc::new(Shared {
            home,
            to: options.clone(),
            fault: watch::channel(Fault::None).0,
            open: watch::channel(true).0,
            connections: AtomicUsize::new(0),
            struck: AtomicUsize::new(0),
            exchanges: AtomicUsize::new(0),
        });
        let proxy = Self { shared };
        tokio::spawn(proxy.clone().listen(listener));
        proxy
    }

    /// The same database, by this way.
    pub fn options(&self) -> PgConnectOptions {
        at(&self.shared.to, self.shared.home.path())
    }

    /// Strikes once, at what the client sends next.
    pub fn arm(&self, fault: Fault) {
        self.shared.fault.send_replace(fault);
    }

    /// How many go by it now.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How often something was lost.
    pub fn struck(&self) -> usize {
        self.shared.struck.load(Ordering::SeqCst)
    }

    /// How often the server has finished answering: once for every question that somebody waited for.
    pub fn exchanges(&self) -> usize {
        self.shared.exchanges.load(Ordering::SeqCst)
    }

    /// New connections are not made until it is opened again.
    pub fn close(&self) {
        self.shared.open.send_replace(false);
    }

    pub fn open(&self) {
        self.shared.open.send_replace(true);
    }

    async fn listen(self, listener: UnixListener) {
        while let Ok((client, _)) = listener.accept().await {
            let proxy = self.clone();
            tokio::spawn(async move {
                let is_open = proxy.shared.open.subscribe().wait_for(|open| *open).await.is_ok();
                if is_open && let Ok(server) = connect(&proxy.shared.to).await {
                    proxy.shared.connections.fetch_add(1, Ordering::SeqCst);
                    // Either end may go at any moment; then both go.
                    let _ = proxy.carry(client, server).await;
                    proxy.shared.connections.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
    }

    async fn carry(&self, mut client: UnixStream, mut server: Box<dyn Server>) -> std::io::Result<()> {
        let (mut asked, mut answered, mut messages) =
            (vec![0; 1 << 16], vec![0; 1 << 16], Messages::default());
        loop {
            tokio::select! {
                read = server.read(&mut answered) => match read? {
                    0 => return Ok(()),
                    count => {
                        self.shared.exchanges.fetch_add(messages.ready(&answered[..count]), Ordering::SeqCst);
                        client.write_all(&answered[..count]).await?;
                    }
                },
                read = client.read(&mut asked) => match read? {
                    0 => return Ok(()),
                    count => {
                        let fault = self.shared.fault.send_replace(Fault::None);
                        if fault == Fault::None {
                            server.write_all(&asked[..count]).await?;
                        } else {
                            self.shared.struck.fetch_add(1, Ordering::SeqCst);
                            return self.strike(fault, &asked[..count], client, server).await;
                        }
                    }
                },
            }
        }
    }

    async fn strike(
        &self,
        fault: Fault,
        asked: &[u8],
        mut client: UnixStream,
        mut server: Box<dyn Server>,
    ) -> std::io::Result<()> {
        match fault {
            Fault::None | Fault::LoseQuery => Ok(()),
            Fault::LoseHalf => server.write_all(&asked[..asked.len() / 2]).await,
            Fault::LoseConnection => server.write_all(asked).await,
            Fault::LoseAnswer => {
                server.write_all(asked).await?;
                let (mut more, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
                let mut heard = Vec::new();
                while !heard.ends_with(READY) {
                    tokio::select! {
                        // A long question comes in several pieces.
                        read = client.read(&mut more) => match read? {
                            0 => return Ok(()),
                            count => server.write_all(&more[..count]).await?,
                        },
                        read = server.read(&mut answer) => match read? {
                            0 => return Ok(()),
                            count => heard.extend_from_slice(&answer[..count]),
                        },
                    }
                }
                Ok(())
            }
        }
    }
}
