//! An appointment and a customer, as the API lists them.

use chrono::{DateTime, Utc};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub struct Appointment {
    pub id: String,
    /// How many events it consists of.
    pub version: u64,
    pub status: String,
    pub customer_id: Option<String>,
    pub name: Option<String>,
    pub service_id: String,
    pub resource_ids: Vec<String>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub held_until: Option<DateTime<Utc>>,
}

impl Appointment {
    pub fn takes_time(&self, now: DateTime<Utc>) -> bool {
        match self.status.as_str() {
            "booked" => true,
            "held" => self.held_until.is_some_and(|until| now < until),
            _ => false,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    pub id: String,
    pub name: Option<String>,
    contact_points: Vec<ContactPoint>,
}

#[derive(Debug, Clone, Deserialize)]
struct ContactPoint {
    address: String,
}

impl Customer {
    pub fn addresses(&self) -> String {
        let addresses: Vec<&str> = self.contact_points.iter().map(|point| &*point.address).collect();
        addresses.join(", ")
    }

    pub fn has_address(&self, address: &str) -> bool {
        self.contact_points.iter().any(|point| point.address == address)
    }
}

#[cfg(test)]
mod examples {
    use super::*;

    impl Appointment {
        /// Ada's, on her own telephone.
        pub fn booked(id: &str, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
            Self {
                id: id.into(),
                version: 1,
                status: "booked".into(),
                customer_id: Some("cus_1".into()),
                name: Some("Ada Moreno".into()),
                service_id: "svc_1".into(),
                resource_ids: vec!["r".into()],
                start,
                end,
                held_until: None,
            }
        }
    }

    impl Customer {
        pub fn with_phone(id: &str, name: &str, phone: &str) -> Self {
            let contact_points = vec![ContactPoint { address: phone.into() }];
            Self { id: id.into(), name: Some(name.into()), contact_points }
        }
    }
}
