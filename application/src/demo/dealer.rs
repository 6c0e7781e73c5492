//! The dealer: the business, its people, its services and its keys.

use chrono::{DateTime, Utc};
use frontdesk_adapters::crypto::random_secret;
use frontdesk_adapters::providers;
use frontdesk_domain::conversations::commands::channels::AddChannel;
use frontdesk_domain::kernel::ids::{ApiKeyId, BusinessId, ResourceId, ServiceId, StreamId};
use frontdesk_domain::platform::api_key::Scope;
use frontdesk_domain::platform::commands::api_keys::IssueApiKey;
use frontdesk_domain::scheduling::business::BusinessProfile;
use frontdesk_domain::scheduling::commands::businesses::RegisterBusiness;
use frontdesk_domain::scheduling::commands::resources::AddResource;
use frontdesk_domain::scheduling::commands::services::AddService;
use frontdesk_domain::scheduling::resource::ResourceDetails;
use frontdesk_domain::scheduling::service::{Need, ServiceDetails};
use frontdesk_domain::values::hours::WeeklyHours;
use frontdesk_domain::values::money::Money;
use frontdesk_domain::values::sender::Authentication;
use frontdesk_domain::values::time::Zone;
use serde_json::json;
use uuid::Uuid;

use super::stage::{DemoError, Stage, read};
use crate::access::new_key;

pub const NAME: &str = "Moto Andes";
/// What it is called once it was removed: the log keeps it.
pub const REMOVED: &str = "Moto Andes (demonstration, removed)";

const ZONE: &str = "America/Bogota";

/// How long the services take, and what they cost in Colombian centavos.
pub const SERVICES: [(&str, u16, u64); 3] =
    [("Oil change", 45, 9_500_000), ("Annual service", 120, 42_000_000), ("Test ride", 30, 0)];
/// The number of the service that needs the lift.
pub const ON_THE_LIFT: usize = 1;

/// The business, with what can be booked.
#[derive(Debug)]
pub struct Dealer {
    pub business: BusinessId,
    pub zone: Zone,
    pub mechanics: [ResourceId; 2],
    pub lift: ResourceId,
    /// In the order of [`SERVICES`].
    pub services: Vec<ServiceId>,
}

impl Dealer {
    pub(super) async fn open(stage: &Stage, at: DateTime<Utc>) -> Result<Self, DemoError> {
        let (zone, weekday, saturday) = (
            read(ZONE)?,
            json!([{ "opens": "09:00", "closes": "19:00" }]),
            json!([{ "opens": "09:00", "closes": "13:00" }]),
        );
        let hours = json!({
            "monday": weekday, "tuesday": weekday, "wednesday": weekday, "thursday": weekday,
            "friday": weekday, "saturday": saturday,
        });
        let profile =
            BusinessProfile { country: Some(read("CO")?), ..BusinessProfile::new(read(NAME)?, zone) };
        stage
            .run(
                at,
                &RegisterBusiness { profile, hours: serde_json::from_value::<WeeklyHours>(hours)?.into() },
            )
            .await?;
        let add = async |name: &str| -> Result<ResourceId, DemoError> {
            let details = ResourceDetails::new(read(name)?);
            Ok(stage.run(at, &AddResource { details }).await?.id)
        };
        let (mechanics, lift) = ([add("Ana").await?, add("Luis").await?], add("Lift").await?);
        let mut services = Vec::new();
        for (number, (name, minutes, price)) in SERVICES.into_iter().enumerate() {
            let mut needs = vec![Need::any_of(mechanics)];
            if number == ON_THE_LIFT {
                needs.push(Need::any_of([lift]));
            }
            let currency = read("COP")?;
            let details = ServiceDetails {
                price: (price > 0).then_some(Money { amount: price, currency }),
                ..ServiceDetails::new(read(name)?, minutes.into(), needs)
            };
            services.push(stage.run(at, &AddService { details }).await?.id);
        }
        Ok(Self { business: stage.tenant, zone, mechanics, lift, services })
    }
}

/// What opens the business: shown once.
#[derive(Debug)]
pub struct Keys {
    pub api_key: String,
    /// Of its telephone line.
    pub channel_secret: String,
}

impl Keys {
    pub(super) async fn issue(stage: &Stage, now: DateTime<Utc>) -> Result<Self, DemoError> {
        let key_id = ApiKeyId::from_uuid(Uuid::now_v7());
        let (api_key, secret_hash) = new_key(stage.bus.hasher(), key_id);
        let issue = IssueApiKey {
            key_id,
            business_id: Some(stage.tenant),
            scope: Scope::TenantAdmin,
            name: read("Demonstration")?,
            secret_hash,
            expires_at: None,
        };
        stage.run(now, &issue).await?;
        let (provider, channel_secret) = (providers::of_new_channels(), random_secret());
        let hash = provider.secret_hash(stage.bus.hasher(), &channel_secret);
        let channel = AddChannel {
            name: read("Telephone")?,
            provider: provider.name().to_owned(),
            authentication: Authentication::Secret { hash },
            numbers: vec![],
            assistant_id: None,
        };
        stage.run(now, &channel).await?;
        Ok(Self { api_key, channel_secret })
    }
}
