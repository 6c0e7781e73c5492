//! Somebody on the phone: talks, has the assistant call its tools, hangs up, and may call again.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::caller_id;
use super::habits::Habits;
use super::habits::sharing::{self, Member};
use super::names::{FIRST_NAMES, LAST_NAMES};
use super::pace::Pace;
use super::reception::Reception;
use crate::promises::record::{Particulars, Person, Proof, Service};
use crate::report::tally::{Tally, add};
use crate::voice::message::{Call, Speaker, Turn};
use crate::voice::reply::Answer;
use crate::voice::session::{CallSession, ChangeOutcome, Repeat, Request};

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

/// Which of the callers somebody is.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    pub number: u64,
    /// How many are called in turn.
    pub businesses: usize,
    pub pace: Pace,
    /// Whether callers have habits.
    pub habits: bool,
}

/// A person on the phone.
pub struct Caller {
    pub session: CallSession,
    pub person: Person,
    /// `None` of those who only ask, book, move and cancel.
    pub habits: Option<Habits>,
    pub services: Arc<[Service]>,
    pub rng: StdRng,
    /// The telephone of somebody else.
    pub others_phone: String,
    pub is_of_family: bool,
    /// The appointment that stands, as far as they know.
    pub own: Option<String>,
    /// Whether the network shows no number in this call.
    pub is_withheld: bool,
    pace: Pace,
    conversation: Vec<Turn>,
    started_at: DateTime<Utc>,
    /// Webhooks of one call come in any order: sometimes its begin is reported when it is over.
    is_late: bool,
}

impl Caller {
    pub fn new(reception: &Reception, arrival: Arrival) -> Self {
        let Arrival { number, businesses, pace, habits } = arrival;
        let mut rng = StdRng::seed_from_u64(rand::random());
        let habits = habits.then(|| Habits::draw(&mut rng));
        let Member { person, others_phone, shares: is_of_family } = match habits {
            Some(_) => sharing::member(number, businesses),
            None => alone(number, &mut rng),
        };
        let call = Call::showing(Some(person.phone.clone()));
        Self {
            session: CallSession { run: reception.run.clone(), call, server: None },
            person,
            habits,
            services: reception.services.clone(),
            rng,
            others_phone,
            is_of_family,
            own: None,
            is_withheld: false,
            pace,
            conversation: Vec::new(),
            started_at: Utc::now(),
            is_late: false,
        }
    }

    pub fn tally(&self) -> &Tally {
        &self.session.run.tally
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    /// Whose an appointment of a service is.
    pub fn particulars(&self, service_id: &str) -> Particulars {
        let service = self.services.iter().find(|service| service.id == service_id);
        let service = service.map(|service| service.name.clone()).unwrap_or_default();
        Particulars { person: self.person.clone(), service_id: service_id.to_owned(), service }
    }

    /// What says who is calling, for tools that look for appointments.
    pub fn identity(&self) -> Value {
        match self.is_withheld {
            true => json!({ "phone_number": self.person.phone, "name": self.person.name }),
            false => json!({}),
        }
    }

    /// By what the servers know who is calling.
    pub fn proof(&self) -> Proof {
        match self.is_withheld {
            true => Proof::SaysNumberAndName,
            false => Proof::CallsFromNumber,
        }
    }

    /// Arguments with the name, and the number if the network does not show it.
    pub fn with_name(&self, mut arguments: Value) -> Value {
        arguments["name"] = json!(self.person.name);
        if self.is_withheld {
            arguments["phone_number"] = json!(self.person.phone);
        }
        arguments
    }

    pub async fn hesitate(&mut self) {
        tokio::time::sleep(self.pace.hesitation(&mut self.rng)).await;
    }

    /// What is said before the assistant calls a tool. The platform reports each turn.
    pub async fn talk(&mut self) {
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

    pub async fn ask(&mut self, tool: &'static str, arguments: Value, repeat: Repeat) -> Option<Answer> {
        self.talk().await;
        self.session.ask(tool, arguments, repeat).await
    }

    /// Asks for a booking, or for a change of an appointment.
    pub async fn change(&mut self, request: &Request) -> ChangeOutcome {
        let repeat = self.repeat();
        self.talk().await;
        self.session.change(request, repeat).await
    }

    pub fn repeat(&mut self) -> Repeat {
        match self.rng.random_range(0..100) {
            0..20 => Repeat::AtOnce,
            20..30 => Repeat::After(Duration::from_millis(self.rng.random_range(1..300))),
            _ => Repeat::Never,
        }
    }

    /// Begins a call.
    pub async fn pick_up(&mut self) {
        self.is_withheld = self.habits.is_some_and(|habits| habits.withholds) && self.chance(80);
        let caller_id = match (self.is_withheld, self.habits) {
            (true, _) => caller_id::withheld(&mut self.rng),
            (false, Some(_)) => Some(caller_id::number(&self.person.phone, &mut self.rng)),
            (false, None) => Some(self.person.phone.clone()),
        };
        let played = &self.tally().habits;
        [(self.is_withheld, &played.withheld), (self.is_of_family, &played.shared)]
            .into_iter()
            .filter(|(is_played, _)| *is_played)
            .for_each(|(_, count)| add(count));
        self.session.call = Call::showing(caller_id);
        self.started_at = Utc::now();
        self.conversation.clear();
        self.is_late = self.chance(15);
        if !self.is_late {
            self.ring().await;
            self.begin().await;
        }
    }

    async fn ring(&self) {
        if let Some(time) = self.pace.ringing() {
            self.session.update_status("ringing", Utc::now()).await;
            tokio::time::sleep(time).await;
        }
    }

    async fn begin(&mut self) {
        if self.chance(20) {
            join(self.report_progress(), self.report_progress()).await;
        } else {
            self.report_progress().await;
        }
    }

    async fn report_progress(&self) {
        self.session.update_status("in-progress", self.started_at).await;
    }

    pub async fn hang_up(&mut self) {
        let started_at = self.started_at;
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
        if self.is_late {
            self.begin().await;
        }
        add(&self.tally().calls);
    }

    pub async fn call_again(&mut self) {
        self.hang_up().await;
        self.hesitate().await;
        self.pick_up().await;
    }
}

/// Somebody with a telephone of their own.
fn alone(number: u64, rng: &mut StdRng) -> Member {
    let mut pick = |names: &[&str]| names.choose(rng).copied().unwrap_or_default().to_owned();
    let name = format!("{} {}", pick(FIRST_NAMES), pick(LAST_NAMES));
    let person = Person { name, phone: Call::phone(number) };
    Member { person, others_phone: Call::phone(number + 1), shares: false }
}
