//! The README's first five minutes and docs/TOUR.md, word for word, against the product as `cargo run` starts
//! it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use tempfile::TempDir;

use crate::support::binary::{address, frontdesk};
use crate::support::{until, within};

const README: &str = include_str!("../../README.md");
const TOUR: &str = include_str!("../../docs/TOUR.md");

/// The commands of a page, one block after the other.
fn commands(page: &str) -> String {
    page.split("```sh\n").skip(1).filter_map(|block| block.split("```").next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_runs_word_for_word() {
    let home = TempDir::new().expect("a folder");
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    let listen = address();
    let mut command = frontdesk(&["serve", "--listen", &listen]).await;
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    command.current_dir(home.path()).env_remove("FRONTDESK_OPERATOR_KEY");
    let _server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a server");
    frontdesk::machine::prepare();
    let client = reqwest::Client::new();
    let url = format!("http://{listen}/readyz");
    until(|| async { client.get(&url).send().await.is_ok_and(|response| response.status().is_success()) })
        .await;

    let (_, tour) = README.split_once("## The first five minutes").expect("the tour");
    let script = commands(tour) + &commands(TOUR);
    // Another address than the usual one, and the executable without cargo.
    let script = script
        .replace("127.0.0.1:8080", &listen)
        .replace("cargo run -q --", &program)
        .replace("simulate race", &format!("simulate race --url http://{listen}"));
    let mut shell = tokio::process::Command::new("bash");
    shell
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(home.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = within(shell.output()).await.expect("a shell");
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{errors}");
    for expected in [
        "that time has just been taken",
        "Oil change is booked for Ada Lovelace on",
        "at noon is cancelled.",
        "appointment-fee-due",
        "\"status\":\"offered\"",
        "AppointmentCancelled",
        "1 booked",
    ] {
        assert!(told.contains(expected), "{expected} is missing in:\n{told}");
    }
}
