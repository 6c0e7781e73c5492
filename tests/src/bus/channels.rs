//! Channels that are added and removed at once, by two processes.

use frontdesk_adapters::command_bus::{BusError, Executed};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::conversations::commands::channels::{AddChannel, ChannelView, RemoveChannel};
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::scheduling::business::Business;
use frontdesk_domain::values::sender::{Authentication, ChannelAddressKind, ChannelNumber};

use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context};
use crate::support::shop::{Shop, name, refused};

/// A channel whose secret and number are nobody else's.
fn channel(number: usize) -> AddChannel {
    let value = format!("+57601{number:07}");
    AddChannel {
        name: name("Front line"),
        provider: "platform".into(),
        authentication: Authentication::Secret { hash: number.to_string() },
        numbers: vec![ChannelNumber { kind: ChannelAddressKind::PhoneNumber, value }],
        assistant_id: None,
    }
}

type Added = Result<Executed<ChannelView>, BusError>;

struct Scene {
    database: TestDatabase,
    processes: [Process; 2],
    shop: Shop,
}

async fn scene() -> Scene {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let processes = [Process::start(&database, &master), Process::start(&database, &master)];
    let shop = Shop::open(&processes[0].bus).await;
    Scene { database, processes, shop }
}

impl Scene {
    async fn add(&self, process: usize, command: &AddChannel) -> Added {
        self.processes[process].bus.execute(&context(self.shop.tenant), command).await
    }

    /// By both processes at once.
    async fn add_both(&self, one: &AddChannel, other: &AddChannel) -> [Added; 2] {
        let (one, other) = tokio::join!(self.add(0, one), self.add(1, other));
        [one, other]
    }
}

/// What the one was told who was refused.
fn one_refused(results: [Added; 2]) -> String {
    let (added, others): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((added.len(), others.len()), (1, 1));
    refused(others.into_iter().next().expect("a refusal"))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_add_the_fiftieth_channel_at_once_one_does() {
    let scene = scene().await;
    for number in 0..49 {
        scene.add(number % 2, &channel(number)).await.expect("added");
    }
    assert_eq!(one_refused(scene.add_both(&channel(49), &channel(50)).await), "business-too-many-channels");
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_add_the_same_number_at_once_one_does_and_it_is_free_again_when_that_is_removed() {
    let scene = scene().await;
    let theirs = Shop::open(&scene.processes[1].bus).await;
    let (secret, number) = (channel(1), channel(2));
    let same_number = AddChannel { numbers: number.numbers.clone(), ..secret.clone() };
    assert_eq!(one_refused(scene.add_both(&number, &same_number).await), "channel-address-taken");
    let (bus, wanted) = (&scene.processes[1].bus, channel(3));
    let context_there = context(theirs.tenant);
    let (ours, others) = tokio::join!(scene.add(0, &wanted), bus.execute(&context_there, &wanted));
    assert_eq!(usize::from(ours.is_ok()) + usize::from(others.is_ok()), 1);
    let (owner, other) = if ours.is_ok() { (&scene.shop, &theirs) } else { (&theirs, &scene.shop) };
    let channel_id = [ours, others].into_iter().find_map(Result::ok).expect("added").output.id;
    let remove = RemoveChannel { channel_id };
    assert_eq!(refused(bus.execute(&context(other.tenant), &remove).await), "business-channel-not-found");
    bus.execute(&context(owner.tenant), &remove).await.expect("removed");
    assert_eq!(refused(bus.execute(&context(owner.tenant), &remove).await), "business-channel-not-found");
    let again = bus.execute(&context(other.tenant), &wanted).await.expect("added").output;
    assert_ne!(again.id, channel_id);
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_stays_as_it_is_when_its_channels_come_and_go_while_it_is_booked() {
    let scene = scene().await;
    let stream = Stream::of::<Business>(scene.shop.tenant);
    let before = scene.processes[0].log.versions(&[stream]).await.expect("versions");
    let channels = async {
        for number in 0..20 {
            let channel_id = scene.add(1, &channel(number)).await.expect("added").output.id;
            let remove = RemoveChannel { channel_id };
            scene.processes[1].bus.execute(&context(scene.shop.tenant), &remove).await.expect("removed");
        }
    };
    let bookings = async {
        for slot in 0..20 {
            scene.shop.book(&scene.processes[0].bus, slot, 1).await.expect("booked");
        }
    };
    tokio::join!(channels, bookings);
    assert_eq!(scene.processes[0].log.versions(&[stream]).await.expect("versions"), before);
    sound_rows(&scene.database.pool).await;
}
