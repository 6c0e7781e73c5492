//! Old events in today's form.
//!
//! When the stored form of an event changes, its version goes up (see `domain_event!`). A function in
//! [`UPCASTERS`](crate::registry::UPCASTERS) turns a payload of the old version into payloads of the next
//! version: none if the event has lost its meaning, several if it was split. A payload of the old version
//! stays in the tests for good.
//!
//! Sequence and position are those of the stored row. Versions of streams count rows, so a new upcaster
//! changes no expectation.

use serde_json::Value;

/// One step, from `version` of `event_type`.
#[derive(Debug, Clone, Copy)]
pub struct Upcaster {
    pub aggregate_type: &'static str,
    pub event_type: &'static str,
    pub version: &'static str,
    pub upcast: fn(Value) -> Result<Vec<Upcast>, String>,
}

/// An event of a later version.
#[derive(Debug, Clone, PartialEq)]
pub struct Upcast {
    pub event_type: String,
    pub version: String,
    pub payload: Value,
}

/// More steps than any event needs. A cycle of upcasters ends in an error.
const STEPS_MAX: usize = 64;

/// Refuses an event that this release would misread: of a type that it does not know, or in another version
/// than its own.
pub fn check_known(
    version_of: fn(&str) -> Option<&'static str>,
    Upcast { event_type, version, .. }: &Upcast,
) -> Result<(), String> {
    match version_of(event_type) {
        Some(known) if known == version => Ok(()),
        Some(known) => Err(format!("it is in version {version}, and this release reads version {known}")),
        None => Err("this release knows no event of this type".into()),
    }
}

/// Takes an event through every step that applies to it.
pub fn upcast(upcasters: &[Upcaster], aggregate_type: &str, event: Upcast) -> Result<Vec<Upcast>, String> {
    let (mut pending, mut done) = (vec![event], Vec::new());
    let mut steps = 0;
    while let Some(event) = pending.pop() {
        let step = upcasters.iter().find(|step| {
            step.aggregate_type == aggregate_type
                && step.event_type == event.event_type
                && step.version == event.version
        });
        let Some(step) = step else {
            done.push(event);
            continue;
        };
        steps += 1;
        if steps > STEPS_MAX {
            return Err(format!("upcasting {} goes in a circle", step.event_type));
        }
        // The first of them is popped first, so the order of events is kept.
        pending.extend((step.upcast)(event.payload)?.into_iter().rev());
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(event_type: &str, version: &str, payload: Value) -> Upcast {
        Upcast { event_type: event_type.into(), version: version.into(), payload }
    }

    fn step(
        event_type: &'static str,
        version: &'static str,
        upcast: fn(Value) -> Result<Vec<Upcast>, String>,
    ) -> Upcaster {
        Upcaster { aggregate_type: "room", event_type, version, upcast }
    }

    fn registry() -> Vec<Upcaster> {
        vec![
            step("Renamed", "1", |old| Ok(vec![event("Renamed", "2", json!({ "name": old["title"] }))])),
            step("Renamed", "2", |old| {
                Ok(vec![event("Renamed", "3", json!({ "name": old["name"], "by": null }))])
            }),
            step("Touched", "1", |_| Ok(vec![])),
            step("Moved", "1", |old| {
                Ok(vec![
                    event("Left", "1", json!({ "from": old["from"] })),
                    event("Renamed", "1", json!({ "title": old["to"] })),
                ])
            }),
            step("Broken", "1", |_| Err("no \"title\"".into())),
            step("Looped", "1", |old| Ok(vec![event("Looped", "1", old)])),
        ]
    }

    #[test]
    fn an_event_becomes_none_one_or_several_in_order() {
        let check = |given: Upcast, expected: Vec<Upcast>| {
            assert_eq!(upcast(&registry(), "room", given), Ok(expected))
        };
        check(
            event("Renamed", "1", json!({ "title": "A" })),
            vec![event("Renamed", "3", json!({ "name": "A", "by": null }))],
        );
        check(event("Touched", "1", json!({})), vec![]);
        check(
            event("Moved", "1", json!({ "from": "x", "to": "y" })),
            vec![
                event("Left", "1", json!({ "from": "x" })),
                event("Renamed", "3", json!({ "name": "y", "by": null })),
            ],
        );
        check(event("Opened", "1", json!({ "at": 1 })), vec![event("Opened", "1", json!({ "at": 1 }))]);
    }

    #[test]
    fn what_cannot_be_upcast_is_an_error() {
        assert!(upcast(&registry(), "room", event("Broken", "1", json!({}))).is_err());
        assert!(upcast(&registry(), "room", event("Looped", "1", json!({}))).is_err());
    }

    #[test]
    fn steps_of_other_aggregates_do_not_apply() {
        let given = event("Touched", "1", json!({}));
        assert_eq!(upcast(&registry(), "house", given.clone()), Ok(vec![given]));
    }

    #[test]
    fn what_another_release_has_written_is_not_misread() {
        let version_of = |event_type: &str| (event_type == "Renamed").then_some("3");
        let check = |event_type, version| check_known(version_of, &event(event_type, version, json!({})));
        assert_eq!(check("Renamed", "3"), Ok(()));
        assert!(check("Renamed", "4").is_err() && check("Renamed", "1").is_err());
        assert!(check("Painted", "1").is_err());
    }
}
