use crate::kernel::ids::CustomerId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactPointCommand {
    Claim {
        customer_id: CustomerId,
    },
    Release {
        customer_id: CustomerId,
    },
    /// With a merge, or back when it is undone.
    Move {
        from: CustomerId,
        to: CustomerId,
    },
}
