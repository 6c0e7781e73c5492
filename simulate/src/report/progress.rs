//! How far a run is.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Without a terminal there is a plain line this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// On a terminal a bar on stderr, and elsewhere a plain line now and then.
pub struct Progress {
    bar: ProgressBar,
    last_line: Mutex<Instant>,
}

impl Progress {
    pub fn new(what: &str, length: u64) -> Self {
        let bar = ProgressBar::new(length).with_prefix(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {msg}") {
            bar.set_style(style);
        }
        Self { bar, last_line: Mutex::new(Instant::now()) }
    }

    pub fn show(&self, position: u64, message: &str) {
        self.bar.set_position(position);
        self.bar.set_message(message.to_owned());
        let mut last_line = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last_line.elapsed() >= LINE_EVERY && !std::io::stderr().is_terminal() {
            *last_line = Instant::now();
            eprintln!("{}: {message}", self.bar.prefix());
        }
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
