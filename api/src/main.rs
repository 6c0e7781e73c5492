use std::process::ExitCode;

use clap::Parser;

/// A search makes many small things and lets go of them at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    frontdesk::machine::prepare();
    match frontdesk::cli::Cli::parse().run().await {
        Ok(code) => code,
        Err(error) => {
            frontdesk::telemetry::report(&error);
            ExitCode::FAILURE
        }
    }
}
