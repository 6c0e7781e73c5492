//! What a phrase says of days and times.

use chrono::{NaiveDate, NaiveDateTime};

use super::days::Day;
use super::times::{Face, Time};
use crate::languages::grammar::Part;
use crate::values::time::Zone;

/// What a phrase says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meaning {
    pub day: Option<Day>,
    pub part: Option<Part>,
    pub time: Option<Time>,
    /// The day, if no other one is named.
    pub own_day: Option<NaiveDate>,
    /// Whose clock shows the time, if it is not the business's.
    pub zone: Option<Zone>,
    pub lack: Option<Lack>,
}

/// What a phrase lacks to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// It counts from an appointment, and none is moved.
    Appointment,
    /// Whose clock it is.
    Clock,
    /// It says which days are not wanted.
    Choice,
}

/// Whose clock is meant.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    Here,
    Of(Zone),
    Unclear,
}

pub(super) fn at_moment(wall: NaiveDateTime) -> Option<Meaning> {
    let time = Time { at: Some(Face::of(wall.time())?), ..Time::default() };
    Some(Meaning { day: Some(Day::on(wall.date())), time: Some(time), ..Meaning::default() })
}
