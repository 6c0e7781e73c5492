//! The reasons of a change.

use crate::booking::appointment::Change;
use crate::kernel::ids::CustomerId;
use crate::kernel::personal::{Personal, SubjectId};
use crate::values::text::Note;

pub(crate) fn about_customer(
    reason: &Option<Personal<Note>>,
    customer_id: CustomerId,
) -> Option<Personal<Note>> {
    reason.as_ref().map(|reason| reason.about(SubjectId::of(customer_id)))
}

pub(crate) fn change(
    reason: &Option<Personal<Note>>,
    accepts_fee: bool,
    override_reason: &Option<Personal<Note>>,
    customer_id: CustomerId,
) -> Change {
    let (reason, override_reason) =
        (about_customer(reason, customer_id), about_customer(override_reason, customer_id));
    Change { reason, accepts_fee, override_reason }
}
