//! `frontdesk audit history`, for people: what was decided when, by whom, and what came of it.

use std::fmt::Write;

use chrono::SecondsFormat;
use frontdesk_domain::kernel::recorded::RecordedEvent;
use frontdesk_domain::kernel::{metadata, personal};
use serde_json::Value;

use super::print::one_line;

/// Of somebody whose key is gone.
const ERASED: &str = "(erased)";

/// Each commit with its events, in the order of the log.
pub fn told(events: &[RecordedEvent]) -> String {
    let mut told = String::new();
    for commit in events.chunk_by(|one, other| one.commit_id == other.commit_id) {
        let Some(first) = commit.first() else { continue };
        let at = first.metadata.instant(metadata::DECIDED_AT).unwrap_or(first.recorded_at);
        let of = |key: &str| first.metadata.get(key).unwrap_or("unknown");
        let by = format!("{} {}", of(metadata::ACTOR_KIND), of(metadata::ACTOR_ID));
        let _ = writeln!(told, "{}  {by}", at.to_rfc3339_opts(SecondsFormat::Secs, true));
        for event in commit {
            let _ = writeln!(told, "  {:<9} {}", event.position, words(&event.event_type));
            let mut details = Vec::new();
            collect(&event.payload, "", &mut details);
            for detail in details {
                let _ = writeln!(told, "            {detail}");
            }
        }
        told.push('\n');
    }
    told
}

/// `AppointmentBooked` is "appointment booked".
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// What stands in an event, each on a line with its path. What is not there is left out.
fn collect(value: &Value, path: &str, details: &mut Vec<String>) {
    let fields: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).collect(),
        Value::Array(items) => (0_usize..).map(|index| index.to_string()).zip(items).collect(),
        _ => return details.extend(scalar(value).map(|text| format!("{path}: {text}"))),
    };
    if let [(name, data)] = &fields[..]
        && name == personal::TAG
    {
        return details.push(format!("{path}: {}", scalar(&data["value"]).unwrap_or_else(|| ERASED.into())));
    }
    let is_flat = fields.iter().all(|(_, field)| !field.is_object() && !field.is_array());
    if is_flat && !path.is_empty() {
        let texts = fields.iter().filter_map(|(name, field)| Some(format!("{name} {}", scalar(field)?)));
        let texts: Vec<String> = texts.collect();
        return details.extend((!texts.is_empty()).then(|| format!("{path}: {}", texts.join(", "))));
    }
    for (name, field) in fields.iter().filter(|(name, _)| !(path.is_empty() && name == "type")) {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        collect(field, &path, details);
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(one_line(text)),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_in_an_event_is_read_line_by_line() {
        let event = json!({
            "type": "AppointmentRescheduled",
            "from": { "time": { "start": "2026-11-24T15:00:00Z", "end": null }, "resources": ["res_1"], "left": {} },
            "reason": { "$personal": { "subject": "7", "value": "They come from work." } },
            "name": { "$personal": { "subject": "7" } },
            "late": false,
            "fee": null,
        });
        let mut details = Vec::new();
        collect(&event, "", &mut details);
        assert_eq!(
            details,
            [
                "from.resources: 0 res_1",
                "from.time: start 2026-11-24T15:00:00Z",
                "late: false",
                "name: (erased)",
                "reason: They come from work.",
            ]
        );
        assert_eq!(words("AppointmentRescheduled"), "appointment rescheduled");
    }
}
