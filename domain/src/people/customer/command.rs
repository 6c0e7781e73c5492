use super::event::{CustomerDetails, MovedAddress};
use crate::kernel::ids::{ContactPointId, CustomerId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::people::contact_address::ContactAddress;
use crate::values::text::{Name, Note};

#[derive(Debug, Clone, PartialEq)]
pub enum CustomerCommand {
    Register {
        details: CustomerDetails,
    },
    Rename {
        name: Personal<Name>,
    },
    AddAddress {
        address: Personal<ContactAddress>,
    },
    RemoveAddress {
        address: Personal<ContactAddress>,
    },
    Merge {
        into: CustomerId,
        moved: Vec<MovedAddress>,
        reason: Option<Personal<Note>>,
        by: Actor,
    },
    /// The survivor's side of a merge.
    Absorb {
        customer_id: CustomerId,
        addresses: Vec<Personal<ContactAddress>>,
        /// The longest chain of merges into that customer.
        generations: u32,
        by: Actor,
    },
    UndoMerge {
        given_back: Vec<Personal<ContactAddress>>,
        not_given_back: Vec<ContactPointId>,
        reason: Option<Personal<Note>>,
        by: Actor,
    },
    /// The side of those into whom it was merged: the survivor, and everybody between the two.
    Separate {
        customer_id: CustomerId,
        addresses: Vec<Personal<ContactAddress>>,
        by: Actor,
    },
}
