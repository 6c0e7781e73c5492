//! One caller: what they want, how often they repeat themselves, and how they hang up.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::business::HORIZON_DAYS;
use super::pace::Pace;
use super::reception::Reception;
use crate::voice::message::{Call, Speaker, ToolCall, Turn};
use crate::voice::reply::{Answer, SpokenSlot};
use crate::voice::session::{CallSession, ChangeOutcome, Repeat};

/// How many times a caller asks for another day, and takes another time after a refusal.
const DAYS_ASKED_MAX: usize = 3;
const TIMES_TRIED_MAX: usize = 3;

const FIRST_NAMES: &[&str] =
    &["Ada", "Grace", "Linus", "Mary", "Alan", "Barbara", "Edsger", "Katherine", "Dennis", "Radia"];
const LAST_NAMES: &[&str] =
    &["Moreno", "Okafor", "Lindgren", "Tanaka", "Novak", "Silva", "Dubois", "Haddad", "Olsen", "Kaur"];
const CALLER_SAYS: &[&str] = &[
    "Yes, hello, I would like to come by, if you have something free.",
    "I am not sure yet. What would you recommend? I have never been to your place before, you see.",
    "Mornings are better for me, but I could make it after work, too.",
    "Yes, that sounds good.",
];
const ASSISTANT_SAYS: &[&str] = &[
    "Of course. Which day would suit you best, and is there a time of day that you prefer?",
    "One moment, please. I am looking at what is still open.",
    "Let me repeat that, so that I have got everything right.",
    "Is there anything else that I can do for you?",
];
const POPULAR_DAYS: &[&str] = &["tomorrow", "monday", "next tuesday", "friday"];

/// A person on the phone.
pub struct Caller {
    session: CallSession,
    services: Arc<[String]>,
    pace: Pace,
    conversation: Vec<Turn>,
    rng: StdRng,
    name: String,
}

impl Caller {
    pub fn new(reception: &Reception, call: Call, pace: Pace) -> Self {
        let mut rng = StdRng::seed_from_u64(rand::random());
        let mut pick = |names: &[&str]| names.choose(&mut rng).copied().unwrap_or_default().to_owned();
        let name = format!("{} {}", pick(FIRST_NAMES), pick(LAST_NAMES));
        let session = CallSession { run: reception.run.clone(), call, server: None };
        Self { session, services: reception.services.clone(), pace, conversation: Vec::new(), rng, name }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    async fn hesitate(&mut self) {
        tokio::time::sleep(self.pace.hesitation(&mut self.rng)).await;
    }

    /// What is said before the assistant calls a tool. The platform reports each turn.
    async fn talk(&mut self) {
        for took in self.pace.turns(&mut self.rng) {
            tokio::time::sleep(took).await;
            let (speaker, phrases) = match self.conversation.last().map(|turn| turn.speaker) {
                Some(Speaker::Caller) => (Speaker::Assistant, ASSISTANT_SAYS),
                Some(Speaker::Assistant) | None => (Speaker::Caller, CALLER_SAYS),
            };
            let text = phrases.choose(&mut self.rng).copied().unwrap_or_default();
            let said_at = Utc::now();
            self.conversation.push(Turn { speaker, said_at, text });
            self.session.update_conversation(&self.conversation, said_at).await;
        }
    }

    async fn ask(&mut self, tool: &'static str, arguments: Value, repeat: Repeat) -> Option<Answer> {
        self.talk().await;
        self.session.ask(tool, arguments, repeat).await
    }

    /// Asks for a booking, or for a change of an appointment.
    async fn change(&mut self, call: &ToolCall, appointment_id: Option<&str>) -> ChangeOutcome {
        let repeat = self.repeat();
        self.talk().await;
        self.session.change(call, appointment_id, repeat).await
    }

    fn repeat(&mut self) -> Repeat {
        match self.rng.random_range(0..100) {
            0..20 => Repeat::AtOnce,
            20..30 => Repeat::After(Duration::from_millis(self.rng.random_range(1..300))),
            _ => Repeat::Never,
        }
    }

    pub async fn call(mut self) {
        let started_at = Utc::now();
        // Webhooks of one call come in any order: sometimes its begin is reported when it is over.
        let late = self.chance(15);
        if !late {
            self.ring().await;
            self.begin(started_at).await;
        }
        match self.rng.random_range(0..100) {
            0..70 => self.want_appointment().await,
            70..80 => self.leave_message().await,
            80..90 => self.ask_hours().await,
            _ => self.look_up().await,
        }
        self.hesitate().await;
        self.hang_up(started_at, late).await;
    }

    async fn ring(&self) {
        if let Some(time) = self.pace.ringing() {
            self.session.update_status("ringing", Utc::now()).await;
            tokio::time::sleep(time).await;
        }
    }

    async fn begin(&mut self, at: DateTime<Utc>) {
        if self.chance(20) {
            join(self.report_progress(at), self.report_progress(at)).await;
        } else {
            self.report_progress(at).await;
        }
    }

    async fn report_progress(&self, at: DateTime<Utc>) {
        self.session.update_status("in-progress", at).await;
    }

    async fn hang_up(&mut self, started_at: DateTime<Utc>, late: bool) {
        let ended_at = Utc::now().max(started_at + TimeDelta::milliseconds(1));
        let (report_first, again) = (self.chance(30), self.chance(20));
        let session = &self.session;
        if report_first {
            session.report(started_at, ended_at).await;
            session.update_status("ended", ended_at).await;
        } else {
            join(session.update_status("ended", ended_at), session.report(started_at, ended_at)).await;
        }
        if again {
            join(session.report(started_at, ended_at), session.update_status("ended", ended_at)).await;
        }
        if late {
            self.begin(started_at).await;
        }
    }

    async fn want_appointment(&mut self) {
        if self.chance(15) {
            self.ask_hours().await;
        }
        let Some(slots) = self.find_slots().await else { return };
        let Some(appointment_id) = self.book(slots).await else { return };
        self.hesitate().await;
        match self.rng.random_range(0..100) {
            0..25 => self.change_mind(&appointment_id).await,
            25..45 => self.withdraw(&appointment_id).await,
            45..55 => self.look_up().await,
            55..60 => self.leave_message().await,
            _ => {}
        }
    }

    /// Most callers ask for any day of the coming months. Some ask for a popular day.
    fn wish(&mut self) -> Value {
        let service = self.services.choose(&mut self.rng).cloned().unwrap_or_default();
        if self.chance(20) {
            let day = POPULAR_DAYS.choose(&mut self.rng).copied().unwrap_or_default();
            return json!({ "service": service, "day": day, "part_of_day": "morning" });
        }
        let ahead = self.rng.random_range(2..i64::from(HORIZON_DAYS) - 2);
        let day = (Utc::now() + TimeDelta::days(ahead)).date_naive().to_string();
        let time = format!("{}:{:02}", self.rng.random_range(8..18), self.rng.random_range(0..4) * 15);
        json!({ "service": service, "day": day, "time": time })
    }

    async fn find_slots(&mut self) -> Option<Vec<SpokenSlot>> {
        for _ in 0..DAYS_ASKED_MAX {
            let (wish, repeat) = (self.wish(), if self.chance(5) { Repeat::AtOnce } else { Repeat::Never });
            let answer = self.ask("check_availability", wish, repeat).await?;
            if !answer.slots.is_empty() {
                return Some(answer.slots);
            }
            self.hesitate().await;
        }
        None
    }

    /// Books one of the slots, or after a refusal one of those that are offered instead.
    async fn book(&mut self, mut slots: Vec<SpokenSlot>) -> Option<String> {
        for _ in 0..TIMES_TRIED_MAX {
            self.hesitate().await;
            if self.chance(5) {
                return None;
            }
            let slot = slots.choose(&mut self.rng)?;
            let note = "Booked by a simulation.";
            let arguments = json!({ "slot_token": slot.slot_token, "name": self.name, "note": note });
            match self.change(&ToolCall::new("book_appointment", arguments), None).await {
                ChangeOutcome::Made { appointment_id } => return Some(appointment_id),
                ChangeOutcome::Refused(open) => slots = open,
                ChangeOutcome::Failed => return None,
            }
        }
        None
    }

    async fn change_mind(&mut self, appointment_id: &str) {
        let Some(mut slots) = self.find_slots().await else { return };
        for _ in 0..TIMES_TRIED_MAX {
            self.hesitate().await;
            let Some(slot) = slots.choose(&mut self.rng) else { return };
            let arguments = json!({ "appointment_id": appointment_id, "slot_token": slot.slot_token });
            let call = ToolCall::new("reschedule_appointment", arguments);
            match self.change(&call, Some(appointment_id)).await {
                ChangeOutcome::Refused(open) => slots = open,
                ChangeOutcome::Made { .. } | ChangeOutcome::Failed => return,
            }
        }
    }

    async fn withdraw(&mut self, appointment_id: &str) {
        self.look_up().await;
        let arguments = json!({ "appointment_id": appointment_id, "reason": "Something came up." });
        self.change(&ToolCall::new("cancel_appointment", arguments), Some(appointment_id)).await;
    }

    async fn look_up(&mut self) {
        self.ask("find_appointments", json!({}), Repeat::Never).await;
    }

    async fn ask_hours(&mut self) {
        let arguments = if self.chance(50) { json!({ "day": "tomorrow" }) } else { json!({}) };
        self.ask("get_business_hours", arguments, Repeat::Never).await;
    }

    async fn leave_message(&mut self) {
        let arguments = json!({ "message": "Please call me back about my last visit.", "name": self.name });
        let repeat = self.repeat();
        self.talk().await;
        self.session.leave_message(arguments, repeat).await;
    }
}
