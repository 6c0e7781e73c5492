use serde::{Deserialize, Serialize};

use super::command::CustomerCommand;
use super::error::{ADDRESSES_MAX, CustomerError, GENERATIONS_MAX};
use super::event::{CustomerDetails, CustomerEvent, MovedAddress};
use crate::kernel::ids::CustomerId;
use crate::kernel::personal::Personal;
use crate::people::contact_address::ContactAddress;
use crate::values::text::Name;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Customer {
    #[default]
    Unknown,
    Registered {
        details: CustomerDetails,
        /// The longest chain of merges into it.
        generations: u32,
        /// Who was merged into it.
        #[serde(default)]
        absorbed: Vec<CustomerId>,
    },
    /// It stands for another one.
    Merged {
        into: CustomerId,
        name: Personal<Name>,
        moved: Vec<MovedAddress>,
        generations: u32,
        #[serde(default)]
        absorbed: Vec<CustomerId>,
    },
}

impl Customer {
    pub fn details(&self) -> Result<&CustomerDetails, CustomerError> {
        match self {
            Self::Unknown => Err(CustomerError::NotFound),
            Self::Registered { details, .. } => Ok(details),
            Self::Merged { into, .. } => Err(CustomerError::AlreadyMerged { into: *into }),
        }
    }

    /// The customer that it was merged into.
    pub fn merged_into(&self) -> Option<CustomerId> {
        match self {
            Self::Merged { into, .. } => Some(*into),
            Self::Unknown | Self::Registered { .. } => None,
        }
    }

    /// The longest chain of merges into it.
    pub fn generations(&self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Registered { generations, .. } | Self::Merged { generations, .. } => *generations,
        }
    }

    /// The customers that were merged into it directly.
    pub fn absorbed(&self) -> &[CustomerId] {
        match self {
            Self::Unknown => &[],
            Self::Registered { absorbed, .. } | Self::Merged { absorbed, .. } => absorbed,
        }
    }

    pub fn decide(&self, command: CustomerCommand) -> Result<Vec<CustomerEvent>, CustomerError> {
        match command {
            CustomerCommand::Register { details } => match self {
                Self::Unknown => Ok(vec![CustomerEvent::CustomerRegistered { details }]),
                Self::Registered { .. } | Self::Merged { .. } => Err(CustomerError::AlreadyRegistered),
            },
            CustomerCommand::Rename { name } => {
                let present = self.details()?;
                Ok(if present.name == name { vec![] } else { vec![CustomerEvent::CustomerRenamed { name }] })
            }
            CustomerCommand::AddAddress { address } => {
                let present = &self.details()?.addresses;
                if present.iter().any(|known| is_same(known, &address)) {
                    return Ok(vec![]);
                }
                must_fit(present.len() + 1)?;
                Ok(vec![CustomerEvent::AddressAdded { address }])
            }
            CustomerCommand::RemoveAddress { address } => {
                // The stored address: its subject may be a customer that was merged into this one.
                let known = self.details()?.addresses.iter().find(|known| is_same(known, &address));
                let address = known.ok_or(CustomerError::NoSuchAddress)?.clone();
                Ok(vec![CustomerEvent::AddressRemoved { address }])
            }
            CustomerCommand::Merge { into, moved, reason, by } => {
                self.details()?;
                Ok(vec![CustomerEvent::CustomerMerged { into, moved, reason, by }])
            }
            CustomerCommand::Absorb { customer_id, addresses, generations, by } => {
                must_fit(self.details()?.addresses.len() + addresses.len())?;
                let generations = generations + 1;
                if generations > GENERATIONS_MAX {
                    return Err(CustomerError::MergedTooDeep);
                }
                Ok(vec![CustomerEvent::CustomerAbsorbed { customer_id, addresses, generations, by }])
            }
            CustomerCommand::UndoMerge { given_back, not_given_back, reason, by } => match self {
                Self::Unknown => Err(CustomerError::NotFound),
                Self::Registered { .. } => Err(CustomerError::NotMerged),
                Self::Merged { into, .. } => Ok(vec![CustomerEvent::MergeUndone {
                    into: *into,
                    given_back,
                    not_given_back,
                    reason,
                    by,
                }]),
            },
            CustomerCommand::Separate { customer_id, addresses, by } => {
                Ok(vec![CustomerEvent::CustomerSeparated { customer_id, addresses, by }])
            }
        }
    }

    pub fn evolve(&mut self, event: CustomerEvent) {
        match (&mut *self, event) {
            (Self::Unknown, CustomerEvent::CustomerRegistered { details }) => {
                *self = Self::Registered { details, generations: 0, absorbed: vec![] };
            }
            (Self::Registered { details, .. }, CustomerEvent::CustomerChanged { details: changed }) => {
                *details = changed
            }
            (Self::Registered { details, .. }, CustomerEvent::CustomerRenamed { name }) => {
                details.name = name
            }
            (Self::Registered { details, .. }, CustomerEvent::AddressAdded { address }) => {
                details.addresses.push(address)
            }
            (Self::Registered { details, .. }, CustomerEvent::AddressRemoved { address }) => {
                remove(details, &address)
            }
            (
                Self::Registered { details, generations, absorbed },
                CustomerEvent::CustomerMerged { into, moved, reason: _, by: _ },
            ) => {
                let (name, absorbed) = (details.name.clone(), std::mem::take(absorbed));
                *self = Self::Merged { into, name, moved, generations: *generations, absorbed };
            }
            (
                Self::Registered { details, generations, absorbed },
                CustomerEvent::CustomerAbsorbed { customer_id, addresses, generations: below, by: _ },
            ) => {
                absorbed.push(customer_id);
                details.addresses.extend(addresses);
                *generations = below.max(*generations);
            }
            (
                Self::Merged { into: _, name, moved: _, generations, absorbed },
                CustomerEvent::MergeUndone { into: _, given_back, not_given_back: _, reason: _, by: _ },
            ) => {
                let details = CustomerDetails { name: name.clone(), addresses: given_back };
                *self = Self::Registered {
                    details,
                    generations: *generations,
                    absorbed: std::mem::take(absorbed),
                };
            }
            (
                Self::Registered { details, absorbed, .. },
                CustomerEvent::CustomerSeparated { customer_id, addresses, by: _ },
            ) => {
                absorbed.retain(|id| *id != customer_id);
                addresses.iter().for_each(|address| remove(details, address));
            }
            (
                Self::Merged { moved, absorbed, .. },
                CustomerEvent::CustomerSeparated { customer_id, addresses, by: _ },
            ) => {
                absorbed.retain(|id| *id != customer_id);
                moved.retain(|moved| !addresses.iter().any(|address| is_same(&moved.address, address)));
            }
            // Nothing else is ever decided.
            (
                Self::Unknown | Self::Registered { .. } | Self::Merged { .. },
                CustomerEvent::CustomerRegistered { .. }
                | CustomerEvent::CustomerChanged { .. }
                | CustomerEvent::CustomerRenamed { .. }
                | CustomerEvent::AddressAdded { .. }
                | CustomerEvent::AddressRemoved { .. }
                | CustomerEvent::CustomerMerged { .. }
                | CustomerEvent::CustomerAbsorbed { .. }
                | CustomerEvent::MergeUndone { .. }
                | CustomerEvent::CustomerSeparated { .. },
            ) => {}
        }
    }
}

fn must_fit(addresses: usize) -> Result<(), CustomerError> {
    if addresses > ADDRESSES_MAX { Err(CustomerError::TooManyAddresses) } else { Ok(()) }
}

/// Whether two are the same address, whatever their subjects. Erased addresses differ only by their subjects.
fn is_same(one: &Personal<ContactAddress>, other: &Personal<ContactAddress>) -> bool {
    match (one, other) {
        (Personal::Known { value: one, .. }, Personal::Known { value: other, .. }) => one == other,
        (Personal::Erased { subject: one }, Personal::Erased { subject: other }) => one == other,
        (Personal::Known { .. }, Personal::Erased { .. })
        | (Personal::Erased { .. }, Personal::Known { .. }) => false,
    }
}

fn remove(details: &mut CustomerDetails, address: &Personal<ContactAddress>) {
    if let Some(place) = details.addresses.iter().position(|known| is_same(known, address)) {
        details.addresses.remove(place);
    }
}

crate::aggregate!(Customer, "customer", CustomerId, CustomerCommand, CustomerEvent, CustomerError);
