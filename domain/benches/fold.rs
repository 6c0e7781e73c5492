//! What it takes a process that knows nothing of a stream to fold it, from the stored text of its events to
//! the state: streams that grow without end, of 1,000 and of 10,000 events. What the database and decryption
//! take comes on top.

use std::hint::black_box;

use chrono::NaiveDate;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use frontdesk_domain::booking::waitlist::{Place, Waitlist, WaitlistEvent, Wish};
use frontdesk_domain::kernel::decider::Decider;
use frontdesk_domain::kernel::ids::{AppointmentId, CustomerId, ServiceId, StreamId, WaitlistEntryId};
use frontdesk_domain::scheduling::availability::Terms;
use frontdesk_domain::scheduling::quota::{Quota, QuotaEvent, Share};
use frontdesk_domain::values::hours::Dates;
use frontdesk_domain::values::time::TimeOfDay;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

const EVENTS: [u128; 2] = [1_000, 10_000];

fn id<I: StreamId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

/// Every second booking of a year is cancelled.
fn quota(number: u128) -> QuotaEvent {
    let appointment_id: AppointmentId = id(number / 2);
    match number % 4 {
        3 => QuotaEvent::QuotaReleased { appointment_id },
        _ => QuotaEvent::QuotaTaken { appointment_id, share: Share { minutes: 30, held_until: None } },
    }
}

/// Ten wait at any time.
fn waitlist(number: u128) -> WaitlistEvent {
    let (date, entry_id): (_, WaitlistEntryId) =
        (NaiveDate::from_ymd_opt(2026, 11, 25).unwrap_or_default(), id(number / 2));
    if number % 2 == 1 && number > 20 {
        return WaitlistEvent::EntryDequeued { entry_id: id(number / 2 - 10) };
    }
    let wish = Wish {
        service_id: id::<ServiceId>(1),
        terms: Terms::default(),
        dates: Dates { first: date, last: date },
        from_time: TimeOfDay::START,
        to_time: TimeOfDay::END,
    };
    WaitlistEvent::EntryQueued { place: Place { entry_id, customer_id: id::<CustomerId>(number), wish } }
}

fn stored<E: Serialize>(event: impl Fn(u128) -> E, count: u128) -> Vec<String> {
    (0..count).map(|number| serde_json::to_string(&event(number)).expect("JSON")).collect()
}

fn fold<A: Decider>(events: &[String]) -> A
where
    A::Event: DeserializeOwned,
{
    let decoded = |text: &String| {
        let payload: Value = serde_json::from_str(text).expect("JSON");
        <A::Event as serde::Deserialize>::deserialize(&payload).expect("an event")
    };
    A::default().fold(events.iter().map(decoded))
}

fn streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fold");
    group.sample_size(20);
    for count in EVENTS {
        group.throughput(Throughput::Elements(count as u64));
        let events = stored(quota, count);
        group.bench_function(BenchmarkId::new("yearly quota", count), |bencher| {
            bencher.iter(|| fold::<Quota>(black_box(&events)));
        });
        let events = stored(waitlist, count);
        group.bench_function(BenchmarkId::new("waitlist", count), |bencher| {
            bencher.iter(|| fold::<Waitlist>(black_box(&events)));
        });
    }
    group.finish();
}

criterion_group!(benches, streams);
criterion_main!(benches);
