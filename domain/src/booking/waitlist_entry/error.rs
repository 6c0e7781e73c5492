/// An entry is dropped after this many offers that were not taken.
pub const OFFERS_MAX: u32 = 3;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum WaitlistEntryError {
    #[error("there is no such entry on the waitlist")]
    NotFound,
    #[error("the entry is on the waitlist already")]
    AlreadyJoined,
    #[error("nothing has been offered yet")]
    NotOffered,
    #[error("what was offered is no longer kept")]
    OfferLapsed,
    #[error("an offer is still to be answered")]
    AlreadyOffered,
    #[error("the offer was accepted; cancel the appointment instead")]
    AlreadyAccepted,
    #[error("the entry is no longer on the waitlist")]
    Ended,
}

crate::refuses!(WaitlistEntryError, "waitlist-entry", {
    Self::NotFound => NotFound,
    Self::OfferLapsed | Self::Ended => Gone,
    Self::AlreadyJoined | Self::NotOffered | Self::AlreadyOffered | Self::AlreadyAccepted => Conflict,
});
