//! Spanish, for both sides of the Atlantic. Hours and minutes are words, because speech engines read "3:30"
//! in many ways. The day of the month is a number: they read it well.
//!
//! "El próximo martes" is the first Tuesday after today, as the Real Academia has it. For the week after,
//! people say "el martes de la próxima semana". The answer says the date, so a misunderstanding is heard.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};

use super::grammar::{
    ClockOf, ClockRule, DayRule, Half, Length, Moved, Part, Share, SpanRule, TimeRule, Vocabulary, Which,
};
use super::keywords::Keywords;
use super::phrasebook::{Conjunction, Phrasebook, length, list, place, texts};
use super::phrases::{Change, Mistake, NoTime, Reason, Said};
use super::words::plain;
use crate::values::holidays::Holiday;
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
const MORNING: Part = Part::new(0, 12, Half::EarlyToNoon);
const AFTERNOON: Part = Part::new(12, 19, Half::Late);
const NIGHT: Part = Part::new(19, 24, Half::Night);

const UNITS: [[&str; 2]; 3] = [["día", "días"], ["hora", "horas"], ["minuto", "minutos"]];

static VOCABULARY: Vocabulary = Vocabulary {
    cardinals: [
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
        "treinta",
        "treinta y uno",
        "treinta y dos",
        "treinta y tres",
        "treinta y cuatro",
        "treinta y cinco",
        "treinta y seis",
        "treinta y siete",
        "treinta y ocho",
        "treinta y nueve",
        "cuarenta",
        "cuarenta y uno",
        "cuarenta y dos",
        "cuarenta y tres",
        "cuarenta y cuatro",
        "cuarenta y cinco",
        "cuarenta y seis",
        "cuarenta y siete",
        "cuarenta y ocho",
        "cuarenta y nueve",
        "cincuenta",
        "cincuenta y uno",
        "cincuenta y dos",
        "cincuenta y tres",
        "cincuenta y cuatro",
        "cincuenta y cinco",
        "cincuenta y seis",
        "cincuenta y siete",
        "cincuenta y ocho",
        "cincuenta y nueve",
    ],
    numerals: &[
        ("una", 1),
        ("veintiún", 21),
        ("treinta y un", 31),
        ("sesenta", 60),
        ("setenta", 70),
        ("setenta y cinco", 75),
        ("ochenta", 80),
        ("noventa", 90),
        ("cien", 100),
        ("ciento cinco", 105),
        ("ciento veinte", 120),
    ],
    counts: &[("un", 1), ("un par de", 2)],
    ordinals: &[
        "primero|primer|primera|uno",
        "segundo|segunda",
        "tercero|tercer|tercera",
        "cuarto|cuarta",
        "quinto|quinta",
    ],
    ordinal_endings: &["º", "ª", "er", "ro", "do", "to"],
    before_date: &["el", "día", "del", "al", "los", "días"],
    last: &["último|última"],
    centuries: &["dos mil"],
    weekdays: [
        &["lunes", "lun", "lunez"],
        &["martes", "mar"],
        &["miércoles", "mie", "miercole", "miercolez"],
        &["jueves", "jue", "juebes", "juevez"],
        &["viernes", "vie", "biernes", "vierne", "vienres"],
        &["sábado", "sábados", "sab", "savado", "sabdo", "zabado"],
        &["domingo", "domingos", "dom", "domigo"],
    ],
    months: [
        &["enero", "ene"],
        &["febrero", "feb", "febreo"],
        &["marzo"],
        &["abril", "abr"],
        &["mayo"],
        &["junio", "jun"],
        &["julio", "jul"],
        &["agosto", "ago"],
        &["septiembre", "setiembre", "sep", "sept"],
        &["octubre", "oct"],
        &["noviembre", "nov"],
        &["diciembre", "dic"],
    ],
    days: &[
        (
            &[
                "entre semana",
                "día|días entre semana",
                "día|días de semana",
                "día|días laborable|laborables|laboral|hábil|hábiles",
            ],
            DayRule::Workdays,
        ),
        (&["{nth} semana de|del {month}", "{nth} semana de {month} de|del {year}"], DayRule::WeekOfMonth),
        (
            &["hoy", "hoy mismo", "hoy más tarde", "hoy día", "este día", "esta|este {part}"],
            DayRule::Ahead(0),
        ),
        (&["mañana", "mañna", "mañan", "mañana mismo", "día de mañana"], DayRule::Ahead(1)),
        (&["pasado mañana", "pasado"], DayRule::Ahead(2)),
        (&["ayer"], DayRule::Ahead(-1)),
        (&["anteayer", "antier", "antes de ayer"], DayRule::Ahead(-2)),
        (&["{weekday} pasado", "pasado {weekday}"], DayRule::Weekday(Which::Past)),
        (&["hace {n} día|días"], DayRule::InDays(-1)),
        (&["hace {n} semana|semanas"], DayRule::InDays(-7)),
        (&["semana pasada", "pasada semana"], DayRule::Week(-1, Share::Whole)),
        (&["fin de semana pasado", "pasado fin de semana", "finde pasado"], DayRule::Weekend(-1)),
        (&["mes pasado", "pasado mes"], DayRule::Month(-1, Share::Whole)),
        (&["año pasado"], DayRule::Year(-1)),
        (&["este {weekday}"], DayRule::Weekday(Which::This)),
        (
            &[
                "este próximo {weekday}",
                "próximo|siguiente {weekday}",
                "{weekday} próximo|siguiente|entrante",
                "{weekday} que viene|entra|sigue",
                "próximo día {weekday}",
            ],
            DayRule::Weekday(Which::Coming),
        ),
        (&["{weekday} en ocho|8 días?"], DayRule::WeekdayPlus(1)),
        (&["{weekday} en quince|15 días?"], DayRule::WeekdayPlus(2)),
        (
            &[
                "en|dentro ocho|8 días",
                "dentro de ocho|8 días",
                "de hoy en ocho|8 días?",
                "hoy en ocho|8 días?",
                "de aquí a ocho|8 días",
            ],
            DayRule::Ahead(7),
        ),
        (&["de mañana en ocho|8 días?"], DayRule::Ahead(8)),
        (
            &[
                "en quince|15 días",
                "dentro de quince|15 días",
                "de hoy en quince|15 días?",
                "hoy en quince|15 días?",
                "de aquí a quince|15 días",
            ],
            DayRule::Ahead(14),
        ),
        (&["en {n} día|días", "dentro de {n} día|días", "de aquí a {n} día|días"], DayRule::InDays(1)),
        (
            &[
                "en {n} semana|semanas",
                "dentro de {n} semana|semanas",
                "de hoy en {n} semanas",
                "de aquí a {n} semana|semanas",
            ],
            DayRule::InDays(7),
        ),
        (&["en {n} mes|meses", "dentro de {n} mes|meses", "de aquí a {n} mes|meses"], DayRule::InMonths),
        (&["en media hora", "dentro de media hora"], DayRule::InMinutes(30)),
        (&["en hora y media", "en una hora y media", "dentro de una hora y media"], DayRule::InMinutes(90)),
        (&["en {quarters} hora|horas|h", "dentro de {quarters} hora|horas|h"], DayRule::InMinutes(15)),
        (&["en {n} hora|horas", "dentro de {n} hora|horas"], DayRule::InMinutes(60)),
        (&["en {n} minuto|minutos", "dentro de {n} minuto|minutos"], DayRule::InMinutes(1)),
        (&["próximos|siguientes {n} días", "{n} próximos días"], DayRule::Within(1)),
        (
            &["próximas|siguientes {n} semanas", "{n} próximas semanas", "próximos días", "estos días"],
            DayRule::Within(7),
        ),
        (&["próximas semanas"], DayRule::Within(30)),
        (&["esta semana", "esta misma semana"], DayRule::Week(0, Share::Whole)),
        (
            &[
                "principios|principio|comienzos|comienzo|inicios|inicio de semana",
                "principios|principio|comienzos|comienzo|inicios|inicio de la|esta semana",
            ],
            DayRule::Week(0, Share::Beginning),
        ),
        (&["mediados|mitad de semana", "mediados|mitad de la|esta semana"], DayRule::Week(0, Share::Middle)),
        (
            &["finales|final|fines de semana", "finales|final|fines|fin de la|esta semana"],
            DayRule::Week(0, Share::End),
        ),
        (
            &[
                "próxima|siguiente|otra semana",
                "semana próxima|siguiente|entrante",
                "semana que viene|entra|sigue",
            ],
            DayRule::Week(1, Share::Whole),
        ),
        (
            &[
                "principios|principio|comienzos|inicios|inicio de la? próxima|siguiente|otra semana",
                "principios|principio|comienzos|inicios|inicio de la? semana que viene|entra",
            ],
            DayRule::Week(1, Share::Beginning),
        ),
        (
            &[
                "mediados|mitad de la? próxima|siguiente|otra semana",
                "mediados|mitad de la? semana que viene|entra",
            ],
            DayRule::Week(1, Share::Middle),
        ),
        (
            &[
                "finales|final|fines de la? próxima|siguiente|otra semana",
                "fin de la próxima|siguiente|otra semana",
                "finales|final|fines de la? semana que viene|entra",
                "fin de la semana que viene|entra",
            ],
            DayRule::Week(1, Share::End),
        ),
        (
            &[
                "{weekday} en {n} semanas",
                "en {n} semanas el {weekday}",
                "{weekday} dentro de {n} semanas",
                "semana subsiguiente",
            ],
            DayRule::Week(2, Share::Whole),
        ),
        (
            &[
                "fin|fines de semana",
                "este fin de semana",
                "finde",
                "este finde",
                "este próximo fin de semana",
            ],
            DayRule::Weekend(0),
        ),
        (
            &[
                "próximo|siguiente|otro fin de semana",
                "fin de semana próximo|siguiente|entrante",
                "fin de semana que viene|entra",
                "próximo|otro finde",
                "finde que viene",
                "fin de semana de la próxima semana",
            ],
            DayRule::Weekend(1),
        ),
        (&["mes", "este mes", "mes en curso"], DayRule::Month(0, Share::Whole)),
        (
            &[
                "principios|principio|comienzos|inicios|inicio de mes",
                "principios|principio|comienzos|inicios|inicio de este mes",
                "principios|principio|comienzos|inicios|inicio del mes",
                "principios|principio|comienzos|inicios|inicio de {month}",
            ],
            DayRule::Month(0, Share::Beginning),
        ),
        (
            &[
                "mediados|mitad de mes",
                "mediados|mitad de este mes",
                "mediados|mitad del mes",
                "mediados|mitad de {month}",
            ],
            DayRule::Month(0, Share::Middle),
        ),
        (
            &[
                "finales|final|fines|fin de mes",
                "finales|final|fines|fin de este mes",
                "finales|final|fines|fin del mes",
                "finales|final|fines|fin de {month}",
            ],
            DayRule::Month(0, Share::End),
        ),
        (
            &["próximo|siguiente|otro mes", "mes próximo|siguiente|entrante", "mes que viene|entra|sigue"],
            DayRule::Month(1, Share::Whole),
        ),
        (
            &[
                "principios|principio|comienzos|inicios|inicio del próximo|siguiente|otro mes",
                "principios|comienzos|inicios del mes que viene|entra",
            ],
            DayRule::Month(1, Share::Beginning),
        ),
        (
            &["mediados|mitad del próximo|siguiente|otro mes", "mediados|mitad del mes que viene|entra"],
            DayRule::Month(1, Share::Middle),
        ),
        (
            &[
                "finales|final|fines|fin del próximo|siguiente|otro mes",
                "finales|final|fines|fin del mes que viene|entra",
            ],
            DayRule::Month(1, Share::End),
        ),
        (&["este año"], DayRule::Year(0)),
        (&["próximo|otro año", "año que viene|entra", "año próximo|entrante"], DayRule::Year(1)),
        (&["navidad", "día de navidad"], DayRule::Yearly(12, 25)),
        (&["nochebuena", "noche buena", "víspera de navidad"], DayRule::Yearly(12, 24)),
        (&["año nuevo", "día de año nuevo"], DayRule::Yearly(1, 1)),
        (
            &["nochevieja", "noche vieja", "fin de año", "víspera de año nuevo", "último día del año"],
            DayRule::Yearly(12, 31),
        ),
        (&["reyes", "día de los? reyes", "epifanía"], DayRule::Yearly(1, 6)),
        (&["san valentín", "día de san valentín", "día de los enamorados"], DayRule::Yearly(2, 14)),
        (&["día del trabajo|trabajador", "primero de mayo"], DayRule::Yearly(5, 1)),
        (&["halloween"], DayRule::Yearly(10, 31)),
        (&["todos los santos", "día de todos los santos"], DayRule::Yearly(11, 1)),
        (&["día de los? muertos|difuntos"], DayRule::Yearly(11, 2)),
        (&["día de las velitas", "velitas"], DayRule::Yearly(12, 7)),
        (&["inmaculada", "inmaculada concepción"], DayRule::Yearly(12, 8)),
        (&["jueves santo"], DayRule::Easter(-3)),
        (&["viernes santo"], DayRule::Easter(-2)),
        (&["domingo de resurrección|pascua", "pascua"], DayRule::Easter(0)),
        (&["menos|excepto|salvo", "no", "pero no"], DayRule::Not),
        (
            &[
                "cualquier día",
                "cualquiera",
                "cualquier fecha",
                "cuando sea",
                "cuando pueda|puedan|haya",
                "cuando se pueda",
                "lo antes posible",
                "lo antes que se pueda|puedan|pueda",
                "lo más pronto",
                "lo más pronto|rápido posible",
                "lo más pronto que puedan|pueda",
                "lo más pronto que se pueda",
                "cuanto antes",
                "tan pronto como sea posible",
                "tan pronto como se pueda",
                "primer|primera|próximo|próxima cita|hora|turno|espacio|día|fecha disponible|libre",
                "primer|primera|próximo|próxima cita|turno|hueco|espacio",
                "lo primero que haya|tengan|tenga",
                "ya mismo",
                "ahora",
                "ahora mismo",
                "de inmediato",
                "inmediatamente",
                "desde ahora",
                "a partir de ahora",
                "da igual",
                "no importa",
                "sin preferencia",
                "no tengo preferencia",
                "día que sea",
                "lo que haya",
            ],
            DayRule::Any,
        ),
    ],
    spans: &[
        (
            &[
                "{day} a|al|hasta {day}",
                "de|del|desde {day} a|al|hasta {day}",
                "desde el {day} a|al|hasta {day}",
                "entre {day} y {day}",
            ],
            SpanRule::FromTo,
        ),
        (&["{day} o {day}", "{day} y {day}", "{day} u {day}"], SpanRule::Either),
        (
            &[
                "desde|del {day} en adelante",
                "desde {day}",
                "de {day} en adelante",
                "a partir de|del {day}",
                "{day} en adelante",
                "{day} o después",
                "no antes de|del {day}",
            ],
            SpanRule::From,
        ),
        (&["después|luego de|del {day}", "pasado el {day}"], SpanRule::After),
        (
            &[
                "hasta {day}",
                "a más tardar {day}",
                "no más tarde de|del {day}",
                "para antes del {day} inclusive",
            ],
            SpanRule::Until,
        ),
        (&["antes de|del {day}"], SpanRule::Before),
        (&["semana de|del {day}"], SpanRule::WeekOf),
        (
            &["día después|siguiente de|del|a|al {day}", "{n} día|días después de|del {day}"],
            SpanRule::Plus(1),
        ),
        (
            &["día antes|anterior de|del|a|al {day}", "víspera de|del {day}", "{n} días antes de|del {day}"],
            SpanRule::Plus(-1),
        ),
        (&["{n} semana|semanas después de|del {day}", "de|del {day} en ocho|8 días?"], SpanRule::Plus(7)),
        (&["{n} semana|semanas antes de|del {day}"], SpanRule::Plus(-7)),
        (&["de|del {day} en quince|15 días?"], SpanRule::Plus(14)),
    ],
    moved: &[
        (&["mismo día", "ese día", "ese mismo día", "misma fecha"], Moved::Days(0)),
        (&["mismo día", "mismo día de la semana"], Moved::Weekday),
        (
            &[
                "día siguiente",
                "siguiente día",
                "día después",
                "{n} día|días después",
                "{n} día|días más tarde",
            ],
            Moved::Days(1),
        ),
        (&["día anterior|antes", "{n} día|días antes"], Moved::Days(-1)),
        (&["{n} semana|semanas después", "{n} semana|semanas más tarde"], Moved::Days(7)),
        (&["{n} semana|semanas antes"], Moved::Days(-7)),
        (&["{n} mes|meses después", "{n} mes|meses más tarde"], Moved::Months(1)),
        (&["{n} mes|meses antes"], Moved::Months(-1)),
        (&["misma semana", "esa semana", "esa misma semana"], Moved::Week(0)),
        (&["semana siguiente", "siguiente semana", "semana después"], Moved::Week(1)),
        (&["semana anterior", "semana antes"], Moved::Week(-1)),
        (&["misma hora", "mismo horario"], Moved::SameTime),
        (
            &[
                "misma hora pero? de? la? próxima|siguiente|otra semana",
                "misma hora pero? de? la? semana próxima|siguiente|entrante",
                "misma hora pero? de? la? semana que viene|entra|sigue",
                "mismo día y hora de? la? próxima|siguiente semana",
                "mismo día y hora de? la? semana que viene|entra",
                "próxima|siguiente|otra semana a? la? misma hora",
                "semana que viene|entra|sigue a? la? misma hora",
                "próxima|siguiente semana el? mismo día a|y? la? misma? hora",
                "semana que viene el? mismo día a|y? la? misma? hora",
            ],
            Moved::SameTimeAfter(7),
        ),
        (&["{length} después", "{length} más tarde"], Moved::Length(1)),
        (&["{length} antes", "{length} más temprano|pronto"], Moved::Length(-1)),
        (&["más tarde", "un poco más tarde", "más tardecito", "después"], Moved::Later),
        (
            &["más temprano", "un poco más temprano", "más tempranito", "un poco antes", "antes"],
            Moved::Earlier,
        ),
    ],
    lengths: &[
        (&["{n} minuto|minutos|min|mins|m"], Length::MINUTES),
        (
            &[
                "{n} hora|horas|h|hr|hrs|hs",
                "{n} hora|horas|h|hr|hrs|hs y|con? {m}",
                "{n} hora|horas|h|hr|hrs|hs y|con? {m} minuto|minutos|min|mins|m",
            ],
            Length::HOURS,
        ),
        (&["{quarters} hora|horas|h|hr|hrs|hs"], Length::QUARTERS),
        (&["hora y media"], Length::fixed(90)),
        (&["hora y un? cuarto"], Length::fixed(75)),
        (&["media hora", "una media hora", "media horita"], Length::fixed(30)),
        (&["cuarto de hora", "un cuarto de hora"], Length::fixed(15)),
        (&["tres|3 cuartos de hora"], Length::fixed(45)),
    ],
    parts: &[
        (&["la? mañana", "mañanas", "media mañana", "antes del almuerzo", "antes de almorzar"], MORNING),
        (&["madrugada"], Part::new(0, 7, Half::Early)),
        (
            &["temprano", "temprano en|por la mañana", "primera hora", "primera hora de la mañana"],
            Part::new(0, 10, Half::Early),
        ),
        (&["final|finales de la mañana", "última hora de la mañana"], Part::new(10, 12, Half::EarlyToNoon)),
        (&["hora de|del almuerzo|almorzar|comer"], Part::new(12, 15, Half::Late)),
        (
            &["tarde", "tardes", "tardecita", "después del almuerzo", "después de almorzar|comer|almuerzo"],
            AFTERNOON,
        ),
        (
            &["primera hora de la tarde", "temprano en|por la tarde", "principio|principios de la tarde"],
            Part::new(12, 16, Half::Late),
        ),
        (&["media tarde"], Part::new(15, 18, Half::Late)),
        (&["última hora de la tarde", "final|finales de la tarde"], Part::new(16, 19, Half::Late)),
        (&["noche", "noches", "nochecita"], NIGHT),
        (
            &[
                "última hora",
                "final|finales del día",
                "después del trabajo",
                "después de trabajar",
                "saliendo del trabajo",
            ],
            Part::new(16, 24, Half::Late),
        ),
    ],
    minutes: &[("media", 30), ("cuarto", 15), ("un cuarto", 15)],
    clock: &[
        (
            &[
                "{h} y {m}",
                "{h} con {m}",
                "{h} con {m} minutos",
                "{h} y {m} minutos",
                "{h} en punto",
                "{h} horas|hora|h|hs|hrs",
                "{h} h|horas {mm}",
                "{h} horas y {m}",
                "{h} horas con {m}",
            ],
            ClockRule::Past(None),
        ),
        (
            &[
                "{h} menos {m}",
                "{m} para la|las {h}",
                "{m} minutos para la|las {h}",
                "faltando {m} para la|las {h}",
                "faltan {m} para la|las {h}",
                "{m} antes de la|las {h}",
            ],
            ClockRule::To(None),
        ),
        (&["mediodía", "medio día", "mediodía y {m}", "medio día y {m}"], ClockRule::Past(Some(12))),
        (&["medianoche", "media noche", "medianoche y {m}"], ClockRule::Past(Some(24))),
    ],
    halves: &[
        (&["am", "a m"], Some(Half::Early)),
        (&["pm", "p m", "del mediodía", "del medio día", "m"], Some(Half::Late)),
        (&["del día"], Some(Half::Day)),
        (&["de|por|en|a la {part}", "de la {part}"], None),
    ],
    times: &[
        (
            &[
                "la|las {clock}",
                "a la|las {clock}",
                "sobre|hacia|tipo|como la|las? {clock}",
                "como a la|las {clock}",
                "a eso de la|las? {clock}",
                "al {noon}",
                "alrededor de la|las? {clock}",
                "cerca de la|las? {clock}",
                "tipo {clock}",
                "por ahí de la|las? {clock}",
                "por ahí a la|las? {clock}",
                "a la|las {clock} y pico|algo",
                "al filo de la|las? {clock}",
                "a la|las {clock} antes|después del cambio de hora",
                "sobre|hacia|tipo|como el|al? {noon}",
                "cerca|alrededor del {noon}",
                "a eso del {noon}",
            ],
            TimeRule::At,
        ),
        (
            &[
                "después|luego de la|las? {clock}",
                "después del {noon}",
                "pasada|pasadas la|las {clock}",
                "pasado el {noon}",
                "a partir de la|las? {clock}",
                "a partir del {noon}",
                "desde la|las? {clock}",
                "desde el {noon}",
                "de la|las? {clock} en adelante",
                "desde la|las? {clock} en adelante",
                "{clock} en adelante",
                "más tarde de la|las? {clock}",
                "no antes de la|las? {clock}",
                "{clock} o después",
                "{clock} o más tarde",
            ],
            TimeRule::From,
        ),
        (
            &[
                "antes de la|las? {clock}",
                "antes del {noon}",
                "hasta la|las? {clock}",
                "hasta el {noon}",
                "a más tardar a? la|las? {clock}",
                "no más tarde de la|las? {clock}",
                "no después de la|las? {clock}",
                "máximo a? la|las? {clock}",
                "{clock} o antes",
            ],
            TimeRule::Until,
        ),
        (
            &[
                "entre la|las? {clock} y la|las? {clock}",
                "entre el {noon} y la|las? {clock}",
                "entre la|las? {clock} y el {noon}",
                "después de la|las? {clock} y|pero antes de la|las? {clock}",
                "{clock} al {noon}",
                "de|desde la|las? {clock} al {noon}",
                "{clock} a|hasta la|las? {clock}",
                "{clock} hasta el {noon}",
                "de|desde la|las? {clock} a|hasta la|las? {clock}",
                "desde el {noon} a|hasta la|las? {clock}",
                "del {noon} a|hasta la|las? {clock}",
            ],
            TimeRule::Between,
        ),
        (
            &[
                "cualquier hora|momento",
                "cualquiera",
                "hora que sea",
                "todo el día",
                "da igual",
                "no importa",
                "sin preferencia",
                "lo antes posible",
                "cualquier parte del día",
            ],
            TimeRule::Any,
        ),
    ],
    zones: &[
        (&["hora local", "hora de aquí|acá|allá"], ClockOf::Here),
        (&["hora del este", "hora de miami"], ClockOf::Zone("America/New_York")),
        (&["hora del pacífico"], ClockOf::Zone("America/Los_Angeles")),
        (&["hora de méxico", "hora del centro de méxico"], ClockOf::Zone("America/Mexico_City")),
        (&["hora de colombia", "hora colombiana"], ClockOf::Zone("America/Bogota")),
        (&["hora de perú", "hora peruana"], ClockOf::Zone("America/Lima")),
        (&["hora de argentina", "hora argentina"], ClockOf::Zone("America/Buenos_Aires")),
        (&["hora de españa", "hora española|peninsular"], ClockOf::Zone("Europe/Madrid")),
        (&["hora de canarias", "hora canaria"], ClockOf::Zone("Atlantic/Canary")),
        (&["hora de londres"], ClockOf::Zone("Europe/London")),
        (&["hora de parís"], ClockOf::Zone("Europe/Paris")),
    ],
    approximate_endings: &[],
    contrasts: &["pero"],
    fillers: &[
        "el",
        "la",
        "los",
        "las",
        "para",
        "en",
        "de",
        "del",
        "por",
        "a",
        "al",
        "un",
        "una",
        "por favor",
        "días",
        "por ahí",
        "porfa",
        "quizá",
        "quizás",
        "tal vez",
        "talvez",
        "puede ser",
        "más o menos",
        "aproximadamente",
        "como",
        "sobre",
        "hacia",
        "alrededor de",
        "a eso de",
        "tipo",
        "mismo",
        "mejor",
        "si es posible",
        "si se puede",
        "gracias",
        "quiero",
        "quisiera",
        "necesito",
        "me gustaría",
        "prefiero",
        "preferiblemente",
        "ojalá",
        "sería",
        "que sea",
        "pues",
        "eh",
        "bueno",
        "sí",
        "ok",
        "hora",
        "horas",
        "hrs",
        "hs",
        "h",
        "día",
        "fecha",
        "durante",
        "en punto",
        "y pico",
        "algún",
        "alguna",
        "me sirve",
        "me queda bien",
        "minutos",
    ],
    day_examples: "hoy, mañana, pasado mañana, un día de la semana (martes, este martes, el próximo martes, el martes de la próxima \
                   semana), una fecha (3 de diciembre, el 15, 2026-11-24) o varios días (la próxima semana, este fin de semana, \
                   de lunes a miércoles)",
    part_examples: ["mañana", "tarde", "noche"],
    time_examples: "15:00, 3:30 pm, las tres y media de la tarde, después de las cinco o entre las dos y las cuatro",
};

fn number_word(number: u32) -> &'static str {
    VOCABULARY.cardinals.get(number as usize).copied().unwrap_or_default()
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

fn change_word(change: Change) -> &'static str {
    match change {
        Change::Cancelling => "cancelar",
        Change::Moving => "mover la cita",
        Change::Either => "cancelar o mover la cita",
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

    fn keywords(&self) -> Keywords {
        Keywords {
            stop: &["stop", "baja", "darme de baja", "parar", "alto", "no mas mensajes"],
            start: &["start", "alta", "darme de alta"],
            help: &["help", "ayuda"],
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        let day = if date.day() == 1 { "primero".to_owned() } else { date.day().to_string() };
        format!("el {} {day} de {}", self.weekday(date.weekday()), MONTHS[date.month0() as usize])
    }

    fn date_of_year(&self, date: NaiveDate) -> String {
        format!("{} de {}", self.date(date), date.year())
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
        let last = items.last().map(|last| plain(last)).unwrap_or_default();
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
            Said::MoreTimes => "Hay más.".into(),
            Said::NoneOpen { service, why } => match why {
                NoTime::TooFar { last } => format!("{service}: la última fecha posible es {last}."),
                NoTime::TooSoon { soonest } => format!("{service}: lo más pronto posible es {soonest}."),
                NoTime::Nobody => format!("Nadie ofrece {service} de esa manera."),
                NoTime::Passed => "Esa hora ya pasó.".into(),
                NoTime::Skipped => {
                    "Esa hora no existe ese día: los relojes se adelantan y se la saltan.".into()
                }
                NoTime::TooLong => format!("{service}: en ese momento no queda tiempo suficiente."),
                NoTime::OffGrid => format!("Las citas de {service} no empiezan a esa hora."),
                NoTime::Away => format!("{service}: en ese momento no está nadie que lo haga."),
                NoTime::Closed => format!("{service}: en ese momento está cerrado."),
                NoTime::LimitReached => format!("{service}: para ese momento ya no se aceptan más citas."),
                NoTime::Full => format!("{service}: en ese momento está todo reservado."),
            },
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
            Said::ToBeApproved => "por confirmar".into(),
            Said::Appointments { appointments } => format!("Citas encontradas: {appointments}."),
            Said::NoAppointments => "No hay próximas citas con ese número.".into(),
            Said::StaffTells => "De las citas solo informa el personal. Puedo tomar un mensaje.".into(),
            Said::StaffChanges => "Solo el personal mueve o cancela citas. Puedo tomar un mensaje.".into(),
            Said::MessageTaken => "El mensaje ya fue entregado.".into(),
            Said::Waitlisted { service, name, number } => format!(
                "{name} queda en la lista de espera para {service}, en el puesto {number}. Cuando se libere una hora, se apartará por un \
                 rato y el negocio se comunicará."
            ),
            Said::KeptFor { service, name, moment } => {
                format!(
                    "{service}: hay una hora apartada a nombre de {name}, {moment}. Solo falta aceptarla."
                )
            }
            Said::OfferDeclined { service } => format!("{service}: la hora apartada queda libre de nuevo."),
            Said::Window { opens, closes } => format!("{} {}", with("de", *opens), with("a", *closes)),
            Said::OpenAllDay => "abierto todo el día".into(),
            Said::Closed => "cerrado".into(),
            Said::ClosedFor { reason } => format!("cerrado ({reason})"),
            Said::ClosedUntil { last, reason: None } => format!("cerrado hasta {}", self.date(*last)),
            Said::ClosedUntil { last, reason: Some(reason) } => {
                format!("cerrado hasta {}: {reason}", self.date(*last))
            }
            Said::Holiday(holiday) => match holiday {
                Holiday::NewYear => "Año Nuevo".into(),
                Holiday::GoodFriday => "Viernes Santo".into(),
                Holiday::EasterSunday => "Domingo de Pascua".into(),
                Holiday::EasterMonday => "Lunes de Pascua".into(),
                Holiday::Christmas => "Navidad".into(),
                Holiday::Other => "día festivo".into(),
            },
            Said::From { first } => format!("desde {}", self.date(*first)),
            Said::Until { last } => format!("hasta {}", self.date(*last)),
            Said::FromUntil { first, last } => {
                format!("desde {} hasta {}", self.date(*first), self.date(*last))
            }
            Said::Service { name, lengths, price: None } => format!("{name} dura {lengths}."),
            Said::Service { name, lengths, price: Some(price) } => {
                format!("{name} dura {lengths} y cuesta {price}.")
            }
            Said::Length { minutes } => length(*minutes, UNITS, "y"),
            Said::PricePerPerson { price } => format!("{price} por persona"),
            Said::Seats { seats } => format!("Participan hasta {seats} personas a la vez."),
            Said::LateChange { change, before, fee } => {
                let change = change_word(*change);
                match fee {
                    Some(fee) => format!("{change} con menos de {before} de anticipación cuesta {fee}"),
                    None => format!("{change} con menos de {before} de anticipación no es posible"),
                }
            }
            Said::NoShowFee { fee } => format!("no presentarse cuesta {fee}"),
            Said::AskedBefore { questions } => format!("Antes de reservar se pregunta: {questions}"),
            Said::Services { names } => format!("Los servicios son {names}."),
            Said::More { count } => format!("{count} más"),
            Said::Address { address } => format!("La dirección es {address}"),
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
            Reason::CallTooManyWrongProofs | Reason::WrongProofsTooMany => {
                "No se pudo comprobar quién llama. Se encarga una persona del negocio; se puede pasar la llamada o \
                 tomar un mensaje."
            }
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
            Reason::WaitlistEntryNotFound => "Ese lugar en la lista de espera no existe.",
            Reason::WaitlistEntryNotOffered => "La lista de espera todavía no ha ofrecido nada.",
            Reason::WaitlistEntryOfferLapsed => "Esa hora ya no está apartada.",
            Reason::WaitlistEntryAlreadyAccepted => "Esa hora ya fue aceptada; ahora es una cita.",
            Reason::WaitlistEntryEnded => "Ese lugar en la lista de espera ya no existe.",
            Reason::WaitlistClosed => {
                "En ese momento está cerrado; hay que preguntar por otro día u otra hora."
            }
            Reason::WaitlistBadWish => {
                "No se puede esperar por eso: no se reserva en esos días, o no de esa forma."
            }
            Reason::Other => "No es posible.",
        }
    }

    fn mistake(&self, mistake: &Mistake) -> String {
        match mistake {
            Mistake::Missing(name) => format!("falta {name}; hay que preguntarlo"),
            Mistake::UnknownArgument { name, known } => {
                format!("{name:?} no es un argumento de esta herramienta; hay que usar {}", self.list(known, Conjunction::Or))
            }
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
            Mistake::NobodysNumber(name) => {
                format!("{name}: ese número no es de una persona; hay que pedir el número propio de quien llama")
            }
            Mistake::PhoneExtension(name) => {
                format!("{name}: no se puede guardar un número con extensión; hay que pedir un número directo")
            }
            Mistake::NotEmail(name) => format!("{name}: no es un correo electrónico; debe ser como ada@example.com"),
            Mistake::NotAppointmentId(name) => {
                format!("{name}: hay que copiarlo exactamente de find_appointments o book_appointment; empieza con apt_")
            }
            Mistake::NotWaitlistEntryId(name) => {
                format!("{name}: hay que copiarlo exactamente de find_appointments o join_waitlist; empieza con wle_")
            }
            Mistake::NotAnswers(name) => {
                format!("{name}: debe ser un objeto con el id de cada pregunta y la respuesta de la persona")
            }
            Mistake::NoToolCallId => "la llamada a la herramienta no tiene id; repítela con uno".into(),
            Mistake::NotNumber(name) => format!("{name}: debe ser un número entero"),
            Mistake::WithWhom(names) => format!("with: hay que preguntar con quién: {}", self.list(names, Conjunction::Or)),
            Mistake::Length { offered, got } => {
                let offered: Vec<String> = offered.iter().map(u32::to_string).collect();
                format!("duration_minutes: se ofrece con {} minutos, no con {got}; hay que preguntar cuál se quiere", self.list(&offered, Conjunction::Or))
            }
            Mistake::Seats { max } => format!("seats: se pueden reservar de 1 a {max}; hay que preguntar para cuántos"),
            Mistake::NotAnObject => "los argumentos no son un objeto JSON".into(),
            Mistake::NotJson => "los argumentos no son JSON".into(),
            Mistake::Day(text) => format!("day: {text:?} no es un día; se puede decir {}", VOCABULARY.day_examples),
            Mistake::DayPassed(date) => format!("day: {} ({date}) ya pasó", self.date(*date)),
            Mistake::DayTooFar => "day: está demasiado lejos".into(),
            Mistake::PartOfDay(text) => {
                format!("part_of_day: {text:?} no es una parte del día; se puede decir {}", VOCABULARY.part_examples.join(", "))
            }
            Mistake::Time(text) => format!("time: {text:?} no es una hora; se puede decir {}", VOCABULARY.time_examples),
            Mistake::Contradiction { one, other } => {
                format!("{one:?} y {other:?} no concuerdan; hay que preguntar cuál se desea")
            }
            Mistake::OtherWeekday { said, date } => {
                format!("day: {said:?}: esa fecha es {}; hay que preguntar qué día se desea", self.date(*date))
            }
            Mistake::WhichDate { said, one, other } => {
                format!("day: {said:?} puede ser {} o {}; hay que preguntar cuál se desea", self.date(*one), self.date(*other))
            }
            Mistake::WhichTime { said, early, late } => {
                format!("time: {said:?} puede ser {} o {}; hay que preguntar cuál se desea", clock_time(*early), clock_time(*late))
            }
            Mistake::NoAppointment(said) => {
                format!("{said:?} se cuenta desde una cita; hay que dar su appointment_id, o preguntar el día y la hora")
            }
            Mistake::OtherClock(said) => {
                format!("time: {said:?} no es el reloj del negocio; hay que preguntar qué hora es en él")
            }
            Mistake::NotWanted(said) => {
                format!("{said:?} dice lo que no se desea; hay que preguntar qué día u hora se desea")
            }
            Mistake::UnknownTool { name, tools } => format!("no existe la herramienta {name:?}; existen {tools}"),
            Mistake::NoSlotToken => "falta slot_token; hay que copiarlo de check_availability".into(),
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
