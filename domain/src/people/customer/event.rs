use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{ContactPointId, CustomerId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::people::contact_address::ContactAddress;
use crate::values::text::{Name, Note};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerDetails {
    pub name: Personal<Name>,
    /// In the order in which they came. After a merge, those of the merged customer are still about that one.
    pub addresses: Vec<Personal<ContactAddress>>,
}

/// An address that a merge has moved, with the claim on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MovedAddress {
    pub contact_point_id: ContactPointId,
    pub address: Personal<ContactAddress>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum CustomerEvent {
    CustomerRegistered {
        details: CustomerDetails,
    },
    /// Everything anew. No longer written: name and addresses change one by one.
    CustomerChanged {
        details: CustomerDetails,
    },
    CustomerRenamed {
        name: Personal<Name>,
    },
    AddressAdded {
        address: Personal<ContactAddress>,
    },
    AddressRemoved {
        address: Personal<ContactAddress>,
    },
    /// From now on it stands for another customer.
    CustomerMerged {
        into: CustomerId,
        moved: Vec<MovedAddress>,
        reason: Option<Personal<Note>>,
        by: Actor,
    },
    /// The other side: it stands for this customer, too, and brings its addresses.
    CustomerAbsorbed {
        customer_id: CustomerId,
        addresses: Vec<Personal<ContactAddress>>,
        /// How many merges lie one behind the other below it, this one included.
        generations: u32,
        by: Actor,
    },
    /// It stands for itself again, with the addresses that could be given back.
    MergeUndone {
        into: CustomerId,
        given_back: Vec<Personal<ContactAddress>>,
        not_given_back: Vec<ContactPointId>,
        reason: Option<Personal<Note>>,
        by: Actor,
    },
    /// The other side, and everybody between the two: what was given back.
    CustomerSeparated {
        customer_id: CustomerId,
        addresses: Vec<Personal<ContactAddress>>,
        by: Actor,
    },
}

crate::domain_event!(CustomerEvent, CustomerRegistered => "2", CustomerChanged => "2");
