//! Appointments for calendar programs: iCalendar (RFC 5545, 5546, 7986), written by the crate `icalendar`.
//!
//! An appointment has one UID for good, and its stream's version is its SEQUENCE, which only grows. Times are
//! UTC, so no program needs our rules of zones. All times of change are those of the events, so the same
//! appointments give the same bytes.

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_domain::languages::Said;
use frontdesk_domain::scheduling::business::BusinessProfile;
use frontdesk_domain::values::email::Email;
use frontdesk_projections::appointments::{AppointmentRow, Status};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Parameter, Property};

/// How often calendar programs are asked to look again.
const REFRESH: TimeDelta = TimeDelta::minutes(15);
/// RFC 5545, section 3.1.
const LINE_OCTETS_MAX: usize = 75;
/// The largest SEQUENCE that iCalendar has.
const SEQUENCE_MAX: i64 = i32::MAX as i64;

/// What a calendar shows of an appointment.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    pub business: &'a BusinessProfile,
    pub service: &'a str,
    /// Otherwise it only says that the time is booked.
    pub names_customer: bool,
}

/// An appointment that the business invites its customer to by email.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    pub organizer: &'a Email,
    pub attendee: &'a Email,
}

/// A whole calendar, to subscribe to.
pub fn feed(name: &str, events: impl IntoIterator<Item = Event>) -> String {
    let name = one_line(name);
    let mut calendar = empty("PUBLISH");
    // The crate escapes what it knows to be a text, and NAME it does not know.
    calendar.append_property(Property::new("NAME", name.as_str()).add_parameter("VALUE", "TEXT").done());
    calendar.append_property(Property::new("X-WR-CALNAME", name)).ttl(&REFRESH);
    calendar.extend(events);
    folded(&calendar)
}

/// One appointment, to add to a calendar, or as an invitation.
pub fn file(row: &AppointmentRow, shown: Shown<'_>, invitation: Option<Invitation<'_>>) -> String {
    let mut event = event(row, shown);
    if let Some(Invitation { organizer, attendee }) = invitation {
        event.append_property(address("ORGANIZER", organizer, shown.business.name.as_str()));
        let mut attendee = address("ATTENDEE", attendee, row.name.as_deref().unwrap_or_default());
        event.append_property(attendee.add_parameter("ROLE", "REQ-PARTICIPANT").done());
    }
    let method = match (row.status, invitation) {
        (Status::Cancelled | Status::Declined | Status::Expired, _) => "CANCEL",
        (_, Some(_)) => "REQUEST",
        (_, None) => "PUBLISH",
    };
    let mut calendar = empty(method);
    calendar.push(event);
    folded(&calendar)
}

/// A calendar in lines of at most 75 octets. The crate ends some folded lines with one octet too many
/// (0.17.17), so they are folded anew.
fn folded(calendar: &Calendar) -> String {
    let text = calendar.to_string().replace("\r\n ", "");
    let mut folded = String::with_capacity(text.len());
    for line in text.split_terminator("\r\n") {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > LINE_OCTETS_MAX {
                folded.push_str("\r\n ");
                octets = 1;
            }
            folded.push(character);
            octets += character.len_utf8();
        }
        folded.push_str("\r\n");
    }
    folded
}

fn empty(method: &str) -> Calendar {
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//Frontdesk//Frontdesk//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", method),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    calendar
}

pub fn event(row: &AppointmentRow, Shown { business, service, names_customer }: Shown<'_>) -> Event {
    let booked = || business.language.say(&Said::BookedTime);
    let whose = row.name.clone().filter(|_| names_customer).unwrap_or_else(booked);
    let (status, takes_time) = match row.status {
        Status::Cancelled | Status::Declined | Status::Expired => (EventStatus::Cancelled, "TRANSPARENT"),
        Status::Booked | Status::CheckedIn | Status::Completed | Status::NoShow => {
            (EventStatus::Confirmed, "OPAQUE")
        }
        Status::Requested => (EventStatus::Tentative, "OPAQUE"),
        Status::Held | Status::Released | Status::Lapsed => (EventStatus::Tentative, "TRANSPARENT"),
    };
    let sequence = (row.version - 1).clamp(0, SEQUENCE_MAX);
    let mut event = Event::new();
    event
        .uid(&format!("{}@frontdesk", row.id))
        .sequence(u32::try_from(sequence).unwrap_or_default())
        .starts(whole_seconds(row.slot.time.start))
        .ends(whole_seconds(row.slot.time.end))
        .created(row.created_at)
        .last_modified(row.updated_at)
        .timestamp(row.updated_at)
        .summary(&format!("{} ({})", one_line(service), one_line(&whose)))
        .status(status)
        .add_property("TRANSP", takes_time);
    if let Some(address) = &business.address {
        event.location(&address.as_str().replace("\r\n", "\n").replace(['\r', '\t'], " "));
    }
    event.done()
}

fn whole_seconds(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(instant.timestamp(), 0).unwrap_or(instant)
}

/// A text without line breaks and other control characters, which have no place in a name.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn address(key: &str, email: &Email, name: &str) -> Property {
    let mut property = Property::new(key, format!("mailto:{}", email.as_str()));
    // A parameter has no way to hold a quotation mark.
    let name = one_line(name).replace('"', "'");
    if !name.is_empty() {
        property.append_parameter(Parameter::new("CN", &name));
    }
    property.done()
}

#[cfg(test)]
mod tests {
    use calcard::icalendar::{ICalendar, ICalendarProperty};
    use frontdesk_domain::booking::appointment::{BookedSlot, RuleVersions, Source};
    use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, ServiceId, StreamId};
    use frontdesk_domain::values::interval::Interval;
    use frontdesk_domain::values::text::{Name, Note};
    use frontdesk_domain::values::time::Zone;
    use uuid::Uuid;

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn row(status: Status, version: i64, name: &str) -> AppointmentRow {
        let start = utc("2026-11-24T14:00:00Z");
        AppointmentRow {
            id: AppointmentId::from_uuid(Uuid::from_u128(7)),
            tenant: BusinessId::from_uuid(Uuid::from_u128(1)),
            version,
            status,
            slot: BookedSlot::new(
                ServiceId::from_uuid(Uuid::from_u128(2)),
                vec![],
                Interval::starting(start, TimeDelta::hours(1)),
                Zone::UTC,
                RuleVersions { business: 1, service: 1, resources: vec![] },
            ),
            held_until: None,
            decide_by: None,
            customer_id: None,
            name: Some(name.into()),
            note: Some("private".into()),
            answers: vec![],
            fees: vec![],
            source: Source::Api,
            series_id: None,
            cancellation_reason: None,
            created_at: utc("2026-11-20T10:00:00.5Z"),
            updated_at: utc("2026-11-21T11:00:00.25Z"),
        }
    }

    fn business(address: &str) -> BusinessProfile {
        BusinessProfile {
            address: Some(Note::parse(address).expect("an address")),
            language: "es".parse().expect("a language"),
            ..BusinessProfile::new(Name::parse("Peluquería \"Ñ\"; Söhne: & Co").expect("a name"), Zone::UTC)
        }
    }

    /// Parsed by another implementation.
    fn parsed(text: &str) -> ICalendar {
        ICalendar::parse(text).unwrap_or_else(|error| panic!("{error:?} in {text}"))
    }

    fn property(calendar: &ICalendar, component: usize, property: ICalendarProperty) -> String {
        let entry =
            calendar.components[component].property(&property).unwrap_or_else(|| panic!("no {property:?}"));
        entry.values.first().and_then(|value| value.as_text()).unwrap_or_default().to_owned()
    }

    #[test]
    fn lines_are_folded_between_characters_and_ended_as_the_standard_wants() {
        for length in 0..200 {
            let text = feed(&"ñ,a🙂".repeat(50).chars().take(length).collect::<String>(), []);
            assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        }
        let long = "ñandú, 🙂; \\ ".repeat(40);
        let (business, row) = (business(&format!("{long}\r\nTercer piso")), row(Status::Booked, 1, &long));
        let shown = Shown { business: &business, service: &long, names_customer: true };
        let text = feed(&long, [event(&row, shown)]);
        assert!(text.ends_with("END:VCALENDAR\r\n"));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "every line ends with CRLF");
        let folded = text.split("\r\n").filter(|line| line.starts_with(' ')).count();
        assert!(folded > 10 && text.split("\r\n").all(|line| line.len() <= 75), "{text}");

        let calendar = parsed(&text);
        let trimmed = one_line(&long);
        assert_eq!(property(&calendar, 1, ICalendarProperty::Summary), format!("{trimmed} ({trimmed})"));
        assert_eq!(property(&calendar, 1, ICalendarProperty::Location), format!("{long}\nTercer piso"));
        assert_eq!(property(&calendar, 0, ICalendarProperty::Name), trimmed);
    }

    #[test]
    fn an_appointment_has_what_calendar_programs_go_by() {
        let (business, row) = (business("Calle 1"), row(Status::Booked, 3, "Ada"));
        let shown = Shown { business: &business, service: "Corte", names_customer: false };
        let text = file(&row, shown, None);
        for line in [
            "METHOD:PUBLISH",
            "UID:apt_00000000000000000000000007@frontdesk",
            "SEQUENCE:2",
            "DTSTART:20261124T140000Z",
            "DTEND:20261124T150000Z",
            "DTSTAMP:20261121T110000Z",
            "CREATED:20261120T100000Z",
            "LAST-MODIFIED:20261121T110000Z",
            "STATUS:CONFIRMED",
            "SUMMARY:Corte (Reservado)",
        ] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "no {line} in {text}");
        }
        assert!(!text.contains("Ada") && !text.contains("private"), "{text}");
        assert_eq!(text, file(&row, shown, None), "the same appointment gives the same bytes");
        assert!(file(&row, Shown { names_customer: true, ..shown }, None).contains("SUMMARY:Corte (Ada)"));
    }

    #[test]
    fn invitations_are_requests_until_they_are_cancelled() {
        let business = business("Calle 1");
        let emails =
            ["front@example.com", "ada@example.com"].map(|email| email.parse::<Email>().expect("an address"));
        let invitation = Invitation { organizer: &emails[0], attendee: &emails[1] };
        let shown = Shown { business: &business, service: "Corte", names_customer: true };
        let request = file(&row(Status::Booked, 1, "Ada\r\nATTACH:x"), shown, Some(invitation));
        let unfolded = request.replace("\r\n ", "");
        assert!(unfolded.contains("\r\nMETHOD:REQUEST\r\n"), "{request}");
        assert!(
            unfolded
                .contains("\r\nORGANIZER;CN=\"Peluquería 'Ñ'; Söhne: & Co\":mailto:front@example.com\r\n"),
            "{request}"
        );
        assert!(
            unfolded
                .contains("\r\nATTENDEE;CN=\"Ada ATTACH:x\";ROLE=REQ-PARTICIPANT:mailto:ada@example.com\r\n"),
            "{request}"
        );
        let cancelled = file(&row(Status::Cancelled, 2, "Ada"), shown, Some(invitation));
        assert!(
            cancelled.contains("\r\nMETHOD:CANCEL\r\n") && cancelled.contains("\r\nSTATUS:CANCELLED\r\n"),
            "{cancelled}"
        );
        assert!(
            cancelled.contains("\r\nSEQUENCE:1\r\n") && cancelled.contains("mailto:ada@example.com"),
            "{cancelled}"
        );
        parsed(&request);
        parsed(&cancelled);
    }
}
