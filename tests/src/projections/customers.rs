//! Who is who, after people have merged and unmerged them in every order.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::kernel::ids::{CustomerId, StreamId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::people::commands::customer_merges::{MergeCustomer, UndoMerge};
use frontdesk_domain::people::commands::customers::RegisterCustomer;
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::people::customer::Customer;
use frontdesk_projections::customer_figures::{self, CustomerFigures, Figures};
use frontdesk_projections::customers::{self, Customers};
use frontdesk_projections::page::PageRequest;
use frontdesk_projections::read_model::{Filling, ReadModel};
use frontdesk_projections::runner::Runner;
use rand::Rng;
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::process::{Process, context, morning};
use crate::support::shop::{Shop, person};
use crate::support::source::LogSource;
use crate::support::within;

const CUSTOMERS: usize = 8;

async fn drain(process: &Process, model: impl ReadModel + 'static) {
    let runner = Runner::new(
        Filling::serving(Arc::new(model)),
        Arc::new(LogSource(process.log.clone())),
        process.pool.clone(),
    );
    within(runner.drain()).await.expect("drained");
}

async fn register(process: &Process, shop: &Shop, customers: usize) -> Vec<CustomerId> {
    let mut ids = Vec::new();
    for number in 0..customers {
        let register = RegisterCustomer { person: person(number) };
        ids.push(process.bus.execute(&context(shop.tenant), &register).await.expect("registered").output.id);
    }
    ids
}

/// Who stands for a customer, and with which addresses, as the aggregates say.
async fn from_the_log(process: &Process, id: CustomerId) -> (CustomerId, Vec<ContactAddress>) {
    let mut survivor = id;
    loop {
        let customer = process.bus.current::<Customer>(survivor).await.expect("loaded");
        match customer.merged_into() {
            Some(into) => survivor = into,
            None => {
                let addresses = customer.details().expect("registered").addresses.clone();
                return (survivor, addresses.into_iter().filter_map(Personal::into_known).collect());
            }
        }
    }
}

async fn family(pool: &PgPool, id: CustomerId) -> Vec<Uuid> {
    let mut family: Vec<Uuid> = sqlx::query_scalar("select customers_v2.family($1)")
        .bind(id.uuid())
        .fetch_all(pool)
        .await
        .expect("a family");
    family.sort_unstable();
    family
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stands_for_whom_is_what_the_log_says_however_the_log_is_cut_into_batches() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&process.bus).await;
    let ids = register(&process, &shop, CUSTOMERS).await;
    for _ in 0..12 {
        // Many in one batch, some of them about the same customer.
        for _ in 0..rand::rng().random_range(1..8) {
            let [one, other] = [0, 1].map(|_| ids[rand::rng().random_range(0..CUSTOMERS)]);
            // Many make no sense and are refused.
            if rand::rng().random_bool(0.6) {
                let merge = MergeCustomer { customer_id: one, into: other, reason: None, seen_version: None };
                let _ = process.bus.execute(&context(shop.tenant), &merge).await;
            } else {
                let undo = UndoMerge { customer_id: one, reason: None, seen_version: None };
                let _ = process.bus.execute(&context(shop.tenant), &undo).await;
            }
        }
        drain(&process, Customers).await;
        let mut families: BTreeMap<CustomerId, Vec<Uuid>> = BTreeMap::new();
        for id in &ids {
            let (survivor, addresses) = from_the_log(&process, *id).await;
            families.entry(survivor).or_default().push(id.uuid());
            let row =
                customers::find(&database.pool, shop.tenant, *id).await.expect("read").expect("a customer");
            let details = row.details().expect("a survivor");
            assert_eq!(row.id(), survivor);
            assert_eq!(
                details.addresses.iter().filter_map(Personal::known).cloned().collect::<Vec<_>>(),
                addresses
            );
            if !addresses.is_empty() {
                let found =
                    customers::with_addresses(&database.pool, shop.tenant, &addresses).await.expect("read");
                assert_eq!(found.map(|row| row.id()), Some(survivor), "whoever has them all");
            }
        }
        let everybody = PageRequest { after: None, limit: 100 };
        let listed = customers::list(&database.pool, shop.tenant, everybody).await.expect("read").items.len();
        assert_eq!(listed, families.len(), "the list has the survivors");
        for (survivor, mut members) in families {
            members.sort_unstable();
            for member in &members {
                assert_eq!(family(&database.pool, CustomerId::from_uuid(*member)).await, members);
            }
            let merges = customers::merges(&database.pool, shop.tenant, survivor, everybody)
                .await
                .expect("read")
                .items;
            assert_eq!(merges.len(), members.len() - 1, "everybody but the survivor was merged");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circle_among_rows_ends() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&process.bus).await;
    let [one, other] = register(&process, &shop, 2).await[..] else { panic!("two") };
    let merge = async |customer_id, into| {
        let merge = MergeCustomer { customer_id, into, reason: None, seen_version: None };
        process.bus.execute(&context(shop.tenant), &merge).await.expect("merged");
    };
    merge(one, other).await;
    drain(&process, Customers).await;
    let undo = UndoMerge { customer_id: one, reason: None, seen_version: None };
    process.bus.execute(&context(shop.tenant), &undo).await.expect("undone");
    // What undid the first merge cannot be taken, so its row goes on as it was.
    let park = format!(
        "insert into parked_events (reader, version, position, tenant_id, aggregate_type, aggregate_id, error)
         select 'customers', 2, position, tenant_id, aggregate_type, aggregate_id, 'unreadable' from events
         where aggregate_id = '{}' and event_type = 'MergeUndone'",
        one.uuid()
    );
    database.tamper(&park).await;
    merge(other, one).await;
    drain(&process, Customers).await;
    let rows = "select id, merged_into from customers_v2.customers where merged_into is not null";
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(rows).fetch_all(&database.pool).await.expect("rows");
    let circle = [(one, other), (other, one)].map(|(one, other)| (one.uuid(), other.uuid()));
    assert_eq!(BTreeMap::from_iter(rows), BTreeMap::from(circle));
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_count_every_outcome_once() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&process.bus).await;
    let mut booked = Vec::new();
    for slot in 0..6 {
        booked.push(shop.book(&process.bus, slot, 1).await.expect("booked").output);
    }
    drain(&process, Customers).await;
    drain(&process, CustomerFigures).await;
    // As events say that have been there from the start.
    for (number, outcome) in
        ["completed", "no_show", "cancelled_by_customer", "cancelled_by_system"].iter().enumerate()
    {
        let id = booked[number].id.uuid();
        let set = sqlx::query("update customer_figures_v1.appointments set outcome = $2 where id = $1");
        set.bind(id).bind(outcome).execute(&database.pool).await.expect("set");
    }
    // What is there is read, too, when the next event comes.
    shop.cancel(&process.bus, booked[5].id).await.expect("cancelled");
    drain(&process, CustomerFigures).await;

    let (customer, _) = booked[0].customer.clone().expect("a customer");
    let figures =
        customer_figures::of(&database.pool, shop.tenant, customer, Shop::start(5)).await.expect("read");
    let expected = Figures {
        booked: 6,
        cancelled_by_customer: 1,
        cancelled_by_business: 1,
        cancelled_by_system: 1,
        completed: 1,
        no_shows: 1,
        upcoming: 0,
        next_at: None,
        first_visit_at: Some(Shop::start(0)),
        last_visit_at: Some(Shop::start(4)),
    };
    assert_eq!(figures, expected);
    let earlier =
        customer_figures::of(&database.pool, shop.tenant, customer, morning() + TimeDelta::minutes(61)).await;
    let earlier = earlier.expect("read");
    assert_eq!(
        (earlier.upcoming, earlier.next_at, earlier.last_visit_at),
        (1, Some(Shop::start(4)), Some(Shop::start(0)))
    );
    let nobody = CustomerId::from_uuid(Uuid::now_v7());
    let nothing = customer_figures::of(&database.pool, shop.tenant, nobody, morning()).await.expect("read");
    assert_eq!((nothing.booked, nothing.no_shows, nothing.first_visit_at), (0, 0, None));
}
