//! One person, one customer; and two that turn out to be one. By two processes.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;

use cqrs_es::Aggregate;
use frontdesk_adapters::command_bus::{Bus, BusError};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::event_log::append::Expectation;
use frontdesk_adapters::event_log::appender::Priority;
use frontdesk_adapters::event_log::{Draft, DraftEvent, Outcome};
use frontdesk_domain::booking::appointment::Source;
use frontdesk_domain::booking::commands::booking::{BookAppointment, Who};
use frontdesk_domain::kernel::ids::{BusinessId, CommitId, CustomerId, EventId, StreamId};
use frontdesk_domain::kernel::metadata::Metadata;
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::people::commands::customer_merges::{MergeCustomer, UndoMerge};
use frontdesk_domain::people::commands::customers::{
    AddContactAddress, CustomerView, Person, RegisterCustomer, RemoveContactAddress, RenameCustomer,
};
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::people::contact_point::ContactPoint;
use frontdesk_domain::people::customer::{ADDRESSES_MAX, Customer, GENERATIONS_MAX};
use frontdesk_domain::scheduling::commands::services::ChangeService;
use frontdesk_domain::scheduling::service::{NoShowLimit, NoShowPolicy, Policy, ServiceDetails};
use frontdesk_domain::values::phone::PhoneNumber;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::commits::{deadline, sound_rows};
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context};
use crate::support::shop::{Shop, name, person, refused, service_details};
use crate::support::within;

struct Scene {
    database: TestDatabase,
    master: MasterKey,
    processes: [Process; 2],
    shop: Shop,
}

async fn scene() -> Scene {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let processes = [Process::start(&database, &master), Process::start(&database, &master)];
    let shop = Shop::open(&processes[0].bus).await;
    Scene { database, master, processes, shop }
}

impl Scene {
    fn bus(&self, number: usize) -> Bus {
        self.processes[number % 2].bus.clone()
    }

    async fn register(&self, person: Person) -> CustomerView {
        register(self.bus(0), self.shop.tenant, person).await.expect("found or registered")
    }

    /// Registers all of them at once, by both processes in turn.
    async fn register_at_once(&self, people: impl IntoIterator<Item = Person>) -> Vec<CustomerView> {
        let people = people.into_iter().enumerate();
        let found =
            at_once(people.map(|(number, person)| register(self.bus(number), self.shop.tenant, person)))
                .await;
        found.into_iter().map(|found| found.expect("found or registered")).collect()
    }

    async fn merge(&self, process: usize, merged: CustomerId, into: CustomerId) -> Result<(), BusError> {
        merge(self.bus(process), self.shop.tenant, merged, into).await
    }

    /// The customers of the log.
    async fn customers(&self) -> BTreeSet<String> {
        let rows = sound_rows(&self.database.pool).await;
        rows.into_iter()
            .filter(|row| row.aggregate_type == Customer::TYPE)
            .map(|row| row.aggregate_id)
            .collect()
    }

    /// Whose an address is, as the log has it.
    async fn owner(&self, address: &ContactAddress) -> Option<CustomerId> {
        let hash = |purpose: &str, value: &[u8]| self.processes[0].bus.hasher().hash(purpose, value);
        let claim = address.claim(hash, self.shop.tenant);
        self.processes[0].bus.cache().forget(Stream::of::<ContactPoint>(claim));
        self.processes[0].bus.current::<ContactPoint>(claim).await.expect("loaded").owner
    }
}

async fn register(bus: Bus, tenant: BusinessId, person: Person) -> Result<CustomerView, BusError> {
    bus.execute(&context(tenant), &RegisterCustomer { person }).await.map(|executed| executed.output)
}

async fn merge(
    bus: Bus,
    tenant: BusinessId,
    customer_id: CustomerId,
    into: CustomerId,
) -> Result<(), BusError> {
    let merge = MergeCustomer { customer_id, into, reason: None, seen_version: None };
    bus.execute(&context(tenant), &merge).await.map(drop)
}

async fn at_once<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut running: JoinSet<T> = tasks.into_iter().collect();
    let mut results = Vec::new();
    while let Some(result) = within(running.join_next()).await {
        results.push(result.expect("it does not panic"));
    }
    results
}

fn phone(number: usize) -> PhoneNumber {
    PhoneNumber::parse(&format!("+57300{number:07}"), None).expect("a number")
}

fn by_phone(number: usize) -> Person {
    Person::new(name("Ada"), Some(phone(number)), None)
}

fn by_email() -> Person {
    Person::new(name("Ada"), None, Some("ada@example.com".parse().expect("an address")))
}

fn by_whatsapp(id: &str) -> Person {
    Person::new(name("Ada"), None, None).with_whatsapp([id.parse().expect("an id")])
}

/// Everything that can be known of one person.
fn by_everything() -> Person {
    let email = "ada@example.com".parse().expect("an address");
    let ids = ["US.13491208655302741918", "573000000001"].map(|id| id.parse().expect("an id"));
    Person::new(name("Ada"), Some(phone(1)), Some(email)).with_whatsapp(ids)
}

fn ids(views: &[CustomerView]) -> BTreeSet<CustomerId> {
    views.iter().map(|view| view.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_who_comes_40_times_at_once_becomes_one_customer_by_any_kind_of_address_and_by_all() {
    for person in [
        by_phone(1),
        by_email(),
        by_whatsapp("573000000001"),
        by_whatsapp("US.13491208655302741918"),
        by_everything(),
    ] {
        let scene = scene().await;
        let views = scene.register_at_once((0..40).map(|_| person.clone())).await;
        assert_eq!((ids(&views).len(), views.iter().filter(|view| view.is_new).count()), (1, 1));
        assert_eq!(scene.customers().await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_known_by_everything_is_found_by_anything() {
    let scene = scene().await;
    let known = scene.register(by_everything()).await;
    let one_of = [
        by_phone(1),
        by_email(),
        by_whatsapp("573000000001"),
        by_whatsapp("US.13491208655302741918"),
        by_everything(),
    ];
    let views = scene.register_at_once((0..40).map(|number| one_of[number % one_of.len()].clone())).await;
    assert_eq!(ids(&views), BTreeSet::from([known.id]));
    // The same digits are one thing on the phone and another on WhatsApp.
    let other = scene.register(by_whatsapp("573000000002")).await;
    assert_ne!(scene.register(by_phone(2)).await.id, other.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_two_customers_at_once_lead_to_the_owner_of_the_strongest_and_merge_nobody() {
    let scene = scene().await;
    let (mail, calls, writes) = (
        scene.register(by_email()).await,
        scene.register(by_phone(1)).await,
        scene.register(by_whatsapp("573000000001")).await,
    );
    let found = scene.register_at_once((0..40).map(|_| by_everything())).await;
    assert_eq!(ids(&found), BTreeSet::from([writes.id]));
    let by_phone_and_email = Person { whatsapp: vec![], ..by_everything() };
    assert_eq!(scene.register(by_phone_and_email).await.id, calls.id);
    // Nobody's address stays nobody's: who says a known number does not hang an address on its owner.
    let nobodys = ContactAddress::Whatsapp("US.13491208655302741918".parse().expect("an id"));
    assert_eq!(scene.owner(&nobodys).await, None);
    assert_eq!(scene.customers().await.len(), 3);
    assert_eq!(scene.register(by_email()).await.id, mail.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_share_addresses_and_come_at_once_leave_every_address_with_one_owner() {
    let scene = scene().await;
    let by_phone_and_email = || Person { whatsapp: vec![], ..by_everything() };
    let by_whatsapp_and_phone = || by_phone(1).with_whatsapp(["573000000001".parse().expect("an id")]);
    let people =
        [by_phone(1), by_email(), by_phone_and_email(), by_whatsapp_and_phone(), by_whatsapp("573000000001")];
    let views = scene.register_at_once((0..60).map(|number| people[number % people.len()].clone())).await;
    let new: BTreeSet<CustomerId> = views.iter().filter(|view| view.is_new).map(|view| view.id).collect();
    assert_eq!(new.len(), scene.customers().await.len(), "each was told to one caller that they are new");
    let mut owners = BTreeSet::new();
    for address in [
        ContactAddress::Phone(phone(1)),
        ContactAddress::Email("ada@example.com".parse().expect("an address")),
        ContactAddress::Whatsapp("573000000001".parse().expect("an id")),
    ] {
        owners.insert(scene.owner(&address).await.expect("an owner"));
    }
    assert_eq!(owners, new, "everybody has an address, and every address is somebody's");
    assert!(ids(&views).is_subset(&new));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_merges_at_once_that_would_make_a_circle_all_but_one_are_done() {
    let scene = scene().await;
    for round in 0..10 {
        let size = 2 + round % 3;
        let mut circle = Vec::new();
        for number in 0..size {
            circle.push(scene.register(by_phone(100 * round + number)).await.id);
        }
        let tenant = scene.shop.tenant;
        let merges = (0..size)
            .map(|number| merge(scene.bus(number), tenant, circle[number], circle[(number + 1) % size]));
        let results = at_once(merges).await;
        let (done, not): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), not.len()), (size - 1, 1));
        assert!(not.into_iter().all(|result| refused(result) == "customer-merged-into-itself"));
        // All of them are one now.
        let mut found = BTreeSet::new();
        for number in 0..size {
            found.insert(scene.register(by_phone(100 * round + number)).await.id);
        }
        assert_eq!(found.len(), 1);
    }
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_books_while_customers_are_merged_books_for_the_survivor_or_for_who_was_there_before() {
    let scene = scene().await;
    let tenant = scene.shop.tenant;
    let (one, two) = (scene.register(by_phone(1)).await.id, scene.register(by_phone(2)).await.id);
    let booking = |slot: usize| {
        let (bus, shop) = (scene.bus(slot), scene.shop.clone());
        let who = if slot % 4 < 2 { Who::Customer(one) } else { Who::Person(person(1)) };
        async move {
            let book = BookAppointment::new(shop.offer(slot as i64), who, Source::Api);
            let view = bus.execute(&context(tenant), &book).await.expect("booked").output;
            view.appointment.booking().expect("booked").attendee.customer_id
        }
    };
    let bookings = at_once((0..20).map(booking));
    let (booked, merged) = tokio::join!(bookings, merge(scene.bus(1), tenant, one, two));
    merged.expect("merged");
    assert!(booked.iter().all(|id| [one, two].contains(id)), "{booked:?}");
    for slot in 20..24 {
        assert_eq!(booking(slot).await, two);
    }
    assert_eq!(scene.customers().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undone_merge_gives_back_what_the_survivor_still_has_from_it() {
    let scene = scene().await;
    let (bus, tenant) = (scene.bus(0), scene.shop.tenant);
    let everything = scene.register(by_everything()).await;
    let survivor = scene.register(by_phone(2)).await.id;
    let merged = everything.id;
    scene.merge(0, merged, survivor).await.expect("merged");
    let contact_point = |address: &ContactAddress| {
        everything
            .contact_points
            .iter()
            .find(|(_, known)| known == address)
            .map(|(id, _)| *id)
            .expect("an address")
    };
    let remove = async |address: &ContactAddress| {
        let contact_point_id = contact_point(address);
        let remove = RemoveContactAddress { customer_id: survivor, contact_point_id, seen_version: None };
        bus.execute(&context(tenant), &remove).await.expect("removed")
    };
    let add = async |customer_id, address: &ContactAddress| {
        let add = AddContactAddress {
            customer_id,
            address: Personal::in_command(address.clone()),
            seen_version: None,
        };
        bus.execute(&context(tenant), &add).await.expect("added")
    };
    // One is taken from the survivor and is nobody's, one is somebody else's by now, one is given to the
    // survivor anew.
    let [scoped, plain] = ["US.13491208655302741918", "573000000001"]
        .map(|id| ContactAddress::Whatsapp(id.parse().expect("an id")));
    let email = ContactAddress::Email("ada@example.com".parse().expect("an address"));
    let stranger = scene.register(by_phone(3)).await.id;
    remove(&scoped).await;
    remove(&plain).await;
    add(stranger, &plain).await;
    remove(&email).await;
    add(survivor, &email).await;

    let undo = UndoMerge { customer_id: merged, reason: None, seen_version: None };
    let undone = scene.bus(1).execute(&context(tenant), &undo).await.expect("undone").output;
    assert_eq!((undone.customer.id, undone.survivor_id), (merged, survivor));
    let given_back: Vec<_> = undone.customer.contact_points.into_iter().map(|(_, address)| address).collect();
    assert_eq!(given_back, [ContactAddress::Phone(phone(1))]);
    let kept: Vec<_> =
        undone.not_given_back.into_iter().map(|kept| (kept.address.expect("known"), kept.owner)).collect();
    let expected = [(scoped.clone(), None), (plain.clone(), Some(stranger)), (email.clone(), Some(survivor))];
    assert_eq!(kept, expected);
    for (address, owner) in [
        (ContactAddress::Phone(phone(1)), Some(merged)),
        (scoped, None),
        (plain, Some(stranger)),
        (email, Some(survivor)),
    ] {
        assert_eq!(scene.owner(&address).await, owner);
    }
    let again = bus.execute(&context(tenant), &undo).await;
    assert_eq!(refused(again), "customer-not-merged");
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_merges_is_undone_in_any_order() {
    for first_undone in [0, 1] {
        let scene = scene().await;
        let (bus, tenant) = (scene.bus(0), scene.shop.tenant);
        let mut chain = Vec::new();
        for number in 0..3 {
            chain.push(scene.register(by_phone(number)).await.id);
        }
        scene.merge(0, chain[0], chain[1]).await.expect("merged");
        scene.merge(1, chain[1], chain[2]).await.expect("merged");
        assert_eq!(scene.register(by_phone(0)).await.id, chain[2]);
        for number in [first_undone, 1 - first_undone] {
            let undo = UndoMerge { customer_id: chain[number], reason: None, seen_version: None };
            bus.execute(&context(tenant), &undo).await.expect("undone");
            let expected = if first_undone == 1 && number == 1 { chain[1] } else { chain[0] };
            assert_eq!(scene.register(by_phone(0)).await.id, expected, "with those who are still merged");
        }
        for (number, id) in chain.iter().enumerate() {
            assert_eq!(scene.register(by_phone(number)).await.id, *id);
            let found = scene.register(by_phone(number)).await;
            assert_eq!(found.contact_points.len(), 1, "each has its own again");
        }
        sound_rows(&scene.database.pool).await;
    }
}

/// Undoes a merge by a process.
async fn undo(bus: &Bus, tenant: BusinessId, customer_id: CustomerId) -> Result<(), BusError> {
    let undo = UndoMerge { customer_id, reason: None, seen_version: None };
    bus.execute(&context(tenant), &undo).await.map(drop)
}

/// A merge undone in the middle of a chain used to leave its customer among those of the middle one. The next
/// merges then made a circle, and a booking that counted no-shows went around it for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_undone_in_the_middle_of_a_chain_leaves_no_circle() {
    let scene = scene().await;
    let (bus, tenant) = (scene.bus(0), scene.shop.tenant);
    let limit = Some(NoShowLimit { no_shows: 2, within_days: 90 });
    let policy = Policy { no_show: NoShowPolicy { fee: None, limit }, ..Policy::default() };
    let details = ServiceDetails { policy, ..service_details(scene.shop.resource) };
    let change = ChangeService { service_id: scene.shop.service, details, seen_version: None };
    bus.execute(&context(tenant), &change).await.expect("changed");
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(scene.register(by_phone(number)).await.id);
    }
    let (m, a, s) = (ids[0], ids[1], ids[2]);
    scene.merge(0, m, a).await.expect("merged");
    scene.merge(0, a, s).await.expect("merged");
    undo(&bus, tenant, m).await.expect("undone");
    let middle = bus.current::<Customer>(a).await.expect("loaded");
    assert_eq!(middle.absorbed(), [], "whoever has left is none of its own");
    scene.merge(0, s, m).await.expect("merged");
    let booked = within(scene.shop.book(&bus, 0, 0)).await.expect("booked").output;
    assert_eq!(booked.customer.map(|(id, _)| id), Some(m));
}

fn survivor(merged_into: &HashMap<CustomerId, CustomerId>, mut id: CustomerId) -> CustomerId {
    while let Some(into) = merged_into.get(&id) {
        id = *into;
    }
    id
}

/// However customers are merged and separated: who absorbed whom is who was merged into whom, and every
/// address belongs to whoever stands for the person that brought it.
#[tokio::test(flavor = "multi_thread")]
async fn merging_and_undoing_at_random_loses_no_address_and_makes_no_circle() {
    let scene = scene().await;
    let (bus, tenant) = (scene.bus(0), scene.shop.tenant);
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(scene.register(by_phone(number)).await.id);
    }
    let mut merged_into: HashMap<CustomerId, CustomerId> = HashMap::new();
    let mut random = rand::rngs::StdRng::seed_from_u64(20_261_125);
    for step in 0..150 {
        let one = ids[random.random_range(0..ids.len())];
        let other = ids[random.random_range(0..ids.len())];
        if merged_into.remove(&one).is_some() {
            undo(&bus, tenant, one).await.expect("undone");
        } else if survivor(&merged_into, other) != one {
            let into = survivor(&merged_into, other);
            match merge(bus.clone(), tenant, one, other).await {
                Ok(()) => drop(merged_into.insert(one, into)),
                Err(error) => assert_eq!(refused(Err::<(), _>(error)), "customer-merged-too-deep"),
            }
        }
        for (number, id) in ids.iter().enumerate() {
            let customer = bus.current::<Customer>(*id).await.expect("loaded");
            let absorbed: BTreeSet<_> = customer.absorbed().iter().copied().collect();
            let expected: BTreeSet<_> =
                merged_into.iter().filter(|(_, into)| *into == id).map(|(one, _)| *one).collect();
            assert_eq!(absorbed, expected, "step {step}");
            let owner = scene.owner(&ContactAddress::Phone(phone(number))).await;
            assert_eq!(owner, Some(survivor(&merged_into, *id)), "step {step}");
        }
    }
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_are_refused_for_what_they_would_lead_to() {
    let scene = scene().await;
    let tenant = scene.shop.tenant;
    let other = Shop::open(&scene.bus(0)).await;
    let theirs = register(scene.bus(0), other.tenant, by_phone(0)).await.expect("registered").id;
    let mut chain = vec![scene.register(by_phone(0)).await.id];
    assert_eq!(refused(scene.merge(0, chain[0], chain[0]).await), "customer-merged-into-itself");
    assert_eq!(refused(scene.merge(0, chain[0], theirs).await), "customer-not-found");
    assert_eq!(refused(scene.merge(0, theirs, chain[0]).await), "customer-not-found");
    for number in 1..=GENERATIONS_MAX as usize {
        chain.push(scene.register(by_phone(number)).await.id);
        scene.merge(number, chain[number - 1], chain[number]).await.expect("merged");
    }
    let last = chain[GENERATIONS_MAX as usize];
    let stranger = scene.register(by_phone(900)).await.id;
    assert_eq!(refused(scene.merge(0, last, stranger).await), "customer-merged-too-deep");
    scene.merge(0, stranger, last).await.expect("the other way round");
    let unrelated = scene.register(by_phone(901)).await.id;
    assert_eq!(refused(scene.merge(1, chain[0], unrelated).await), "customer-already-merged");
    scene.merge(1, chain[0], chain[3]).await.expect("it is merged, by way of others");
    assert_eq!(refused(scene.merge(0, last, chain[0]).await), "customer-merged-into-itself");

    // Both together would have too many addresses.
    for number in 1..ADDRESSES_MAX {
        let address = Personal::in_command(ContactAddress::Phone(phone(1000 + number)));
        let add = AddContactAddress { customer_id: unrelated, address, seen_version: None };
        scene.bus(number).execute(&context(tenant), &add).await.expect("added");
    }
    assert_eq!(refused(scene.merge(0, unrelated, last).await), "customer-too-many-addresses");
    let address = Personal::in_command(ContactAddress::Phone(phone(2000)));
    let add = AddContactAddress { customer_id: unrelated, address, seen_version: None };
    assert_eq!(refused(scene.bus(0).execute(&context(tenant), &add).await), "customer-too-many-addresses");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_customers_id_stands_for_the_survivor_in_every_command() {
    let scene = scene().await;
    let (bus, tenant) = (scene.bus(1), scene.shop.tenant);
    let (merged, survivor) = (scene.register(by_phone(1)).await.id, scene.register(by_phone(2)).await.id);
    // The other process remembers them as they were.
    assert_eq!(register(bus.clone(), tenant, by_phone(1)).await.expect("found").id, merged);
    scene.merge(0, merged, survivor).await.expect("merged");
    let rename = RenameCustomer {
        customer_id: merged,
        name: Personal::in_command(name("Ada L.")),
        seen_version: None,
    };
    let renamed = bus.execute(&context(tenant), &rename).await.expect("renamed").output;
    assert_eq!(renamed.id, survivor);
    let stale = RenameCustomer { seen_version: Some(renamed.version - 1), ..rename };
    assert_eq!(refused(bus.execute(&context(tenant), &stale).await), "changed-since");
    let booked = scene.shop.book(&bus, 0, 1).await.expect("booked").output;
    assert_eq!(booked.customer.map(|(id, _)| id), Some(survivor));
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_of_the_first_release_are_found_and_changed_like_any_others() {
    let scene = scene().await;
    let (bus, tenant) = (scene.bus(0), scene.shop.tenant);
    let id = CustomerId::from_uuid(Uuid::now_v7());
    let leaf = |value: &str| Some(Personal::new(SubjectId::of(id), value.to_owned()));
    let details =
        json!({ "name": leaf("Ada"), "phone": leaf("+573000000001"), "email": leaf("ada@example.com") });
    let mut draft = Draft {
        id: CommitId::from_uuid(Uuid::now_v7()),
        tenant,
        expectations: vec![],
        events: vec![],
        command: json!({ "name": "RegisterCustomer", "command": {} }),
        command_subject: SubjectId::of(id),
        attachments: vec![],
    };
    let mut append = |stream: Stream, event_type: &str, payload: Value| {
        draft.expectations.push(Expectation { stream, version: 0 });
        draft.events.push(DraftEvent {
            stream,
            sequence: 1,
            id: EventId::from_uuid(Uuid::now_v7()),
            event_type: event_type.to_owned(),
            event_version: "1".to_owned(),
            payload,
            metadata: Metadata::default(),
        });
    };
    append(
        Stream::of::<Customer>(id),
        "CustomerRegistered",
        json!({ "type": "CustomerRegistered", "details": details }),
    );
    let hash = |purpose: &str, value: &[u8]| bus.hasher().hash(purpose, value);
    let claims = [
        ContactAddress::Phone(phone(1)),
        ContactAddress::Email("ada@example.com".parse().expect("an address")),
    ];
    for address in claims {
        let claimed = json!({ "type": "ContactPointClaimed", "customer_id": id });
        append(Stream::of::<ContactPoint>(address.claim(hash, tenant)), "ContactPointClaimed", claimed);
    }
    let outcome =
        scene.processes[0].log.commit(&draft, Priority::Normal, deadline()).await.expect("committed");
    assert!(matches!(outcome, Outcome::Committed(_)), "{outcome:?}");

    let found = scene.register(by_everything()).await;
    assert_eq!((found.id, found.contact_points.len()), (id, 2));
    assert_eq!(scene.register(by_email()).await.id, id);
    let other = scene.register(by_phone(2)).await.id;
    scene.merge(1, id, other).await.expect("merged");
    assert_eq!(scene.register(by_email()).await.contact_points.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_customer_takes_their_addresses_from_the_survivor_and_the_merge_can_still_be_undone() {
    let scene = scene().await;
    let tenant = scene.shop.tenant;
    let (merged, survivor) = (scene.register(by_phone(1)).await.id, scene.register(by_phone(2)).await.id);
    scene.merge(0, merged, survivor).await.expect("merged");
    let destroyed =
        sqlx::query("update subject_keys set wrapped_key = null, destroyed_at = now() where subject_id = $1")
            .bind(merged.uuid())
            .execute(&mut scene.database.as_owner().await)
            .await
            .expect("destroyed");
    assert_eq!(destroyed.rows_affected(), 1);
    // A process that has not read them before.
    let bus = Process::start(&scene.database, &scene.master).bus;
    let found = register(bus.clone(), tenant, by_phone(2)).await.expect("found");
    let known: Vec<_> = found.contact_points.into_iter().map(|(_, address)| address).collect();
    assert_eq!((found.id, known), (survivor, vec![ContactAddress::Phone(phone(2))]));
    let undo = UndoMerge { customer_id: merged, reason: None, seen_version: None };
    let undone = bus.execute(&context(tenant), &undo).await.expect("undone").output;
    assert!(undone.customer.details.name.known().is_none() && undone.customer.contact_points.is_empty());
    assert!(undone.not_given_back.iter().all(|kept| kept.address.is_none() && kept.owner == Some(survivor)));
    assert_eq!(undone.not_given_back.len(), 1);
}
