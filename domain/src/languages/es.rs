//! Spanish, for both sides of the Atlantic. Hours and minutes are words, because speech engines read "3:30"
//! in many ways. The day of the month is a number: they read it well.
//!
//! "El próximo martes" is the first Tuesday after today, as the Real Academia has it. For the week after,
//! people say "el martes de la próxima semana". The answer says the date, so a misunderstanding is heard.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};

use super::phrasebook::{
    AM, Conjunction, HalfOfDay, NIGHT, PM, Phrasebook, Vocabulary, Which, list, place, texts,
};
use super::phrases::{Mistake, Reason, Said};
use crate::values::question::BadAnswer;
use crate::values::text::BadText;
use crate::values::time::Zone;

pub struct Spanish;

const WEEKDAYS: [&str; 7] = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];
const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const NUMBERS: [&str; 30] = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
];
const TENS: [&str; 6] = ["", "", "veinte", "treinta", "cuarenta", "cincuenta"];

/// Las doce de la mañana son las del mediodía.
const MORNING: HalfOfDay = |hour| hour;

static VOCABULARY: Vocabulary = Vocabulary {
    before_day: &["el", "para", "en", "del", "dia"],
    today: &["hoy", "hoy mismo", "esta manana", "esta tarde", "esta noche"],
    tomorrow: &["manana", "manana por la manana", "manana por la tarde", "manana por la noche"],
    day_after_tomorrow: &["pasado manana"],
    weekdays: [
        &["lunes", "lun"],
        &["martes", "mar"],
        &["miercoles", "mie"],
        &["jueves", "jue"],
        &["viernes", "vie"],
        &["sabado", "sab"],
        &["domingo", "dom"],
    ],
    before_weekday: &[
        ("este proximo", Which::Coming),
        ("este", Which::This),
        ("proximo", Which::Coming),
        ("siguiente", Which::Coming),
    ],
    after_weekday: &[
        ("de la proxima semana", Which::OfNextWeek),
        ("de la semana proxima", Which::OfNextWeek),
        ("de la semana que viene", Which::OfNextWeek),
        ("de la siguiente semana", Which::OfNextWeek),
        ("de la semana siguiente", Which::OfNextWeek),
        ("de la otra semana", Which::OfNextWeek),
        ("de esta semana", Which::This),
        ("que viene", Which::Coming),
        ("que entra", Which::Coming),
        ("proximo", Which::Coming),
        ("siguiente", Which::Coming),
    ],
    months: [
        &["enero", "ene"],
        &["febrero", "feb"],
        &["marzo"],
        &["abril", "abr"],
        &["mayo"],
        &["junio", "jun"],
        &["julio", "jul"],
        &["agosto", "ago"],
        &["septiembre", "setiembre", "sep"],
        &["octubre", "oct"],
        &["noviembre", "nov"],
        &["diciembre", "dic"],
    ],
    first: &["primero", "uno"],
    within_date: &["de", "del", "dia"],
    before_part: &["por", "en", "de", "a", "la", "el", "esta"],
    parts: &[
        (&["manana", "madrugada"], 0, 12),
        (&["tarde", "mediodia"], 12, 19),
        (&["noche"], 19, 24),
        (&["", "cualquiera", "cualquier hora", "cualquier momento"], 0, 24),
    ],
    before_time: &["a", "las", "la", "al", "el", "sobre", "hacia", "como"],
    halves: &[
        ("am", AM),
        ("a m", AM),
        ("pm", PM),
        ("p m", PM),
        ("de la manana", MORNING),
        ("por la manana", MORNING),
        ("en la manana", MORNING),
        ("de la madrugada", AM),
        ("de la tarde", PM),
        ("por la tarde", PM),
        ("en la tarde", PM),
        ("de la noche", NIGHT),
        ("por la noche", NIGHT),
        ("en la noche", NIGHT),
        ("del mediodia", PM),
    ],
    after_time: &["en punto", "horas", "h", "hs"],
    noon: &["mediodia", "medio dia"],
    midnight: &["medianoche", "media noche"],
    day_examples: "hoy, mañana, pasado mañana, un día de la semana (martes, este martes, el próximo martes, el martes de la próxima \
                   semana) o una fecha (3 de diciembre, 2026-11-24)",
    part_examples: ["mañana", "tarde", "noche"],
    time_examples: "15:00, 3:30 pm o las tres y media de la tarde",
};

fn number_word(number: u32) -> String {
    match (number / 10, number % 10) {
        (0..=2, _) => NUMBERS[number as usize].to_owned(),
        (tens, 0) => TENS[tens as usize].to_owned(),
        (tens, ones) => format!("{} y {}", TENS[tens as usize], NUMBERS[ones as usize]),
    }
}

/// The number that plain words say.
fn number(words: &str) -> Option<u16> {
    match words {
        "una" | "un" => Some(1),
        "media" => Some(30),
        "cuarto" | "un cuarto" => Some(15),
        _ => words
            .parse()
            .ok()
            .or_else(|| (0..60_u16).find(|number| super::plain(&number_word((*number).into())) == words)),
    }
}

/// `la una`, `las tres y media de la tarde`, `el mediodía`
fn clock_time(time: NaiveTime) -> String {
    let part = match time.hour() {
        0 | 19.. => "de la noche",
        1..=5 => "de la madrugada",
        6..=11 => "de la mañana",
        12..=18 => "de la tarde",
    };
    let hour = match time.hour12().1 {
        1 => "la una".to_owned(),
        hour => format!("las {}", number_word(hour)),
    };
    match (time.hour(), time.minute()) {
        (0, 0) => "medianoche".into(),
        (12, 0) => "el mediodía".into(),
        (_, 0) => format!("{hour} {part}"),
        (_, 15) => format!("{hour} y cuarto {part}"),
        (_, 30) => format!("{hour} y media {part}"),
        (_, minute) => format!("{hour} y {} {part}", number_word(minute)),
    }
}

/// `a las tres`, `al mediodía`; `de las tres`, `del mediodía`
fn with(preposition: &str, time: NaiveTime) -> String {
    let time = clock_time(time);
    match time.strip_prefix("el ") {
        Some(rest) => format!("{preposition}l {rest}"),
        None => format!("{preposition} {time}"),
    }
}

impl Phrasebook for Spanish {
    fn tag(&self) -> &'static str {
        "es"
    }

    fn english_name(&self) -> &'static str {
        "Spanish"
    }

    fn vocabulary(&self) -> &'static Vocabulary {
        &VOCABULARY
    }

    fn clock(&self, words: &[&str]) -> Option<(u16, u16)> {
        if let Some(place) = words.iter().position(|word| matches!(*word, "y" | "menos" | "con")) {
            let (hour, minute) = (number(&words[..place].join(" "))?, number(&words[place + 1..].join(" "))?);
            let before = words[place] == "menos";
            return Some(if before {
                ((hour + 10) % 12 + 1, 60_u16.checked_sub(minute)?)
            } else {
                (hour, minute)
            });
        }
        match words {
            [] => None,
            [hour] => Some((number(hour)?, 0)),
            [hour, minute @ ..] => Some((number(hour)?, number(&minute.join(" "))?)),
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        let day = if date.day() == 1 { "primero".to_owned() } else { date.day().to_string() };
        format!("el {} {day} de {}", self.weekday(date.weekday()), MONTHS[date.month0() as usize])
    }

    fn weekday(&self, weekday: Weekday) -> &'static str {
        WEEKDAYS[weekday.num_days_from_monday() as usize]
    }

    fn at(&self, time: NaiveTime) -> String {
        with("a", time)
    }

    fn clock_of(&self, zone: Zone) -> String {
        let place = place(zone);
        let place = match place.as_str() {
            "Bogota" => "Bogotá",
            "Mexico City" => "Ciudad de México",
            "New York" => "Nueva York",
            "Los Angeles" => "Los Ángeles",
            "Panama" => "Panamá",
            "Cancun" => "Cancún",
            "Merida" => "Mérida",
            "Asuncion" => "Asunción",
            "Cordoba" => "Córdoba",
            "Sao Paulo" => "São Paulo",
            "London" => "Londres",
            "Berlin" => "Berlín",
            "Paris" => "París",
            "Canary" => "Canarias",
            other => other,
        };
        format!("hora de {place}")
    }

    fn list(&self, items: &[String], conjunction: Conjunction) -> String {
        // "y" is "e" before the sound of an i, "o" is "u" before that of an o.
        let last = items.last().map(|last| super::plain(last)).unwrap_or_default();
        let begins = |sounds: &[&str]| sounds.iter().any(|sound| last.starts_with(sound));
        let word = match conjunction {
            Conjunction::And if begins(&["i", "hi"]) && !begins(&["hie"]) => "e",
            Conjunction::And => "y",
            Conjunction::Or if begins(&["o", "ho"]) => "u",
            Conjunction::Or => "o",
        };
        list(items, word)
    }

    fn say(&self, said: &Said<'_>) -> String {
        match said {
            Said::OpenTimes { service, times } => format!("Para {service} hay disponibilidad {times}."),
            Said::NoneOpen { service } => {
                format!(
                    "No hay horas libres para {service} en las próximas semanas. Se puede tomar un mensaje."
                )
            }
            Said::NoneOpenThen { service, later } => {
                format!("A esa hora no hay disponibilidad para {service}. Lo más próximo es {later}.")
            }
            Said::Booked { service, name, moment } => {
                format!("{service}: la cita queda reservada a nombre de {name} para {moment}.")
            }
            Said::Requested { service, name, moment } => {
                format!(
                    "{service}: la cita queda solicitada a nombre de {name} para {moment}. El negocio la confirmará."
                )
            }
            Said::MoveRequested { service, moment } => {
                format!("{service}: la cita queda solicitada para {moment}. El negocio la confirmará.")
            }
            Said::Rescheduled { service, moment } => format!("{service}: la cita es ahora {moment}."),
            Said::Cancelled { service, moment } => {
                format!("{service}: la cita que era {moment} queda cancelada.")
            }
            Said::Fee { amount } => {
                format!("Cuesta {amount}. Si quien llama lo acepta, se repite con accept_fee.")
            }
            Said::StillOpen { times } => format!("Todavía hay disponibilidad {times}."),
            Said::NothingElseOpen => {
                "No queda ninguna hora libre en las próximas semanas. Se puede tomar un mensaje.".into()
            }
            Said::Appointment { service, moment, name: None } => format!("{service}, {moment}"),
            Said::Appointment { service, moment, name: Some(name) } => {
                format!("{service} de {name}, {moment}")
            }
            Said::Appointments { appointments } => format!("Citas encontradas: {appointments}."),
            Said::NoAppointments => "No hay próximas citas con ese número.".into(),
            Said::MessageTaken => "El mensaje ya fue entregado.".into(),
            Said::Waitlisted { service, name, number } => format!(
                "{name} queda en la lista de espera para {service}, en el puesto {number}. Cuando se libere una hora, se apartará por un \
                 rato y el negocio se comunicará."
            ),
            Said::KeptFor { service, name, moment } => {
                format!(
                    "{service}: ya hay una hora apartada a nombre de {name}, {moment}. Se puede tomar un mensaje para aceptarla."
                )
            }
            Said::Window { opens, closes } => format!("{} {}", with("de", *opens), with("a", *closes)),
            Said::Closed => "cerrado".into(),
            Said::Weekdays { first, last } => {
                format!("de {} a {}", self.weekday(*first), self.weekday(*last))
            }
            Said::HoursOf { days, hours } => format!("{days}: {hours}"),
            Said::ExceptionalHours { dates } => format!("Excepciones: {dates}."),
            Said::BeforeClocksGoBack => "antes del cambio de hora".into(),
            Said::AfterClocksGoBack => "después del cambio de hora".into(),
            Said::NotSetUp => "Este número todavía no está en servicio. Por favor, llame más tarde.".into(),
            Said::PuttingThrough => "Un momento, por favor, le comunico.".into(),
            Said::NobodyAvailable => {
                "Ahora mismo nadie puede atender la llamada. Puedo tomar un mensaje.".into()
            }
            Said::AnswerErased => "Esta respuesta fue borrada.".into(),
            Said::BookedTime => "Reservado".into(),
        }
    }

    fn refusal(&self, reason: Reason) -> &'static str {
        match reason {
            Reason::AgendaClassFull => "No quedan plazas suficientes a esa hora.",
            Reason::QuotaLimitReached => {
                "Para esos días ya no se pueden hacer más reservas de este servicio."
            }
            Reason::AgendaTimeTaken => "Esa hora se acaba de ocupar.",
            Reason::AgendaHoldExpired | Reason::AppointmentHoldExpired => "Esa hora ya no está apartada.",
            Reason::AppointmentNotFound => "No existe esa cita.",
            Reason::AppointmentHoldNotFound => "No hay ninguna hora apartada.",
            Reason::AppointmentHoldReleased => "La hora apartada ya se liberó.",
            Reason::AppointmentHeldForWaitlist => {
                "Esa hora está apartada para alguien de la lista de espera."
            }
            Reason::AppointmentAlreadyBooked => "Esa cita ya está reservada.",
            Reason::AppointmentCancelled => "Esa cita fue cancelada.",
            Reason::AppointmentAlreadyBegun => "Esa cita ya empezó.",
            Reason::AppointmentDeclined => "El negocio rechazó esa cita.",
            Reason::AppointmentRequestExpired => "Esa solicitud no se respondió a tiempo.",
            Reason::AppointmentTooLateToCancel => {
                "Ya es tarde para cancelar esa cita; ahora solo puede hacerlo el negocio."
            }
            Reason::AppointmentTooLateToReschedule => {
                "Ya es tarde para cambiar esa cita; ahora solo puede hacerlo el negocio."
            }
            Reason::AppointmentFeeDue => "Con tan poca anticipación tiene un cargo.",
            Reason::AppointmentBadAnswer => {
                "Falta responder algo que el negocio pregunta, o la respuesta no tiene la forma debida."
            }
            Reason::AppointmentUnknownQuestion => "El negocio no pregunta eso.",
            Reason::AttendanceTooManyNoShows => "Solo el negocio puede reservar para este cliente.",
            Reason::AppointmentNotDisclosed => {
                "Esa cita no se conoce en esta llamada; primero hay que buscarla con find_appointments."
            }
            Reason::CallTooManyToolCalls => "Se ha preguntado demasiado en esta llamada.",
            Reason::ChangedSince => "Cambió mientras tanto.",
            Reason::ContactPointTaken => "Ese número de teléfono o correo electrónico es de otro cliente.",
            Reason::CustomerNotFound => "No existe ese cliente.",
            Reason::CustomerAlreadyRegistered => "Ese cliente ya está registrado.",
            Reason::CustomerOverlaps => {
                "Ya hay otra cita a ese nombre a esa hora; pregunta si se quieren las dos."
            }
            Reason::CustomerOverlapForbidden => "Ya hay otra cita a ese nombre a esa hora.",
            Reason::CustomerUnreachable => {
                "Hace falta un número de teléfono o un correo electrónico; hay que pedirlo."
            }
            Reason::PersonErased => "Los datos de esa persona fueron borrados.",
            Reason::ServiceNotFound => "No existe ese servicio.",
            Reason::ServiceRetired => "Ese servicio ya no se ofrece.",
            Reason::SlotInThePast => "Esa hora ya pasó.",
            Reason::SlotNoLongerOffered => "Esa hora ya no se ofrece.",
            Reason::SlotShortNotice => "Es con muy poca anticipación.",
            Reason::SlotTokenExpired => "Esa oferta ya caducó; hay que volver a consultar las horas libres.",
            Reason::SlotTooFarAhead => "Es con demasiada anticipación.",
            Reason::WaitlistFull => "La lista de espera está llena. Se puede tomar un mensaje.",
            Reason::WaitlistBadWish => {
                "No se puede esperar por eso: no se reserva en esos días, o no de esa forma."
            }
            Reason::Other => "No es posible.",
        }
    }

    fn mistake(&self, mistake: &Mistake) -> String {
        match mistake {
            Mistake::Missing(name) => format!("falta {name}"),
            Mistake::NotText(name) => format!("{name}: debe ser un texto"),
            Mistake::NotYesNo(name) => format!("{name}: debe ser true o false"),
            Mistake::BadText { name, reason } => match reason {
                BadText::Empty => format!("{name}: no puede quedar vacío"),
                BadText::TooLong { max, got } => format!("{name}: debe tener como máximo {max} caracteres y tiene {got}"),
                BadText::Control => format!("{name}: no puede contener caracteres de control"),
            },
            Mistake::NotPhoneNumber(name) => {
                format!("{name}: no es un número de teléfono; debe tener la forma internacional, como +573001234567")
            }
            Mistake::PhoneExtension(name) => {
                format!("{name}: no se puede guardar un número con extensión; hay que pedir un número directo")
            }
            Mistake::NotEmail(name) => format!("{name}: no es un correo electrónico; debe ser como ada@example.com"),
            Mistake::NotAppointmentId(name) => {
                format!("{name}: hay que copiarlo exactamente de find_appointments o book_appointment; empieza con apt_")
            }
            Mistake::NotAnswers(name) => {
                format!("{name}: debe ser un objeto con el id de cada pregunta y la respuesta de la persona")
            }
            Mistake::NoToolCallId => "la llamada a la herramienta no tiene id; repítela con uno".into(),
            Mistake::NotAnObject => "los argumentos no son un objeto JSON".into(),
            Mistake::NotJson => "los argumentos no son JSON".into(),
            Mistake::Day(text) => format!("day: {text:?} no es un día; se puede decir {}", VOCABULARY.day_examples),
            Mistake::DayPassed(date) => format!("day: {} ya pasó", self.date(*date)),
            Mistake::DayTooFar => "day: está demasiado lejos".into(),
            Mistake::PartOfDay(text) => {
                format!("part_of_day: {text:?} no es una parte del día; se puede decir {}", VOCABULARY.part_examples.join(", "))
            }
            Mistake::Time(text) => format!("time: {text:?} no es una hora; se puede decir {}", VOCABULARY.time_examples),
            Mistake::UnknownTool { name, tools } => format!("no existe la herramienta {name:?}; existen {tools}"),
            Mistake::NotSlotToken => {
                "slot_token: hay que copiarlo exactamente como lo dio check_availability; este no se emitió aquí".into()
            }
            Mistake::Answer { id, question, reason } => {
                let reason = match reason {
                    BadAnswer::Missing => "falta la respuesta".into(),
                    BadAnswer::NotYesNo => "la respuesta debe ser true o false".into(),
                    BadAnswer::NotNumber { min, max } => format!("la respuesta debe ser un número entero de {min} a {max}"),
                    BadAnswer::NotChoice { options } => {
                        format!("la respuesta debe ser {}", self.list(&texts(options), Conjunction::Or))
                    }
                };
                format!("answers.{id}: {reason}; hay que preguntar: {question}")
            }
            Mistake::WhichService(names) => {
                format!("service: hay que preguntar cuál se desea: {}", self.list(names, Conjunction::Or))
            }
            Mistake::NoServices => "el negocio todavía no ofrece servicios; se puede tomar un mensaje".into(),
            Mistake::HiddenNumber => {
                "phone_number: el número de quien llama está oculto; hay que preguntar el número y el nombre de la reserva".into()
            }
            Mistake::Refused(reason) => self.refusal(*reason).into(),
        }
    }
}
