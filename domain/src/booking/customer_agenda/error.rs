#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum CustomerAgendaError {
    #[error(
        "the customer has another appointment at that time, {start}; book both with accept_overlap, if they want that"
    )]
    Overlaps { start: String },
    #[error(
        "the customer has another appointment at that time, {start}, and the service allows no second one"
    )]
    OverlapForbidden { start: String },
}

crate::refuses!(CustomerAgendaError, "customer", {
    Self::Overlaps { .. } | Self::OverlapForbidden { .. } => Conflict,
});
