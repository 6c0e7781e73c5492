//! What assistants answer is said by the language of the business alone.

use super::*;

/// A language whose every phrase is a mark.
struct Marked;

impl Phrasebook for Marked {
    fn tag(&self) -> &'static str {
        "x-marked"
    }
    fn english_name(&self) -> &'static str {
        "Marked"
    }
    fn keywords(&self) -> crate::languages::keywords::Keywords {
        Language::default().0.keywords()
    }

    fn vocabulary(&self) -> &'static Vocabulary {
        Language::default().0.vocabulary()
    }
    fn date(&self, _: NaiveDate) -> String {
        "§".into()
    }
    fn date_of_year(&self, date: NaiveDate) -> String {
        self.date(date)
    }

    fn weekday(&self, _: Weekday) -> &'static str {
        "§"
    }
    fn at(&self, _: NaiveTime) -> String {
        "§".into()
    }
    fn clock_of(&self, _: Zone) -> String {
        "§".into()
    }
    fn list(&self, items: &[String], _: Conjunction) -> String {
        items.join("§")
    }
    fn say(&self, said: &Said<'_>) -> String {
        match said {
            Said::HoursOf { days, hours } => format!("{days}§{hours}"),
            Said::Appointment { service, moment, .. } => format!("{service}§{moment}"),
            _ => "§".into(),
        }
    }
    fn refusal(&self, _: Reason) -> &'static str {
        "§"
    }
    fn mistake(&self, _: &Mistake) -> String {
        "§".into()
    }
}

/// A service with everything that can be told of one.
fn class() -> ServiceDetails {
    let question = Question {
        id: "belt".into(),
        text: Text::parse("Kung-Fu?").expect("a question"),
        answer: AnswerKind::Text,
        required: true,
    };
    let money = Money { amount: 1_000, currency: "EUR".parse().expect("a currency") };
    let fee = Fee::Amount { money };
    let policy = Policy {
        cancellation: Deadline { minutes_before: 90, after: Late::Charged { fee } },
        reschedule: Deadline { minutes_before: 60, after: Late::Refused },
        no_show: NoShowPolicy { fee: Some(fee), limit: None },
        ..Policy::default()
    };
    ServiceDetails {
        description: Note::parse("Kung-Fu").ok(),
        other_durations: vec![90],
        seats: 8,
        price: Some(money),
        policy,
        questions: vec![question],
        ..ServiceDetails::new(Name::parse("Kung-Fu").expect("a name"), 60, vec![])
    }
}

/// Every answer, for a caller from elsewhere and in the hour that comes twice.
fn every_answer(language: Language) -> Vec<Value> {
    let caller = PhoneNumber::parse("+573001234567", None).expect("a number");
    let speech = Speech::of(&profile(language), Some(&caller));
    let start: DateTime<Utc> = "2026-11-01T05:30:00Z".parse().expect("an instant");
    let open: Vec<_> = (0..4).map(|hour| open_slot(start + TimeDelta::hours(hour))).collect();
    let told = ToldAppointment {
        id: AppointmentId::from_uuid(Uuid::nil()),
        service: "Kung-Fu".into(),
        start,
        zone: speech.zone,
        name: None,
    };
    let waiting = ToldEntry {
        id: WaitlistEntryId::from_uuid(Uuid::nil()),
        service: "Kung-Fu".into(),
        number: 2,
        kept: None,
    };
    let offer = ToldOffer {
        entry_id: waiting.id,
        service: "Kung-Fu".into(),
        name: "Ada".into(),
        start,
        questions: vec![],
    };
    let found = |to_change| FoundAppointment { appointment: told.clone(), to_change, is_requested: true };
    let several = FoundForCaller {
        appointments: vec![found(ToChange::Free), found(ToChange::StaffOnly)],
        are_more: true,
        offers: vec![offer],
        customer: None,
    };
    let window = Window { opens: "09:00".parse().expect("a time"), closes: "24:00".parse().expect("a time") };
    let hours = DayHours::try_from(vec![window]).expect("hours");
    let week = WeeklyHours { monday: hours.clone(), tuesday: hours.clone(), ..WeeklyHours::default() };
    let class = class();
    let service = OfferedService { details: &class, people: &[] };
    let schedule = Schedule { hours: week.into(), overrides: [(date(), hours)].into() };
    let address = Note::parse("Kung-Fu").expect("an address");
    vec![
        answers::open_times(&service, &open, &speech),
        answers::none_open(&service, WhyNone::Full, &open, &speech),
        answers::none_open(&service, WhyNone::Closed, &[], &speech),
        answers::booked(&told, "Ada", &speech),
        answers::rescheduled(&told, &speech),
        answers::cancelled(&told, &speech),
        answers::refused(Reason::AgendaTimeTaken, None, Some(&open), &speech),
        answers::refused(Reason::AgendaTimeTaken, None, Some(&[]), &speech),
        answers::found(&several, &speech),
        answers::offer_declined("Kung-Fu", language),
        answers::staff_only(language),
        answers::found(&FoundForCaller::default(), &speech),
        opening_hours(&schedule, date(), None, &speech),
        opening_hours(&schedule, date(), Some(when::Dates::on(date())), &speech),
        offered(&[&class], None, language),
        offered(&[&class; 7], Some(&address), language),
        answers::waitlisted(&waiting, "Ada", &[], &speech),
        answers::waitlisted(&ToldEntry { kept: Some(start), ..waiting }, "Ada", &open, &speech),
        answers::message_taken(MessageId::from_uuid(Uuid::nil()), language),
    ]
}

/// The texts of an answer that are for the caller.
fn spoken(answer: &Value) -> Vec<String> {
    let lists = [&answer["slots"], &answer["appointments"]].into_iter().filter_map(Value::as_array).flatten();
    let texts = std::iter::once(&answer["message"]).chain(lists.map(|item| &item["time"]));
    texts.map(|text| text.as_str().expect("a text").to_owned()).collect()
}

#[test]
fn every_answer_is_said_by_its_language_alone() {
    for answer in every_answer(Language(&Marked)) {
        for text in spoken(&answer) {
            let left = text.replace("Kung-Fu", "");
            assert!(
                left.contains('§') && !left.contains(char::is_alphanumeric),
                "said by no language: {text:?} in {answer}"
            );
        }
    }
    for answer in every_answer(language("es")) {
        for text in spoken(&answer) {
            assert_eq!(english_words(&text), [""; 0], "{text}");
        }
    }
    for tool in Tool::all() {
        assert!(tool.description(Language(&Marked)).contains("The answer is in Marked"));
    }
}
