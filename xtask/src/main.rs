//! The workspace's own chores, as `cargo xtask <command>`. What CI runs is `cargo xtask ci`.

mod check;
mod ci;
mod direction;
mod image;
mod linters;
mod openapi;
mod pages;
mod process;
mod schemas;
mod services;
mod testing;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The workspace's own chores.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run all tests, with a PostgreSQL and a Redis for them.
    ///
    /// TEST_DATABASE_URL and TEST_REDIS_URL may say where these are. Else each is started for the run: in a
    /// container, from an installed program, or from a downloaded one, whichever works first.
    Test {
        /// Handed to `cargo test`; what follows a further `--` goes to the tests themselves.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check everything that CI checks.
    Ci {
        /// For when the tests have just been run.
        #[arg(long)]
        skip_tests: bool,
    },
    /// Check what may import what.
    ///
    /// Members of the workspace depend on lower ones only. The files of a crate import each other in no
    /// circle. The folders of the domain import from lower ones only. Names each fault with its file and
    /// line.
    Direction,
    /// Write the JSON schemas of all events to domain/schemas/.
    Schemas,
    /// Write the API's document to openapi.json.
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test { arguments } => testing::run(&arguments).await,
        Command::Ci { skip_tests } => ci::run(skip_tests).await,
        Command::Direction => workspace::metadata().and_then(|metadata| direction::check(&metadata)),
        Command::Schemas => schemas::generated().and_then(|files| files.write()),
        Command::Openapi => openapi::generated().and_then(|files| files.write()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
