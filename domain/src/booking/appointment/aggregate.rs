use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::command::{AppointmentCommand, Change};
use super::error::{AppointmentError, CHECK_IN_HOURS};
use super::event::{AppliedPolicy, AppointmentEvent, Attendee, BookedSlot, Source};
use crate::kernel::ids::{AppointmentId, SeriesId};
use crate::kernel::metadata::ActorKind;
use crate::kernel::personal::Personal;
use crate::scheduling::service::{Deadline, Late};
use crate::values::money::Money;
use crate::values::text::Note;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Appointment {
    #[default]
    Unknown,
    Held {
        slot: BookedSlot,
        source: Source,
        expires_at: DateTime<Utc>,
    },
    Released {
        slot: BookedSlot,
        source: Source,
    },
    /// A hold that ran out.
    Lapsed {
        slot: BookedSlot,
        source: Source,
    },
    /// It takes its time, but the business has still to approve it.
    Requested {
        booking: Booking,
        decide_by: DateTime<Utc>,
    },
    Declined(Booking),
    /// A request without a decision in time.
    Expired(Booking),
    Booked(Booking),
    /// The customer is there.
    CheckedIn(Booking),
    Completed(Booking),
    NoShow(Booking),
    Cancelled(Booking),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    pub slot: BookedSlot,
    pub attendee: Attendee,
    pub source: Source,
    #[serde(default)]
    pub series_id: Option<SeriesId>,
    /// What is owed beside the price.
    #[serde(default)]
    pub fees: Vec<FeeOwed>,
    /// Why it was cancelled or declined.
    #[serde(default)]
    pub ended_because: Option<Personal<Note>>,
}

/// What is owed for an appointment beside its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeOwed {
    pub reason: FeeReason,
    pub fee: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeReason {
    LateReschedule,
    LateCancellation,
    NoShow,
}

/// What is owed by a change, if anything.
pub fn owed(reason: FeeReason, applied: Option<&AppliedPolicy>) -> Option<FeeOwed> {
    let fee = applied.and_then(|applied| applied.fee).filter(|fee| fee.amount > 0);
    fee.map(|fee| FeeOwed { reason, fee })
}

impl Booking {
    fn new(slot: BookedSlot, attendee: Attendee, source: Source, series_id: Option<SeriesId>) -> Self {
        Self { slot, attendee, source, series_id, fees: vec![], ended_because: None }
    }

    fn owing(mut self, reason: FeeReason, applied: Option<&AppliedPolicy>) -> Self {
        self.fees.extend(owed(reason, applied));
        self
    }
}

impl Appointment {
    /// The booking that it is or was.
    pub fn booking(&self) -> Option<&Booking> {
        match self {
            Self::Unknown | Self::Held { .. } | Self::Released { .. } | Self::Lapsed { .. } => None,
            Self::Requested { booking, decide_by: _ }
            | Self::Declined(booking)
            | Self::Expired(booking)
            | Self::Booked(booking)
            | Self::CheckedIn(booking)
            | Self::Completed(booking)
            | Self::NoShow(booking)
            | Self::Cancelled(booking) => Some(booking),
        }
    }

    /// The booking, if it takes time: requested, booked, or past.
    pub fn standing(&self) -> Result<&Booking, AppointmentError> {
        match self {
            Self::Requested { booking, decide_by: _ }
            | Self::Booked(booking)
            | Self::CheckedIn(booking)
            | Self::Completed(booking)
            | Self::NoShow(booking) => Ok(booking),
            Self::Cancelled(_) => Err(AppointmentError::Cancelled),
            Self::Declined(_) => Err(AppointmentError::Declined),
            Self::Expired(_) => Err(AppointmentError::RequestExpired),
            Self::Unknown | Self::Held { .. } | Self::Released { .. } | Self::Lapsed { .. } => {
                Err(AppointmentError::NotFound)
            }
        }
    }

    /// The booking, if the customer is still to come or is there.
    pub fn coming(&self) -> Option<&Booking> {
        match self {
            Self::Requested { booking, .. } | Self::Booked(booking) | Self::CheckedIn(booking) => {
                Some(booking)
            }
            _ => None,
        }
    }

    /// The booking, if the business has approved it.
    fn approved(&self) -> Result<&Booking, AppointmentError> {
        match self {
            Self::Requested { .. } => Err(AppointmentError::NotApproved),
            state => state.standing(),
        }
    }

    /// The slot of a hold, whether or not it has expired.
    pub fn held(&self) -> Result<&BookedSlot, AppointmentError> {
        match self {
            Self::Held { slot, .. } => Ok(slot),
            Self::Unknown => Err(AppointmentError::HoldNotFound),
            Self::Released { .. } => Err(AppointmentError::HoldReleased),
            Self::Lapsed { .. } => Err(AppointmentError::HoldExpired),
            Self::Requested { .. }
            | Self::Declined(_)
            | Self::Expired(_)
            | Self::Booked(_)
            | Self::CheckedIn(_)
            | Self::Completed(_)
            | Self::NoShow(_)
            | Self::Cancelled(_) => Err(AppointmentError::AlreadyBooked),
        }
    }

    /// Refuses a hold of the waitlist: only the customer who was offered it can confirm or release it.
    pub fn is_free_to_all(&self) -> Result<(), AppointmentError> {
        match self {
            Self::Held { source: Source::Waitlist { .. }, .. } => Err(AppointmentError::HeldForWaitlist),
            _ => Ok(()),
        }
    }

    /// The slot of an appointment that ended before it took place.
    pub fn given_up(&self) -> Option<&BookedSlot> {
        match self {
            Self::Released { slot, source: _ } | Self::Lapsed { slot, source: _ } => Some(slot),
            Self::Cancelled(booking) | Self::Declined(booking) | Self::Expired(booking) => {
                Some(&booking.slot)
            }
            Self::Unknown
            | Self::Held { .. }
            | Self::Requested { .. }
            | Self::Booked(_)
            | Self::CheckedIn(_)
            | Self::Completed(_)
            | Self::NoShow(_) => None,
        }
    }

    pub fn decide(&self, command: AppointmentCommand) -> Result<Vec<AppointmentEvent>, AppointmentError> {
        match command {
            AppointmentCommand::Hold { slot, expires_at, source, by } => {
                self.must_be_new()?;
                Ok(vec![AppointmentEvent::AppointmentHeld { slot, expires_at, source, by }])
            }
            AppointmentCommand::Book { slot, attendee, source, by, overridden, series_id, now } => {
                self.must_be_new()?;
                Ok(vec![match decide_by(&slot, now) {
                    Some(decide_by) => AppointmentEvent::AppointmentRequested {
                        slot,
                        attendee,
                        source,
                        by,
                        decide_by,
                        overridden,
                        series_id,
                    },
                    None => AppointmentEvent::AppointmentBooked {
                        slot,
                        attendee,
                        source,
                        by,
                        overridden,
                        series_id,
                    },
                }])
            }
            AppointmentCommand::Confirm { attendee, source, by, now } => match self {
                Self::Held { expires_at, .. } if *expires_at <= now => Err(AppointmentError::HoldExpired),
                _ => {
                    let slot = self.held()?.clone();
                    let book = AppointmentCommand::Book {
                        slot,
                        attendee,
                        source,
                        by,
                        overridden: None,
                        series_id: None,
                        now,
                    };
                    Self::Unknown.decide(book)
                }
            },
            AppointmentCommand::Release { by } => match self {
                Self::Released { .. } | Self::Lapsed { .. } => Ok(vec![]),
                _ => self.held().map(|_| vec![AppointmentEvent::HoldReleased { by }]),
            },
            AppointmentCommand::Lapse { now } => Ok(match self {
                Self::Held { expires_at, .. } if *expires_at <= now => vec![AppointmentEvent::HoldLapsed {}],
                _ => vec![],
            }),
            AppointmentCommand::Approve { by, now } => match self {
                Self::Requested { decide_by, .. } if *decide_by <= now => {
                    Err(AppointmentError::RequestExpired)
                }
                Self::Requested { .. } => Ok(vec![AppointmentEvent::RequestApproved { by }]),
                _ => self.approved().map(|_| vec![]),
            },
            AppointmentCommand::Decline { reason, by } => match self {
                Self::Requested { .. } => Ok(vec![AppointmentEvent::RequestDeclined { reason, by }]),
                Self::Declined(_) => Ok(vec![]),
                _ => self.approved().and(Err(AppointmentError::AlreadyBooked)),
            },
            AppointmentCommand::Expire { now } => Ok(match self {
                Self::Requested { decide_by, .. } if *decide_by <= now => {
                    vec![AppointmentEvent::RequestExpired {}]
                }
                _ => vec![],
            }),
            AppointmentCommand::Reschedule { to, change, by, now } => {
                let from = &self.not_begun(now)?.slot;
                if from.takes_the_same(&to) {
                    return Ok(vec![]);
                }
                let waits = matches!(self, Self::Requested { .. });
                // Whoever keeps their time and seats has not moved. The rules around them are those of now.
                let moves = !from.is_the_same(&to);
                let policy = from.agreement.policy.reschedule;
                let too_late = |until| AppointmentError::TooLateToReschedule { until };
                let applied = if moves { self.apply(policy, &change, now, too_late)? } else { None };
                // The business need not approve its own change.
                let is_request = waits || moves && by.kind == ActorKind::Assistant;
                let decide_by = is_request.then(|| decide_by(&to, now)).flatten();
                let (from, reason) = (from.clone(), change.reason);
                Ok(vec![AppointmentEvent::AppointmentRescheduled {
                    from,
                    to,
                    reason,
                    by,
                    applied,
                    decide_by,
                }])
            }
            AppointmentCommand::Cancel { change, by, now } => {
                if matches!(self, Self::Cancelled(_)) {
                    return Ok(vec![]);
                }
                let policy = self.not_begun(now)?.slot.agreement.policy.cancellation;
                let applied =
                    self.apply(policy, &change, now, |until| AppointmentError::TooLateToCancel { until })?;
                Ok(vec![AppointmentEvent::AppointmentCancelled { reason: change.reason, by, applied }])
            }
            AppointmentCommand::CheckIn { by, now } => match self {
                Self::CheckedIn(_) => Ok(vec![]),
                Self::Completed(_) | Self::NoShow(_) => Err(AppointmentError::AlreadyBegun),
                _ if self.approved()?.slot.time.start - TimeDelta::hours(CHECK_IN_HOURS) > now => {
                    Err(AppointmentError::TooEarlyToCheckIn)
                }
                _ => Ok(vec![AppointmentEvent::CustomerCheckedIn { by }]),
            },
            AppointmentCommand::Complete { by, now } => {
                self.begun(now)?;
                let done = matches!(self, Self::Completed(_));
                Ok(if done { vec![] } else { vec![AppointmentEvent::AppointmentCompleted { by }] })
            }
            AppointmentCommand::RecordNoShow { change, by, now } => {
                let slot = &self.begun(now)?.slot;
                if matches!(self, Self::NoShow(_)) {
                    return Ok(vec![]);
                }
                let Change { reason, accepts_fee: _, override_reason } = change;
                let owed = slot.agreement.policy.no_show.fee.and_then(|fee| fee.of(slot.agreement.price));
                let fee = owed.filter(|_| override_reason.is_none());
                let applied =
                    AppliedPolicy { service_version: slot.rules.service, late: true, fee, override_reason };
                Ok(vec![AppointmentEvent::NoShowRecorded { reason, by, applied }])
            }
        }
    }

    fn must_be_new(&self) -> Result<(), AppointmentError> {
        if *self == Self::Unknown { Ok(()) } else { Err(AppointmentError::AlreadyBooked) }
    }

    /// The booking, if it can still be moved or cancelled.
    pub fn not_begun(&self, now: DateTime<Utc>) -> Result<&Booking, AppointmentError> {
        let booking = self.standing()?;
        if booking.slot.time.start <= now { Err(AppointmentError::AlreadyBegun) } else { Ok(booking) }
    }

    fn begun(&self, now: DateTime<Utc>) -> Result<&Booking, AppointmentError> {
        let booking = self.approved()?;
        if now < booking.slot.time.start { Err(AppointmentError::NotBegun) } else { Ok(booking) }
    }

    /// Applies the policy to a change. A request is not agreed yet, so no policy applies.
    fn apply(
        &self,
        deadline: Deadline,
        change: &Change,
        now: DateTime<Utc>,
        too_late: impl FnOnce(String) -> AppointmentError,
    ) -> Result<Option<AppliedPolicy>, AppointmentError> {
        let (Self::Booked(booking) | Self::CheckedIn(booking)) = self else { return Ok(None) };
        let slot = &booking.slot;
        let applied = AppliedPolicy {
            service_version: slot.rules.service,
            late: false,
            fee: None,
            override_reason: None,
        };
        let until = deadline.until(slot.time.start);
        if now <= until {
            return Ok(Some(applied));
        }
        let late = AppliedPolicy { late: true, ..applied };
        match (deadline.after, &change.override_reason) {
            (_, Some(reason)) => Ok(Some(AppliedPolicy { override_reason: Some(reason.clone()), ..late })),
            (Late::Refused, None) => Err(too_late(slot.local_start.zone.rfc3339(until))),
            (Late::Charged { fee }, None) => match fee.of(slot.agreement.price) {
                Some(fee) if !change.accepts_fee => Err(AppointmentError::FeeDue { fee }),
                fee => Ok(Some(AppliedPolicy { fee, ..late })),
            },
        }
    }

    pub fn evolve(&mut self, event: AppointmentEvent) {
        let state = std::mem::take(self);
        *self = match event {
            AppointmentEvent::AppointmentHeld { slot, expires_at, source, by: _ } => {
                Self::Held { slot, source, expires_at }
            }
            AppointmentEvent::HoldReleased { by: _ } => match state {
                Self::Held { slot, source, expires_at: _ } => Self::Released { slot, source },
                state => state,
            },
            AppointmentEvent::HoldLapsed {} => match state {
                Self::Held { slot, source, expires_at: _ } => Self::Lapsed { slot, source },
                state => state,
            },
            AppointmentEvent::AppointmentRequested {
                slot,
                attendee,
                source,
                by: _,
                decide_by,
                overridden: _,
                series_id,
            } => Self::Requested { booking: Booking::new(slot, attendee, source, series_id), decide_by },
            AppointmentEvent::AppointmentBooked {
                slot,
                attendee,
                source,
                by: _,
                overridden: _,
                series_id,
            } => Self::Booked(Booking::new(slot, attendee, source, series_id)),
            AppointmentEvent::RequestApproved { by: _ } => state.if_booking(Self::Booked),
            AppointmentEvent::RequestDeclined { reason, by: _ } => {
                state.if_booking(|booking| Self::Declined(Booking { ended_because: reason, ..booking }))
            }
            AppointmentEvent::RequestExpired {} => state.if_booking(Self::Expired),
            AppointmentEvent::AppointmentRescheduled {
                from: _,
                to,
                reason: _,
                by: _,
                applied,
                decide_by,
            } => state.if_booking(|booking| {
                let booking =
                    Booking { slot: to, ..booking }.owing(FeeReason::LateReschedule, applied.as_ref());
                match decide_by {
                    Some(decide_by) => Self::Requested { booking, decide_by },
                    None => Self::Booked(booking),
                }
            }),
            AppointmentEvent::AppointmentCancelled { reason, by: _, applied } => {
                state.if_booking(|booking| {
                    let booking = Booking { ended_because: reason, ..booking };
                    Self::Cancelled(booking.owing(FeeReason::LateCancellation, applied.as_ref()))
                })
            }
            AppointmentEvent::CustomerCheckedIn { by: _ } => state.if_booking(Self::CheckedIn),
            AppointmentEvent::AppointmentCompleted { by: _ } => state.if_booking(|mut booking| {
                booking.fees.retain(|owed| owed.reason != FeeReason::NoShow);
                Self::Completed(booking)
            }),
            AppointmentEvent::NoShowRecorded { reason: _, by: _, applied } => {
                state.if_booking(|booking| Self::NoShow(booking.owing(FeeReason::NoShow, Some(&applied))))
            }
        };
    }

    /// Changes a booking. Any other state stays as it is.
    fn if_booking(self, then: impl FnOnce(Booking) -> Self) -> Self {
        match self.booking().cloned() {
            Some(booking) => then(booking),
            None => self,
        }
    }
}

/// The deadline of the business's decision. `None` if the service needs no approval.
fn decide_by(slot: &BookedSlot, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    slot.agreement.policy.approval.map(|approval| approval.until(now, slot.time.start))
}

crate::aggregate!(
    Appointment,
    "appointment",
    AppointmentId,
    AppointmentCommand,
    AppointmentEvent,
    AppointmentError
);
