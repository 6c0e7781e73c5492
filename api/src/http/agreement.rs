//! What customer and business agree on, as it stands in requests and replies: money, deadlines, fees and
//! questions.

use frontdesk_domain::scheduling::service::{Deadline, Fee, Late, NoShowLimit, NoShowPolicy};
use frontdesk_domain::values::money::{Currency, Money};
use frontdesk_domain::values::question::{AnswerKind, Question};
use frontdesk_domain::values::text::{Name, Text};
use poem_openapi::{Enum, Object};

use super::fault::Fault;
use super::field::Field;

/// An amount in the smallest unit of its currency: 1500 EUR are fifteen euros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
#[oai(rename = "Money", deny_unknown_fields)]
pub struct MoneyDto {
    /// In the smallest unit of the currency, from 0 to 1000000000000.
    #[oai(validator(maximum(value = "1000000000000")))]
    pub amount: u64,
    /// Its code in ISO 4217, for example EUR.
    pub currency: Field<Currency>,
}

impl From<MoneyDto> for Money {
    fn from(dto: MoneyDto) -> Self {
        Self { amount: dto.amount, currency: dto.currency.0 }
    }
}

impl From<Money> for MoneyDto {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: Field(money.currency) }
    }
}

/// An amount, or a part of the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
#[oai(rename = "Fee", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct FeeDto {
    /// A fixed amount.
    pub money: Option<MoneyDto>,
    /// Of the price.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub percent: Option<u32>,
}

impl FeeDto {
    pub fn read(self) -> Result<Fee, Fault> {
        match (self.money, self.percent) {
            (Some(money), None) => Ok(Fee::Amount { money: money.into() }),
            (None, Some(percent)) => Ok(Fee::Percent { percent }),
            _ => Err(Fault::body("/fee", "must have either money or percent")),
        }
    }

    pub fn of(fee: Fee) -> Self {
        match fee {
            Fee::Amount { money } => Self { money: Some(money.into()), percent: None },
            Fee::Percent { percent } => Self { money: None, percent: Some(percent) },
        }
    }
}

/// Until when something is free of charge. After that it costs the fee; without a fee only the business can
/// still do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
#[oai(rename = "Deadline", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct DeadlineDto {
    /// Before the start of the appointment.
    #[oai(validator(maximum(value = "129600")))]
    pub minutes_before: u32,
    /// What it costs after the deadline.
    pub fee: Option<FeeDto>,
}

impl DeadlineDto {
    pub fn read(this: Option<Self>) -> Result<Deadline, Fault> {
        let Some(Self { minutes_before, fee }) = this else { return Ok(Deadline::default()) };
        let after = match fee {
            Some(fee) => Late::Charged { fee: fee.read()? },
            None => Late::Refused,
        };
        Ok(Deadline { minutes_before, after })
    }

    pub fn of(deadline: Deadline) -> Option<Self> {
        let fee = match deadline.after {
            Late::Refused => None,
            Late::Charged { fee } => Some(FeeDto::of(fee)),
        };
        (deadline != Deadline::default()).then_some(Self { minutes_before: deadline.minutes_before, fee })
    }
}

/// What follows when a customer does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
#[oai(rename = "NoShowPolicy", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct NoShowDto {
    /// What is owed for it.
    pub fee: Option<FeeDto>,
    /// Whoever has missed so many appointments can only be booked by the business itself.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub limit: Option<u32>,
    /// Within so many days; 365, if it is left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "730")))]
    pub limit_days: Option<u32>,
}

impl NoShowDto {
    const DAYS: u32 = 365;

    pub fn read(this: Option<Self>) -> Result<NoShowPolicy, Fault> {
        let Some(Self { fee, limit, limit_days }) = this else { return Ok(NoShowPolicy::default()) };
        if limit.is_none() && limit_days.is_some() {
            return Err(Fault::body("/limit_days", "needs a limit"));
        }
        let limit =
            limit.map(|no_shows| NoShowLimit { no_shows, within_days: limit_days.unwrap_or(Self::DAYS) });
        Ok(NoShowPolicy { fee: fee.map(FeeDto::read).transpose()?, limit })
    }

    pub fn of(policy: NoShowPolicy) -> Option<Self> {
        let (limit, limit_days) = policy.limit.map(|limit| (limit.no_shows, limit.within_days)).unzip();
        (policy != NoShowPolicy::default()).then_some(Self {
            fee: policy.fee.map(FeeDto::of),
            limit,
            limit_days,
        })
    }
}

/// What kind of answer a question takes.
///
/// * `text`: words;
/// * `yes_no`: true or false;
/// * `number`: a whole number;
/// * `choice`: one of some options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "AnswerKind", rename_all = "snake_case")]
pub enum AnswerKindDto {
    Text,
    YesNo,
    Number,
    Choice,
}

/// What is asked before an appointment is booked.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Question", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct QuestionDto {
    /// Its name for programs: lower case letters, digits and underscores.
    #[oai(validator(min_length = 1, max_length = 40, pattern = "^[a-z0-9_]+$"))]
    pub id: String,
    /// As it is asked.
    pub text: Field<Text<300>>,
    /// What kind of answer it takes.
    pub answer: AnswerKindDto,
    /// Of a number: the smallest; 0, if it is left out.
    pub min: Option<i64>,
    /// Of a number: the largest; 1000000, if it is left out.
    pub max: Option<i64>,
    /// Of a choice: what can be chosen.
    #[oai(default, validator(max_items = 50))]
    pub options: Vec<Field<Name>>,
    /// Nothing is booked without an answer.
    #[oai(default)]
    pub required: bool,
}

impl QuestionDto {
    const MAX: i64 = 1_000_000;

    pub fn read(self) -> Result<Question, Fault> {
        let is_bounded = self.min.is_some() || self.max.is_some();
        let answer = match (self.answer, is_bounded, self.options.is_empty()) {
            (AnswerKindDto::Text, false, true) => AnswerKind::Text,
            (AnswerKindDto::YesNo, false, true) => AnswerKind::YesNo,
            (AnswerKindDto::Number, _, true) => {
                AnswerKind::Number { min: self.min.unwrap_or(0), max: self.max.unwrap_or(Self::MAX) }
            }
            (AnswerKindDto::Choice, false, false) => {
                AnswerKind::Choice { options: self.options.into_iter().map(|option| option.0).collect() }
            }
            _ => {
                let detail = "min and max are for numbers, and options for choices, which need them";
                return Err(Fault::body("", detail));
            }
        };
        Ok(Question { id: self.id, text: self.text.0, answer, required: self.required })
    }

    pub fn of(Question { id, text, answer, required }: Question) -> Self {
        let asks =
            |answer| Self { id, text: Field(text), answer, min: None, max: None, options: vec![], required };
        match answer {
            AnswerKind::Text => asks(AnswerKindDto::Text),
            AnswerKind::YesNo => asks(AnswerKindDto::YesNo),
            AnswerKind::Number { min, max } => {
                Self { min: Some(min), max: Some(max), ..asks(AnswerKindDto::Number) }
            }
            AnswerKind::Choice { options } => {
                let options = options.into_iter().map(Field).collect();
                Self { options, ..asks(AnswerKindDto::Choice) }
            }
        }
    }
}
