use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::command::ServiceCommand;
use super::error::{
    APPROVAL_MINUTES_MAX, BUFFER_MINUTES_MAX, CHOICES_MAX, COMPLETION_MINUTES_MAX, DURATION_MINUTES_MAX,
    DURATIONS_MAX, HORIZON_DAYS_MAX, LIMIT_MAX, LIMITS_MAX, NEEDS_MAX, NO_SHOW_DAYS_MAX, NO_SHOWS_MAX,
    NOTICE_MINUTES_MAX, OPTIONS_MAX, QUESTION_ID_MAX, QUESTIONS_MAX, SEATS_MAX, ServiceError, WEIGHT_MAX,
};
use super::event::{Choice, Horizon, Limit, Need, ServiceDetails, ServiceEvent};
use super::policy::{Fee, Late};
use crate::kernel::ids::ServiceId;
use crate::values::money::AMOUNT_MAX;
use crate::values::question::{AnswerKind, Question};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Service {
    #[default]
    Unknown,
    Offered(Offered),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    pub details: ServiceDetails,
    pub retired: bool,
}

impl Service {
    /// The service, retired or not.
    pub fn known(&self) -> Result<&Offered, ServiceError> {
        match self {
            Self::Unknown => Err(ServiceError::NotFound),
            Self::Offered(offered) => Ok(offered),
        }
    }

    /// The service as it can be booked.
    pub fn bookable(&self) -> Result<&ServiceDetails, ServiceError> {
        let offered = self.known()?;
        if offered.retired { Err(ServiceError::Retired) } else { Ok(&offered.details) }
    }

    pub fn decide(&self, command: ServiceCommand) -> Result<Vec<ServiceEvent>, ServiceError> {
        match command {
            ServiceCommand::Add { details } => {
                if *self != Self::Unknown {
                    return Err(ServiceError::AlreadyAdded);
                }
                check(&details)?;
                Ok(vec![ServiceEvent::ServiceAdded { details }])
            }
            ServiceCommand::Change { details } => {
                let present = self.bookable()?;
                check(&details)?;
                Ok(if *present == details { vec![] } else { vec![ServiceEvent::ServiceChanged { details }] })
            }
            ServiceCommand::Retire => {
                Ok(if self.known()?.retired { vec![] } else { vec![ServiceEvent::ServiceRetired {}] })
            }
        }
    }

    pub fn evolve(&mut self, event: ServiceEvent) {
        match (self, event) {
            (this, ServiceEvent::ServiceAdded { details }) => {
                *this = Self::Offered(Offered { details, retired: false })
            }
            (Self::Offered(offered), ServiceEvent::ServiceChanged { details }) => offered.details = details,
            (Self::Offered(offered), ServiceEvent::ServiceRetired {}) => offered.retired = true,
            (Self::Unknown, ServiceEvent::ServiceChanged { .. } | ServiceEvent::ServiceRetired {}) => {}
        }
    }
}

fn check(details: &ServiceDetails) -> Result<(), ServiceError> {
    let horizon_days = match details.horizon {
        Horizon::Days { days } | Horizon::BusinessDays { days } | Horizon::AvailableDays { days } => {
            Some(days)
        }
        Horizon::Dates(dates) => dates.check("the horizon").map(|()| None)?,
    };
    let (buffers, policy) = (&details.buffers, &details.policy);
    let no_shows = policy.no_show.limit.map_or((1, 1), |limit| (limit.no_shows, limit.within_days));
    for (field, got, min, max) in [
        ("duration_minutes", details.duration_minutes, 1, DURATION_MINUTES_MAX),
        ("buffer_before_minutes", buffers.before_minutes, 0, BUFFER_MINUTES_MAX),
        ("buffer_after_minutes", buffers.after_minutes, 0, BUFFER_MINUTES_MAX),
        ("minimum_notice_minutes", details.minimum_notice_minutes, 0, NOTICE_MINUTES_MAX),
        ("horizon.days", horizon_days.unwrap_or(1), 1, HORIZON_DAYS_MAX),
        ("step_minutes", details.grid.step_minutes, 1, 24 * 60),
        ("offset_minutes", details.grid.offset_minutes, 0, 24 * 60 - 1),
        ("seats", details.seats, 1, SEATS_MAX),
        ("waitlist_offer_minutes", details.waitlist_offer_minutes, 1, 24 * 60),
        (
            "approval_within_minutes",
            policy.approval.map_or(1, |approval| approval.within_minutes),
            1,
            APPROVAL_MINUTES_MAX,
        ),
        ("cancellation.minutes_before", policy.cancellation.minutes_before, 0, NOTICE_MINUTES_MAX),
        ("reschedule.minutes_before", policy.reschedule.minutes_before, 0, NOTICE_MINUTES_MAX),
        ("complete_after_minutes", policy.complete_after_minutes.unwrap_or(0), 0, COMPLETION_MINUTES_MAX),
        ("no_show.limit", no_shows.0, 1, NO_SHOWS_MAX),
        ("no_show.limit_days", no_shows.1, 1, NO_SHOW_DAYS_MAX),
    ] {
        within(field, got, min, max)?;
    }
    details
        .other_durations
        .iter()
        .try_for_each(|minutes| within("other_durations", *minutes, 1, DURATION_MINUTES_MAX))?;
    let durations: BTreeSet<u32> = details.durations().collect();
    if details.other_durations.len() > DURATIONS_MAX || durations.len() != details.durations().count() {
        return Err(ServiceError::BadDurations);
    }
    // Available days reach as far as needed, and dates are the choice of the business.
    let reach = match details.horizon {
        Horizon::Days { days } | Horizon::BusinessDays { days } => days,
        Horizon::AvailableDays { .. } | Horizon::Dates(_) => HORIZON_DAYS_MAX,
    };
    if details.minimum_notice_minutes >= (reach + 1) * 24 * 60 {
        return Err(ServiceError::NoticeBeyondHorizon);
    }
    check_limits(details)?;
    check_money(details)?;
    check_questions(&details.questions)?;
    check_needs(&details.needs)
}

fn within(field: &'static str, got: u32, min: u32, max: u32) -> Result<(), ServiceError> {
    if (min..=max).contains(&got) { Ok(()) } else { Err(ServiceError::OutOfRange { field, min, max, got }) }
}

fn check_limits(details: &ServiceDetails) -> Result<(), ServiceError> {
    let kinds: BTreeSet<_> = details.limits.iter().map(|limit| (limit.of, limit.per)).collect();
    let says_something = |limit: &Limit| {
        let figures = [limit.bookings, limit.minutes];
        figures.iter().any(Option::is_some)
            && figures.iter().flatten().all(|figure| (1..=LIMIT_MAX).contains(figure))
    };
    if details.limits.len() > LIMITS_MAX
        || kinds.len() != details.limits.len()
        || !details.limits.iter().all(says_something)
    {
        return Err(ServiceError::BadLimits);
    }
    let duration = details.durations().min().unwrap_or(details.duration_minutes);
    match details.limits.iter().filter_map(|limit| limit.minutes).find(|minutes| *minutes < duration) {
        Some(minutes) => Err(ServiceError::LimitBelowDuration { minutes, duration }),
        None => Ok(()),
    }
}

fn check_money(details: &ServiceDetails) -> Result<(), ServiceError> {
    let late = |late| match late {
        Late::Refused => None,
        Late::Charged { fee } => Some(fee),
    };
    let policy = &details.policy;
    let fees = [late(policy.cancellation.after), late(policy.reschedule.after), policy.no_show.fee];
    for fee in fees.into_iter().flatten() {
        let fits = match fee {
            Fee::Amount { money } => details.price.is_none_or(|price| price.currency == money.currency),
            Fee::Percent { percent } => details.price.is_some() && (1..=100).contains(&percent),
        };
        if !fits {
            return Err(ServiceError::BadFee);
        }
    }
    let amount = |fee| match fee {
        Fee::Amount { money } => Some(money),
        Fee::Percent { .. } => None,
    };
    let amounts = fees.into_iter().flatten().filter_map(amount).chain(details.price);
    if amounts.into_iter().any(|money| money.amount > AMOUNT_MAX) {
        Err(ServiceError::AmountTooLarge)
    } else {
        Ok(())
    }
}

fn check_questions(questions: &[Question]) -> Result<(), ServiceError> {
    let is_id = |id: &str| {
        (1..=QUESTION_ID_MAX).contains(&id.len())
            && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    let ids: BTreeSet<&str> = questions.iter().map(|question| question.id.as_str()).collect();
    if questions.len() > QUESTIONS_MAX || ids.len() != questions.len() || !ids.into_iter().all(is_id) {
        return Err(ServiceError::BadQuestions);
    }
    let answerable = |question: &&Question| match &question.answer {
        AnswerKind::Text | AnswerKind::YesNo => true,
        AnswerKind::Number { min, max } => min <= max,
        AnswerKind::Choice { options } => {
            let different: BTreeSet<String> =
                options.iter().map(|option| option.as_str().to_lowercase()).collect();
            (2..=OPTIONS_MAX).contains(&options.len()) && different.len() == options.len()
        }
    };
    match questions.iter().find(|question| !answerable(question)) {
        Some(question) => Err(ServiceError::UnanswerableQuestion { id: question.id.clone() }),
        None => Ok(()),
    }
}

fn check_needs(needs: &[Need]) -> Result<(), ServiceError> {
    if !(1..=NEEDS_MAX).contains(&needs.len())
        || !needs.iter().all(|need| (1..=CHOICES_MAX).contains(&need.any_of.len()))
    {
        return Err(ServiceError::BadNeeds);
    }
    for need in needs {
        if need.any_of.iter().collect::<BTreeSet<_>>().len() != need.any_of.len() {
            return Err(ServiceError::RepeatedResource);
        }
        let weighted = need.choice == Choice::Balanced
            && need.weights.len() == need.any_of.len()
            && need.weights.iter().all(|weight| (1..=WEIGHT_MAX).contains(weight));
        if !need.weights.is_empty() && !weighted {
            return Err(ServiceError::BadWeights);
        }
    }
    Ok(())
}

crate::aggregate!(Service, "service", ServiceId, ServiceCommand, ServiceEvent, ServiceError);
