//! `frontdesk demo`: what it makes, and the commands that it prints, word for word.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::binary::{address, frontdesk};
use crate::support::{until, within};

struct Place {
    home: TempDir,
    listen: String,
}

impl Place {
    async fn command(&self, arguments: &[&str]) -> Command {
        let mut command = frontdesk(arguments).await;
        command.current_dir(self.home.path()).env_remove("FRONTDESK_OPERATOR_KEY");
        command.env("FRONTDESK_LISTEN", &self.listen);
        command
    }

    async fn said(&self, arguments: &[&str]) -> (bool, String) {
        said(self.command(arguments).await).await
    }
}

async fn said(mut command: Command) -> (bool, String) {
    let output = within(command.output()).await.expect("an output");
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), text)
}

/// The lines of a page that are to be copied.
fn commands(page: &str) -> String {
    let lines = page.lines().filter_map(|line| line.strip_prefix("  "));
    let is_command = |line: &&str| ["export ", "/", "curl "].iter().any(|begin| line.starts_with(begin));
    lines.filter(is_command).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_is_made_tried_and_taken_back() {
    let place = Place { home: TempDir::new().expect("a folder"), listen: address() };
    fs::set_permissions(place.home.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    let mut server = place.command(&["serve"]).await;
    let _server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a server");
    frontdesk::machine::prepare();
    let client = reqwest::Client::new();
    let url = format!("http://{}", place.listen);
    let ready = || async {
        client.get(format!("{url}/readyz")).send().await.is_ok_and(|reply| reply.status().is_success())
    };
    until(ready).await;

    let (done, page) = place.said(&["demo"]).await;
    assert!(done && page.contains("28 days: ") && page.contains("2 people wait for the lift"), "{page}");
    let script = commands(&page).replace("find_appointments", "--json find_appointments");
    let (remove, tried): (Vec<&str>, Vec<&str>) =
        script.lines().partition(|line| line.ends_with("demo remove"));
    assert_eq!((remove.len(), tried.len()), (1, 7), "{script}");
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &tried.join("\n")]).current_dir(place.home.path());
    let (done, told) = said(shell).await;
    assert!(done, "{told}");
    for expected in [
        "For Test ride there is ",
        "\"status\":\"found\"",
        "BEGIN:VCALENDAR",
        "appointment rescheduled",
        "reason: They come from work.",
        "50 callers: 1 booked",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }

    let (again, text) = place.said(&["demo"]).await;
    assert!(!again && text.contains("the demonstration is there already: biz_"), "{text}");
    let key = script.lines().find_map(|line| line.strip_prefix("export KEY=")).expect("a key").to_owned();
    let business = page.split_whitespace().find(|word| word.starts_with("biz_")).expect("an id").to_owned();
    let get = async |key: String, rest: &str| {
        let request = client.get(format!("{url}/api/v1/businesses/{business}{rest}")).bearer_auth(key);
        request.send().await.expect("a reply")
    };
    assert_eq!(get(key.clone(), "").await.status(), 200);

    // Somebody holds a time meanwhile.
    let post = async |path: &str, body: Value| -> Value {
        let request = client.post(format!("{url}/api/v1/businesses/{business}{path}")).bearer_auth(&key);
        request.json(&body).send().await.expect("a reply").json().await.expect("JSON")
    };
    let services: Value = get(key.clone(), "/services").await.json().await.expect("a list");
    let service = services["items"][2]["id"].as_str().expect("an id");
    let search = format!("/availability?service_id={service}&day=tomorrow");
    let open: Value = get(key.clone(), &search).await.json().await.expect("open times");
    let held =
        post("/holds", serde_json::json!({ "slot_token": open["slots"][0]["slot_token"], "seconds": 600 }))
            .await;
    assert!(held["hold_id"].is_string(), "{held}");

    let (done, text) = place.said(&["demo", "remove"]).await;
    assert!(done && text.contains("is removed"), "{text}");
    until(|| async { get(key.clone(), "").await.status() == 401 }).await;
    let operator = operator_key(place.home.path());
    let list =
        async |rest: &str| -> Value { get(operator.clone(), rest).await.json().await.expect("a list") };
    let is_to_come = |item: &Value| item["start"].as_str() > Some(&*chrono::Utc::now().to_rfc3339());
    until(async || {
        let (booked, waiting) =
            (list("/appointments?status=booked").await, list("/waitlist?status=waiting").await);
        let items = |page: &Value| page["items"].as_array().expect("items").clone();
        items(&waiting).is_empty() && !items(&booked).iter().any(is_to_come)
    })
    .await;
    let (done, text) = place.said(&["demo", "remove"]).await;
    assert!(!done && text.contains("there is no demonstration"), "{text}");
    let (done, page) = place.said(&["demo"]).await;
    assert!(done && !page.contains(&business), "another one: {page}");
}

fn operator_key(home: &Path) -> String {
    fs::read_to_string(home.join(".frontdesk/operator-key")).expect("a key").trim().to_owned()
}
