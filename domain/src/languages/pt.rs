//! Portuguese, as it is spoken in Brazil, and understood from Portugal, too. Hours and minutes are words,
//! because speech engines read "3:30" in many ways. The day of the month is a number: they read it well.
//!
//! "Terça que vem" and "próxima terça" are the first Tuesday after today. For the week after, people say
//! "terça da semana que vem". The answer says the date, so a misunderstanding is heard.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};

use super::grammar::{
    ClockOf, ClockRule, DayRule, Half, Length, Moved, Part, Share, SpanRule, TimeRule, Vocabulary, Which,
};
use super::keywords::Keywords;
use super::phrasebook::{Conjunction, Phrasebook, length, list, place, texts};
use super::phrases::{Change, Mistake, NoTime, Reason, Said};
use crate::values::holidays::Holiday;
use crate::values::question::BadAnswer;
use crate::values::text::BadText;
use crate::values::time::Zone;

pub struct Portuguese;

const WEEKDAYS: [&str; 7] =
    ["segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"];
const MONTHS: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

const MORNING: Part = Part::new(0, 12, Half::EarlyToNoon);
const AFTERNOON: Part = Part::new(12, 18, Half::Late);
const NIGHT: Part = Part::new(18, 24, Half::Night);

const UNITS: [[&str; 2]; 3] = [["dia", "dias"], ["hora", "horas"], ["minuto", "minutos"]];

static VOCABULARY: Vocabulary = Vocabulary {
    cardinals: [
        "zero",
        "um",
        "dois",
        "três",
        "quatro",
        "cinco",
        "seis",
        "sete",
        "oito",
        "nove",
        "dez",
        "onze",
        "doze",
        "treze",
        "quatorze",
        "quinze",
        "dezesseis",
        "dezessete",
        "dezoito",
        "dezenove",
        "vinte",
        "vinte e um",
        "vinte e dois",
        "vinte e três",
        "vinte e quatro",
        "vinte e cinco",
        "vinte e seis",
        "vinte e sete",
        "vinte e oito",
        "vinte e nove",
        "trinta",
        "trinta e um",
        "trinta e dois",
        "trinta e três",
        "trinta e quatro",
        "trinta e cinco",
        "trinta e seis",
        "trinta e sete",
        "trinta e oito",
        "trinta e nove",
        "quarenta",
        "quarenta e um",
        "quarenta e dois",
        "quarenta e três",
        "quarenta e quatro",
        "quarenta e cinco",
        "quarenta e seis",
        "quarenta e sete",
        "quarenta e oito",
        "quarenta e nove",
        "cinquenta",
        "cinquenta e um",
        "cinquenta e dois",
        "cinquenta e três",
        "cinquenta e quatro",
        "cinquenta e cinco",
        "cinquenta e seis",
        "cinquenta e sete",
        "cinquenta e oito",
        "cinquenta e nove",
    ],
    numerals: &[
        ("uma", 1),
        ("duas", 2),
        ("catorze", 14),
        ("dezasseis", 16),
        ("dezassete", 17),
        ("dezanove", 19),
        ("vinte e uma", 21),
        ("vinte e duas", 22),
        ("sessenta", 60),
        ("setenta", 70),
        ("setenta e cinco", 75),
        ("oitenta", 80),
        ("noventa", 90),
        ("cem", 100),
        ("cento e cinco", 105),
        ("cento e vinte", 120),
    ],
    counts: &[("um par de", 2), ("uns", 2), ("umas", 2)],
    ordinals: &["primeiro|primeira", "segundo", "terceiro|terceira", "quarto", "quinto"],
    ordinal_endings: &["º", "ª"],
    before_date: &["dia", "o", "no", "do", "ao", "os", "dias"],
    last: &["último|última"],
    centuries: &["dois mil e", "dois mil"],
    weekdays: [
        &["segunda feira?", "segundas", "seg", "segnda feira?"],
        &["terça feira?", "terças", "ter", "tersa feira?"],
        &["quarta feira?", "quartas", "qua", "quata feira?"],
        &["quinta feira?", "quintas", "qui", "qinta feira?"],
        &["sexta feira?", "sextas", "sex", "sesta feira?"],
        &["sábado", "sábados", "sab", "sabdo", "savado"],
        &["domingo", "domingos", "dom"],
    ],
    months: [
        &["janeiro", "jan"],
        &["fevereiro", "fev"],
        &["março"],
        &["abril", "abr"],
        &["maio", "mai"],
        &["junho", "jun"],
        &["julho", "jul"],
        &["agosto", "ago"],
        &["setembro", "set"],
        &["outubro", "out"],
        &["novembro", "nov"],
        &["dezembro", "dez"],
    ],
    days: &[
        (
            &["dia|dias útil|úteis", "dia|dias de semana", "dia|dias da semana", "durante a semana"],
            DayRule::Workdays,
        ),
        (&["{nth} semana de {month}", "{nth} semana de {month} de {year}"], DayRule::WeekOfMonth),
        (
            &["hoje", "hoje mesmo", "ainda hoje", "esta|este|nesta|essa|hoje {part}", "hoje de|à {part}"],
            DayRule::Ahead(0),
        ),
        (&["amanhã", "amanhã mesmo", "amanhan", "amnhã"], DayRule::Ahead(1)),
        (&["depois de amanhã"], DayRule::Ahead(2)),
        (&["ontem"], DayRule::Ahead(-1)),
        (&["anteontem", "antes de ontem"], DayRule::Ahead(-2)),
        (&["{weekday} passada|passado", "passada|passado {weekday}"], DayRule::Weekday(Which::Past)),
        (&["há|faz {n} dia|dias", "{n} dia|dias atrás"], DayRule::InDays(-1)),
        (&["há|faz {n} semana|semanas", "{n} semana|semanas atrás"], DayRule::InDays(-7)),
        (&["semana passada", "última semana"], DayRule::Week(-1, Share::Whole)),
        (&["fim|final de semana passado", "último fim|final de semana"], DayRule::Weekend(-1)),
        (&["mês passado"], DayRule::Month(-1, Share::Whole)),
        (&["ano passado"], DayRule::Year(-1)),
        (&["este|esta|neste|nesta|essa|esse|nessa|nesse {weekday}"], DayRule::Weekday(Which::This)),
        (
            &[
                "próxima|próximo {weekday}",
                "{weekday} próxima|próximo|seguinte",
                "{weekday} que vem",
                "esta|este|nesta|neste próxima|próximo {weekday}",
            ],
            DayRule::Weekday(Which::Coming),
        ),
        (&["{weekday} a oito", "{weekday} em oito dias"], DayRule::WeekdayPlus(1)),
        (
            &["daqui a oito|8 dias", "em oito|8 dias", "dentro de oito|8 dias", "hoje a oito"],
            DayRule::Ahead(7),
        ),
        (
            &[
                "daqui a quinze|15 dias",
                "em quinze|15 dias",
                "dentro de quinze|15 dias",
                "daqui quinze|15 dias",
            ],
            DayRule::Ahead(14),
        ),
        (&["em {n} dia|dias", "dentro de {n} dia|dias", "daqui a? {n} dia|dias"], DayRule::InDays(1)),
        (
            &["em {n} semana|semanas", "dentro de {n} semana|semanas", "daqui a? {n} semana|semanas"],
            DayRule::InDays(7),
        ),
        (&["em {n} mês|meses", "dentro de {n} mês|meses", "daqui a? {n} mês|meses"], DayRule::InMonths),
        (&["em meia hora", "dentro de meia hora", "daqui a? meia hora"], DayRule::InMinutes(30)),
        (
            &["em uma hora e meia", "daqui a? uma hora e meia", "dentro de uma hora e meia"],
            DayRule::InMinutes(90),
        ),
        (
            &[
                "em {quarters} hora|horas|h",
                "dentro de {quarters} hora|horas|h",
                "daqui a? {quarters} hora|horas|h",
            ],
            DayRule::InMinutes(15),
        ),
        (
            &["em {n} hora|horas", "dentro de {n} hora|horas", "daqui a? {n} hora|horas"],
            DayRule::InMinutes(60),
        ),
        (
            &["em {n} minuto|minutos", "dentro de {n} minutos", "daqui a? {n} minuto|minutos"],
            DayRule::InMinutes(1),
        ),
        (&["próximos {n} dias", "nos próximos {n} dias"], DayRule::Within(1)),
        (
            &[
                "próximas {n} semanas",
                "nas próximas {n} semanas",
                "próximos dias",
                "nos próximos dias",
                "estes dias",
            ],
            DayRule::Within(7),
        ),
        (&["próximas semanas", "nas próximas semanas"], DayRule::Within(30)),
        (&["esta|essa|nesta|nessa semana", "ainda esta semana"], DayRule::Week(0, Share::Whole)),
        (
            &["começo|início|princípio da|desta|dessa semana", "início de semana"],
            DayRule::Week(0, Share::Beginning),
        ),
        (&["meio|meados da|desta|dessa semana"], DayRule::Week(0, Share::Middle)),
        (&["final|fim|finais da|desta|dessa semana"], DayRule::Week(0, Share::End)),
        (
            &["próxima|outra semana", "semana que vem", "semana próxima|seguinte", "semana que entra"],
            DayRule::Week(1, Share::Whole),
        ),
        (
            &[
                "começo|início|princípio da próxima|outra semana",
                "começo|início|princípio da semana que vem|entra",
            ],
            DayRule::Week(1, Share::Beginning),
        ),
        (
            &["meio|meados da próxima|outra semana", "meio|meados da semana que vem"],
            DayRule::Week(1, Share::Middle),
        ),
        (
            &["final|fim|finais da próxima|outra semana", "final|fim da semana que vem"],
            DayRule::Week(1, Share::End),
        ),
        (
            &["{weekday} daqui a? {n} semanas", "{weekday} em {n} semanas", "semana retrasada que vem"],
            DayRule::Week(2, Share::Whole),
        ),
        (
            &[
                "fim|final|fins|finais de semana",
                "este|esse|neste|nesse fim|final de semana",
                "fds",
                "este|neste fds",
            ],
            DayRule::Weekend(0),
        ),
        (
            &[
                "próximo|outro fim|final de semana",
                "fim|final de semana que vem",
                "fim|final de semana próximo|seguinte",
                "próximo fds",
            ],
            DayRule::Weekend(1),
        ),
        (&["mês", "este|esse|neste|nesse mês"], DayRule::Month(0, Share::Whole)),
        (
            &["começo|início|princípio do|deste|desse|de mês", "começo|início|princípio de {month}"],
            DayRule::Month(0, Share::Beginning),
        ),
        (&["meio|meados do|deste|desse|de mês", "meio|meados de {month}"], DayRule::Month(0, Share::Middle)),
        (
            &[
                "final|fim|finais do|deste|desse|de mês",
                "última semana do|deste mês",
                "final|fim|finais de {month}",
            ],
            DayRule::Month(0, Share::End),
        ),
        (&["próximo|outro mês", "mês que vem", "mês seguinte|próximo"], DayRule::Month(1, Share::Whole)),
        (
            &["começo|início|princípio do próximo mês", "começo|início|princípio do mês que vem"],
            DayRule::Month(1, Share::Beginning),
        ),
        (&["meio|meados do próximo mês", "meio|meados do mês que vem"], DayRule::Month(1, Share::Middle)),
        (&["final|fim do próximo mês", "final|fim do mês que vem"], DayRule::Month(1, Share::End)),
        (&["este|neste ano"], DayRule::Year(0)),
        (&["próximo ano", "ano que vem"], DayRule::Year(1)),
        (&["natal", "dia de natal"], DayRule::Yearly(12, 25)),
        (&["véspera de natal", "noite de natal"], DayRule::Yearly(12, 24)),
        (&["ano novo", "dia de ano novo", "primeiro de janeiro"], DayRule::Yearly(1, 1)),
        (
            &["réveillon", "véspera de ano novo", "virada do ano", "último dia do ano", "noite de ano novo"],
            DayRule::Yearly(12, 31),
        ),
        (&["dia de reis"], DayRule::Yearly(1, 6)),
        (&["tiradentes"], DayRule::Yearly(4, 21)),
        (&["dia do trabalho|trabalhador"], DayRule::Yearly(5, 1)),
        (&["dia dos namorados"], DayRule::Yearly(6, 12)),
        (&["independência", "dia da independência"], DayRule::Yearly(9, 7)),
        (&["nossa senhora aparecida", "dia das crianças"], DayRule::Yearly(10, 12)),
        (&["finados", "dia de finados"], DayRule::Yearly(11, 2)),
        (&["carnaval", "terça feira? de carnaval"], DayRule::Easter(-47)),
        (&["sexta feira? santa"], DayRule::Easter(-2)),
        (&["páscoa", "domingo de páscoa"], DayRule::Easter(0)),
        (&["corpus christi"], DayRule::Easter(60)),
        (&["menos|exceto|salvo", "não", "mas não"], DayRule::Not),
        (
            &[
                "qualquer dia",
                "qualquer data",
                "qualquer um",
                "quando for",
                "quando puder|puderem|der",
                "quando for possível",
                "o mais rápido|cedo|breve possível",
                "mais rápido|cedo|breve possível",
                "o quanto antes",
                "quanto antes",
                "assim que possível",
                "assim que der",
                "assim que puder",
                "primeiro|primeira|próximo|próxima horário|hora|vaga|dia|data disponível|livre",
                "primeiro|próximo horário",
                "agora",
                "agora mesmo",
                "imediatamente",
                "a partir de agora",
                "tanto faz",
                "não importa",
                "sem preferência",
                "não tenho preferência",
                "dia que for",
                "o que tiver",
            ],
            DayRule::Any,
        ),
    ],
    spans: &[
        (
            &[
                "{day} a|à|ao|até {day}",
                "de|da|do|desde {day} a|à|ao|até {day}",
                "entre {day} e {day}",
                "de|da|do|desde {day} até a|o|à|ao {day}",
            ],
            SpanRule::FromTo,
        ),
        (&["{day} ou {day}", "{day} e {day}"], SpanRule::Either),
        (
            &[
                "a partir de|da|do {day}",
                "de|da|do {day} em diante",
                "{day} em diante",
                "desde {day}",
                "{day} ou depois",
                "não antes de|da|do {day}",
            ],
            SpanRule::From,
        ),
        (&["depois|após de|da|do {day}", "após {day}"], SpanRule::After),
        (&["até {day}", "até a|o {day}", "no máximo {day}", "no máximo até {day}"], SpanRule::Until),
        (&["antes de|da|do {day}"], SpanRule::Before),
        (&["semana de|da|do {day}"], SpanRule::WeekOf),
        (
            &["dia depois|seguinte de|da|do|a|ao {day}", "{n} dia|dias depois de|da|do {day}"],
            SpanRule::Plus(1),
        ),
        (
            &[
                "dia antes|anterior de|da|do|a|ao {day}",
                "véspera de|da|do {day}",
                "{n} dias antes de|da|do {day}",
            ],
            SpanRule::Plus(-1),
        ),
        (
            &["{n} semana|semanas depois de|da|do {day}", "{n} semanas|semana a partir de|da|do {day}"],
            SpanRule::Plus(7),
        ),
        (&["{n} semana|semanas antes de|da|do {day}"], SpanRule::Plus(-7)),
    ],
    moved: &[
        (&["mesmo dia", "esse mesmo dia", "nesse mesmo? dia", "mesma data"], Moved::Days(0)),
        (&["mesmo dia", "mesmo dia da semana"], Moved::Weekday),
        (&["dia seguinte|depois", "{n} dia|dias depois", "{n} dia|dias mais tarde"], Moved::Days(1)),
        (&["dia anterior|antes", "{n} dia|dias antes"], Moved::Days(-1)),
        (&["{n} semana|semanas depois", "{n} semana|semanas mais tarde"], Moved::Days(7)),
        (&["{n} semana|semanas antes"], Moved::Days(-7)),
        (&["{n} mês|meses depois", "{n} mês|meses mais tarde"], Moved::Months(1)),
        (&["{n} mês|meses antes"], Moved::Months(-1)),
        (&["mesma semana"], Moved::Week(0)),
        (&["semana seguinte|depois"], Moved::Week(1)),
        (&["semana anterior|antes"], Moved::Week(-1)),
        (&["mesma hora", "mesmo horário"], Moved::SameTime),
        (
            &[
                "mesma hora mas? da|na? próxima|outra semana",
                "mesmo horário mas? da|na? próxima|outra semana",
                "mesma hora mas? da|na? semana que vem|entra",
                "mesmo horário mas? da|na? semana que vem|entra",
                "mesmo dia e hora|horário da|na? próxima semana",
                "mesmo dia e hora|horário da|na? semana que vem",
                "próxima|outra semana à|na|a? mesma hora",
                "próxima|outra semana no? mesmo horário",
                "semana que vem à|na|a? mesma hora",
                "semana que vem no? mesmo horário",
                "semana que vem no? mesmo dia e hora|horário",
                "próxima semana no? mesmo dia e hora|horário",
            ],
            Moved::SameTimeAfter(7),
        ),
        (&["{length} depois", "{length} mais tarde"], Moved::Length(1)),
        (&["{length} antes", "{length} mais cedo"], Moved::Length(-1)),
        (&["mais tarde", "um pouco mais tarde", "depois"], Moved::Later),
        (&["mais cedo", "um pouco mais cedo", "um pouco antes", "antes"], Moved::Earlier),
    ],
    lengths: &[
        (&["{n} minuto|minutos|min|mins|m"], Length::MINUTES),
        (
            &[
                "{n} hora|horas|h|hr|hrs|hs",
                "{n} hora|horas|h|hr|hrs|hs e? {m}",
                "{n} hora|horas|h|hr|hrs|hs e? {m} minuto|minutos|min|mins|m",
            ],
            Length::HOURS,
        ),
        (&["{quarters} hora|horas|h|hr|hrs|hs"], Length::QUARTERS),
        (&["hora e meia"], Length::fixed(90)),
        (&["hora e um? quarto"], Length::fixed(75)),
        (&["meia hora", "uma meia hora", "meia horinha"], Length::fixed(30)),
        (&["quarto de hora", "um quarto de hora"], Length::fixed(15)),
        (&["três|3 quartos de hora"], Length::fixed(45)),
    ],
    parts: &[
        (&["manhã", "manhãs", "de|pela manhã", "antes do almoço"], MORNING),
        (&["madrugada"], Part::new(0, 7, Half::Early)),
        (
            &[
                "cedo",
                "bem cedo",
                "cedinho",
                "início|começo da manhã",
                "primeira hora",
                "de manhã cedo",
                "manhã cedo",
            ],
            Part::new(0, 10, Half::Early),
        ),
        (&["final|fim da manhã"], Part::new(10, 12, Half::EarlyToNoon)),
        (&["hora do almoço", "horário de|do almoço", "no almoço", "almoço"], Part::new(12, 14, Half::Late)),
        (&["tarde", "tardes", "de|à|pela tarde", "depois do almoço", "após o almoço"], AFTERNOON),
        (&["início|começo da tarde"], Part::new(12, 15, Half::Late)),
        (&["meio da tarde"], Part::new(14, 16, Half::Late)),
        (&["final|fim da tarde", "tardinha"], Part::new(16, 19, Half::Late)),
        (&["noite", "noites", "de|à|pela noite"], NIGHT),
        (
            &["final|fim do dia", "depois do trabalho", "após o trabalho", "fim do expediente"],
            Part::new(16, 24, Half::Late),
        ),
    ],
    minutes: &[("meia", 30), ("um quarto", 15), ("quarto", 15)],
    clock: &[
        (
            &[
                "{h} e {m}",
                "{h} e {m} minutos",
                "{h} em ponto",
                "{h} hora|horas|h|hs|hrs",
                "{h} h|horas {mm}",
                "{h} hora|horas e {m}",
                "{h} hora|horas e {m} minutos",
                "{h} e {m} horas",
            ],
            ClockRule::Past(None),
        ),
        (
            &[
                "{h} menos {m}",
                "{m} para a|as|à|às {h}",
                "{m} minutos para a|as|à|às {h}",
                "{m} pra|pras {h}",
                "faltando? {m} para a|as {h}",
                "{m} minutos pra|pras {h}",
            ],
            ClockRule::To(None),
        ),
        (&["meio dia", "meio dia e {m}", "meiodia"], ClockRule::Past(Some(12))),
        (&["meia noite", "meia noite e {m}", "meianoite"], ClockRule::Past(Some(24))),
        (&["{m} para o meio dia", "{m} pro meio dia"], ClockRule::To(Some(12))),
    ],
    halves: &[
        (&["am", "a m"], Some(Half::Early)),
        (&["pm", "p m"], Some(Half::Late)),
        (&["da {part}", "de {part}", "à {part}", "pela {part}"], None),
    ],
    times: &[
        (
            &[
                "à|às|as {clock}",
                "ao {noon}",
                "por volta da|das|de|do {clock}",
                "lá pelas|pela|pelo {clock}",
                "pelas {clock}",
                "cerca da|das|de {clock}",
                "tipo às? {clock}",
                "perto da|das|do {clock}",
                "em torno da|das|de|do {clock}",
                "umas {clock}",
                "lá pela|pelas|pelo {clock}",
                "à|às|as {clock} e pouco",
                "próximo da|das|do {clock}",
                "à|às|ao? {clock} antes|depois da mudança de horário",
            ],
            TimeRule::At,
        ),
        (
            &[
                "depois da|das|de {clock}",
                "depois do {noon}",
                "após a|as? {clock}",
                "após o {noon}",
                "a partir da|das|de {clock}",
                "a partir do {noon}",
                "desde a|as|às {clock}",
                "da|das {clock} em diante",
                "{clock} em diante",
                "mais tarde que {clock}",
                "não antes da|das {clock}",
                "{clock} ou depois",
                "{clock} ou mais tarde",
                "passado das {clock}",
            ],
            TimeRule::From,
        ),
        (
            &[
                "antes da|das|de {clock}",
                "antes do {noon}",
                "até a|as|à|às? {clock}",
                "até o|ao {noon}",
                "no máximo às|as|à {clock}",
                "no máximo até às|as|à? {clock}",
                "{clock} no máximo",
                "{clock} ou antes",
            ],
            TimeRule::Until,
        ),
        (
            &[
                "entre a|as? {clock} e a|as? {clock}",
                "entre o {noon} e a|as? {clock}",
                "entre a|as? {clock} e o {noon}",
                "depois da|das {clock} e|mas antes da|das {clock}",
                "{clock} a|à|às|as|até {clock}",
                "{clock} ao {noon}",
                "{clock} até a|as|à|às {clock}",
                "{clock} até o|ao {noon}",
                "da|das|de|desde {clock} a|à|às|as|até {clock}",
                "da|das|de {clock} ao {noon}",
                "do {noon} a|à|às|as|até {clock}",
                "da|das|de {clock} até a|as|à|às {clock}",
                "do {noon} até a|as|à|às {clock}",
                "da|das {clock} até o|ao {noon}",
            ],
            TimeRule::Between,
        ),
        (
            &[
                "qualquer hora|horário|momento",
                "a qualquer hora",
                "qualquer um",
                "hora que for",
                "o dia todo",
                "dia inteiro",
                "tanto faz",
                "não importa",
                "sem preferência",
                "quanto antes",
                "qualquer parte do dia",
            ],
            TimeRule::Any,
        ),
    ],
    zones: &[
        (&["horário|hora local", "horário|hora daqui"], ClockOf::Here),
        (&["horário|hora de brasília"], ClockOf::Zone("America/Sao_Paulo")),
        (&["horário|hora de manaus"], ClockOf::Zone("America/Manaus")),
        (&["horário|hora de nova york|iorque"], ClockOf::Zone("America/New_York")),
        (&["horário|hora de lisboa", "horário|hora de portugal"], ClockOf::Zone("Europe/Lisbon")),
        (&["horário|hora de londres"], ClockOf::Zone("Europe/London")),
        (&["horário|hora de madri|madrid"], ClockOf::Zone("Europe/Madrid")),
        (&["horário|hora de paris"], ClockOf::Zone("Europe/Paris")),
    ],
    approximate_endings: &[],
    contrasts: &["mas"],
    fillers: &[
        "o",
        "a",
        "os",
        "as",
        "um",
        "uma",
        "em",
        "de",
        "do",
        "da",
        "dos",
        "das",
        "no",
        "num",
        "numa",
        "na",
        "nos",
        "nas",
        "ao",
        "à",
        "às",
        "para",
        "pra",
        "pro",
        "por",
        "pela",
        "pelo",
        "por favor",
        "dias",
        "talvez",
        "quem sabe",
        "mais ou menos",
        "aproximadamente",
        "por volta de",
        "cerca de",
        "mesmo",
        "melhor",
        "se possível",
        "se der",
        "se puder",
        "obrigado",
        "obrigada",
        "quero",
        "queria",
        "gostaria",
        "preciso",
        "prefiro",
        "de preferência",
        "pode ser",
        "seria",
        "então",
        "bom",
        "olha",
        "é",
        "sim",
        "ok",
        "hora",
        "horas",
        "hrs",
        "hs",
        "h",
        "dia",
        "data",
        "durante",
        "em ponto",
        "pouco",
        "algum",
        "alguma",
        "minutos",
        "lá",
        "tipo",
    ],
    day_examples: "hoje, amanhã, depois de amanhã, um dia da semana (terça, esta terça, terça que vem, terça da semana que vem), \
                   uma data (3 de dezembro, dia 15, 2026-11-24) ou vários dias (semana que vem, este fim de semana, de segunda a quarta)",
    part_examples: ["manhã", "tarde", "noite"],
    time_examples: "15:00, 15h30, três e meia da tarde, depois das cinco ou entre as duas e as quatro",
};

fn number_word(number: u32) -> &'static str {
    VOCABULARY.cardinals.get(number as usize).copied().unwrap_or_default()
}

/// Hours are feminine.
fn hour_word(hour: u32) -> &'static str {
    match hour {
        1 => "uma",
        2 => "duas",
        hour => number_word(hour),
    }
}

/// `três e meia da tarde`, `meio-dia`
fn clock_time(time: NaiveTime) -> String {
    let part = match time.hour() {
        0..=5 => "da madrugada",
        6..=11 => "da manhã",
        12..=17 => "da tarde",
        18.. => "da noite",
    };
    let hour = hour_word(time.hour12().1);
    match (time.hour(), time.minute()) {
        (0, 0) => "meia-noite".into(),
        (12, 0) => "meio-dia".into(),
        (_, 0) => format!("{hour} {part}"),
        (_, 30) => format!("{hour} e meia {part}"),
        (_, minute) => format!("{hour} e {} {part}", number_word(minute)),
    }
}

/// `às três`, `à uma`, `ao meio-dia`; `das três`, `da uma`, `do meio-dia`
fn with(prepositions: [&str; 3], time: NaiveTime) -> String {
    let [masculine, one, several] = prepositions;
    let preposition = match (time.hour(), time.minute()) {
        (12, 0) => masculine,
        (0, 0) | (1 | 13, _) => one,
        _ => several,
    };
    format!("{preposition} {}", clock_time(time))
}

const AT: [&str; 3] = ["ao", "à", "às"];
const FROM: [&str; 3] = ["do", "da", "das"];

fn change_word(change: Change) -> &'static str {
    match change {
        Change::Cancelling => "cancelar",
        Change::Moving => "remarcar",
        Change::Either => "cancelar ou remarcar",
    }
}

impl Phrasebook for Portuguese {
    fn tag(&self) -> &'static str {
        "pt"
    }

    fn english_name(&self) -> &'static str {
        "Portuguese"
    }

    fn vocabulary(&self) -> &'static Vocabulary {
        &VOCABULARY
    }

    fn keywords(&self) -> Keywords {
        Keywords {
            stop: &["stop", "sair", "parar", "pare", "descadastrar"],
            start: &["start", "cadastrar", "quero receber"],
            help: &["help", "ajuda"],
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        let day = if date.day() == 1 { "primeiro".to_owned() } else { date.day().to_string() };
        format!("{}, {day} de {}", self.weekday(date.weekday()), MONTHS[date.month0() as usize])
    }

    fn date_of_year(&self, date: NaiveDate) -> String {
        format!("{} de {}", self.date(date), date.year())
    }

    fn weekday(&self, weekday: Weekday) -> &'static str {
        WEEKDAYS[weekday.num_days_from_monday() as usize]
    }

    fn at(&self, time: NaiveTime) -> String {
        with(AT, time)
    }

    fn clock_of(&self, zone: Zone) -> String {
        let place = place(zone);
        let place = match place.as_str() {
            "Sao Paulo" => "São Paulo",
            "Bogota" => "Bogotá",
            "Mexico City" => "Cidade do México",
            "New York" => "Nova York",
            "Belem" => "Belém",
            "Cuiaba" => "Cuiabá",
            "London" => "Londres",
            "Berlin" => "Berlim",
            "Lisbon" => "Lisboa",
            "Azores" => "Açores",
            other => other,
        };
        format!("horário de {place}")
    }

    fn list(&self, items: &[String], conjunction: Conjunction) -> String {
        list(
            items,
            match conjunction {
                Conjunction::And => "e",
                Conjunction::Or => "ou",
            },
        )
    }

    fn say(&self, said: &Said<'_>) -> String {
        match said {
            Said::OpenTimes { service, times } => format!("Para {service} há horário {times}."),
            Said::MoreTimes => "Há mais.".into(),
            Said::NoneOpen { service, why } => match why {
                NoTime::TooFar { last } => format!("{service}: a última data possível é {last}."),
                NoTime::TooSoon { soonest } => format!("{service}: o mais cedo possível é {soonest}."),
                NoTime::Nobody => format!("Ninguém oferece {service} dessa maneira."),
                NoTime::Passed => "Esse horário já passou.".into(),
                NoTime::Skipped => {
                    "Esse horário não existe nesse dia: os relógios se adiantam e o pulam.".into()
                }
                NoTime::TooLong => format!("{service}: nesse momento não resta tempo suficiente."),
                NoTime::OffGrid => format!("{service} não começa nesse horário."),
                NoTime::Away => format!("{service}: nesse momento não está ninguém que faça isso."),
                NoTime::Closed => format!("{service}: nesse momento está fechado."),
                NoTime::LimitReached => {
                    format!("{service}: para esse momento não se aceitam mais marcações.")
                }
                NoTime::Full => format!("{service}: nesse momento está tudo ocupado."),
            },
            Said::Booked { service, name, moment } => {
                format!("{service}: horário marcado em nome de {name} para {moment}.")
            }
            Said::Requested { service, name, moment } => {
                format!(
                    "{service}: horário solicitado em nome de {name} para {moment}. A empresa vai confirmar."
                )
            }
            Said::MoveRequested { service, moment } => {
                format!("{service}: a mudança para {moment} foi solicitada. A empresa vai confirmar.")
            }
            Said::Rescheduled { service, moment } => format!("{service}: o horário agora é {moment}."),
            Said::Cancelled { service, moment } => {
                format!("{service}: o horário que era {moment} está cancelado.")
            }
            Said::Fee { amount } => {
                format!("Custa {amount}. Se quem ligou aceitar, repita com accept_fee.")
            }
            Said::StillOpen { times } => format!("Ainda há horário {times}."),
            Said::NothingElseOpen => {
                "Não há nenhum outro horário livre nas próximas semanas. Pode-se anotar um recado.".into()
            }
            Said::Appointment { service, moment, name: None } => format!("{service}, {moment}"),
            Said::Appointment { service, moment, name: Some(name) } => {
                format!("{service} de {name}, {moment}")
            }
            Said::ToBeApproved => "a confirmar".into(),
            Said::Appointments { appointments } => format!("Horários encontrados: {appointments}."),
            Said::NoAppointments => "Não há horários marcados com esse número.".into(),
            Said::StaffTells => {
                "Só a equipe informa sobre horários marcados. Pode-se anotar um recado.".into()
            }
            Said::StaffChanges => "Só a equipe remarca ou cancela horários. Pode-se anotar um recado.".into(),
            Said::MessageTaken => "O recado já foi entregue.".into(),
            Said::Waitlisted { service, name, number } => format!(
                "{name} está na lista de espera para {service}, na posição {number}. Quando abrir um horário, ele fica reservado por um \
                 tempo e a empresa entra em contato."
            ),
            Said::KeptFor { service, name, moment } => {
                format!("{service}: há um horário reservado em nome de {name}, {moment}. Só falta aceitar.")
            }
            Said::OfferDeclined { service } => format!("{service}: o horário reservado foi liberado."),
            Said::Window { opens, closes } => format!("{} {}", with(FROM, *opens), with(AT, *closes)),
            Said::OpenAllDay => "aberto o dia todo".into(),
            Said::Closed => "fechado".into(),
            Said::ClosedFor { reason } => format!("fechado ({reason})"),
            Said::ClosedUntil { last, reason: None } => format!("fechado até {}", self.date(*last)),
            Said::ClosedUntil { last, reason: Some(reason) } => {
                format!("fechado até {}: {reason}", self.date(*last))
            }
            Said::Holiday(holiday) => match holiday {
                Holiday::NewYear => "Ano-Novo".into(),
                Holiday::GoodFriday => "Sexta-feira Santa".into(),
                Holiday::EasterSunday => "domingo de Páscoa".into(),
                Holiday::EasterMonday => "segunda-feira de Páscoa".into(),
                Holiday::Christmas => "Natal".into(),
                Holiday::Other => "feriado".into(),
            },
            Said::From { first } => format!("a partir de {}", self.date(*first)),
            Said::Until { last } => format!("até {}", self.date(*last)),
            Said::FromUntil { first, last } => {
                format!("de {} a {}", self.date(*first), self.date(*last))
            }
            Said::Service { name, lengths, price: None } => format!("{name} dura {lengths}."),
            Said::Service { name, lengths, price: Some(price) } => {
                format!("{name} dura {lengths} e custa {price}.")
            }
            Said::Length { minutes } => length(*minutes, UNITS, "e"),
            Said::PricePerPerson { price } => format!("{price} por pessoa"),
            Said::Seats { seats } => format!("Participam até {seats} pessoas ao mesmo tempo."),
            Said::LateChange { change, before, fee } => {
                let change = change_word(*change);
                match fee {
                    Some(fee) => format!("{change} com menos de {before} de antecedência custa {fee}"),
                    None => format!("{change} com menos de {before} de antecedência não é possível"),
                }
            }
            Said::NoShowFee { fee } => format!("não comparecer custa {fee}"),
            Said::AskedBefore { questions } => format!("Antes de marcar, pergunta-se: {questions}"),
            Said::Services { names } => format!("Os serviços são {names}."),
            Said::More { count } => format!("mais {count}"),
            Said::Address { address } => format!("O endereço é {address}"),
            Said::Weekdays { first, last } => {
                format!("de {} a {}", self.weekday(*first), self.weekday(*last))
            }
            Said::HoursOf { days, hours } => format!("{days}: {hours}"),
            Said::ExceptionalHours { dates } => format!("Exceções: {dates}."),
            Said::BeforeClocksGoBack => "antes da mudança de horário".into(),
            Said::AfterClocksGoBack => "depois da mudança de horário".into(),
            Said::NotSetUp => "Este número ainda não está em serviço. Por favor, ligue mais tarde.".into(),
            Said::PuttingThrough => "Um momento, por favor, vou transferir a ligação.".into(),
            Said::NobodyAvailable => "No momento ninguém pode atender. Posso anotar um recado.".into(),
            Said::AnswerErased => "Esta resposta foi apagada.".into(),
            Said::BookedTime => "Reservado".into(),
        }
    }

    fn refusal(&self, reason: Reason) -> &'static str {
        match reason {
            Reason::AgendaClassFull => "Não há lugares suficientes nesse horário.",
            Reason::QuotaLimitReached => "Para esses dias não é mais possível marcar este serviço.",
            Reason::AgendaTimeTaken => "Esse horário acaba de ser ocupado.",
            Reason::AgendaHoldExpired | Reason::AppointmentHoldExpired => {
                "Esse horário não está mais reservado."
            }
            Reason::AppointmentNotFound => "Esse horário marcado não existe.",
            Reason::AppointmentHoldNotFound => "Não há nenhum horário reservado.",
            Reason::AppointmentHoldReleased => "O horário reservado já foi liberado.",
            Reason::AppointmentHeldForWaitlist => {
                "Esse horário está reservado para alguém da lista de espera."
            }
            Reason::AppointmentAlreadyBooked => "Esse horário já está marcado.",
            Reason::AppointmentCancelled => "Esse horário foi cancelado.",
            Reason::AppointmentAlreadyBegun => "Esse atendimento já começou.",
            Reason::AppointmentDeclined => "A empresa recusou esse horário.",
            Reason::AppointmentRequestExpired => "Essa solicitação não foi respondida a tempo.",
            Reason::AppointmentTooLateToCancel => {
                "Já é tarde para cancelar esse horário; agora só a empresa pode fazer isso."
            }
            Reason::AppointmentTooLateToReschedule => {
                "Já é tarde para mudar esse horário; agora só a empresa pode fazer isso."
            }
            Reason::AppointmentFeeDue => "Com tão pouca antecedência há uma taxa.",
            Reason::AppointmentBadAnswer => {
                "Falta responder algo que a empresa pergunta, ou a resposta não tem a forma certa."
            }
            Reason::AppointmentUnknownQuestion => "A empresa não pergunta isso.",
            Reason::AttendanceTooManyNoShows => "Só a empresa pode marcar para este cliente.",
            Reason::AppointmentNotDisclosed => {
                "Esse horário não é conhecido nesta ligação; primeiro é preciso buscá-lo com find_appointments."
            }
            Reason::CallTooManyToolCalls => "Já se perguntou demais nesta ligação.",
            Reason::CallTooManyWrongProofs | Reason::WrongProofsTooMany => {
                "Não foi possível confirmar quem está ligando. Uma pessoa da empresa assume; pode-se transferir a \
                 ligação ou anotar um recado."
            }
            Reason::ChangedSince => "Mudou nesse meio-tempo.",
            Reason::ContactPointTaken => "Esse telefone ou e-mail é de outro cliente.",
            Reason::CustomerNotFound => "Esse cliente não existe.",
            Reason::CustomerAlreadyRegistered => "Esse cliente já está cadastrado.",
            Reason::CustomerOverlaps => {
                "Já há outro horário marcado nesse nome a essa hora; pergunte se se querem os dois."
            }
            Reason::CustomerOverlapForbidden => "Já há outro horário marcado nesse nome a essa hora.",
            Reason::CustomerUnreachable => "É preciso um telefone ou um e-mail; pergunte qual.",
            Reason::PersonErased => "Os dados dessa pessoa foram apagados.",
            Reason::ServiceNotFound => "Esse serviço não existe.",
            Reason::ServiceRetired => "Esse serviço não é mais oferecido.",
            Reason::SlotInThePast => "Esse horário já passou.",
            Reason::SlotNoLongerOffered => "Esse horário não é mais oferecido.",
            Reason::SlotShortNotice => "É com pouca antecedência.",
            Reason::SlotTokenExpired => "Essa oferta já venceu; consulte de novo os horários livres.",
            Reason::SlotTooFarAhead => "É com antecedência demais.",
            Reason::WaitlistFull => "A lista de espera está cheia. Pode-se anotar um recado.",
            Reason::WaitlistEntryNotFound => "Esse lugar na lista de espera não existe.",
            Reason::WaitlistEntryNotOffered => "A lista de espera ainda não ofereceu nada.",
            Reason::WaitlistEntryOfferLapsed => "Esse horário já não está reservado.",
            Reason::WaitlistEntryAlreadyAccepted => "Esse horário já foi aceito; agora está marcado.",
            Reason::WaitlistEntryEnded => "Esse lugar na lista de espera já não existe.",
            Reason::WaitlistClosed => "Nesse momento está fechado; pergunte por outro dia ou outra hora.",
            Reason::WaitlistBadWish => {
                "Não se pode esperar por isso: não se marca nesses dias, ou não dessa forma."
            }
            Reason::Other => "Não é possível.",
        }
    }

    fn mistake(&self, mistake: &Mistake) -> String {
        match mistake {
            Mistake::Missing(name) => format!("falta {name}; pergunte"),
            Mistake::UnknownArgument { name, known } => {
                format!(
                    "{name:?} não é um argumento desta ferramenta; use {}",
                    self.list(known, Conjunction::Or)
                )
            }
            Mistake::NotText(name) => format!("{name}: deve ser um texto"),
            Mistake::NotYesNo(name) => format!("{name}: deve ser true ou false"),
            Mistake::BadText { name, reason } => match reason {
                BadText::Empty => format!("{name}: não pode ficar vazio"),
                BadText::TooLong { max, got } => {
                    format!("{name}: deve ter no máximo {max} caracteres e tem {got}")
                }
                BadText::Control => format!("{name}: não pode conter caracteres de controle"),
            },
            Mistake::NotPhoneNumber(name) => {
                format!(
                    "{name}: não é um número de telefone; deve ter a forma internacional, como +5511912345678"
                )
            }
            Mistake::NobodysNumber(name) => {
                format!("{name}: esse número não é de uma pessoa; peça o número de quem está ligando")
            }
            Mistake::PhoneExtension(name) => {
                format!("{name}: um número com ramal não pode ser guardado; peça um número direto")
            }
            Mistake::NotEmail(name) => format!("{name}: não é um e-mail; deve ser como ada@example.com"),
            Mistake::NotAppointmentId(name) => {
                format!("{name}: copie exatamente de find_appointments ou book_appointment; começa com apt_")
            }
            Mistake::NotWaitlistEntryId(name) => {
                format!("{name}: copie exatamente de find_appointments ou join_waitlist; começa com wle_")
            }
            Mistake::NotAnswers(name) => {
                format!("{name}: dê um objeto com o id de cada pergunta e a resposta da pessoa")
            }
            Mistake::NoToolCallId => "a chamada da ferramenta não tem id; repita-a com um id".into(),
            Mistake::NotNumber(name) => format!("{name}: tem de ser um número inteiro"),
            Mistake::WithWhom(names) => {
                format!("with: pergunte com quem: {}", self.list(names, Conjunction::Or))
            }
            Mistake::Length { offered, got } => {
                let offered: Vec<String> = offered.iter().map(u32::to_string).collect();
                format!(
                    "duration_minutes: é oferecido com {} minutos, não com {got}; pergunte qual se quer",
                    self.list(&offered, Conjunction::Or)
                )
            }
            Mistake::Seats { max } => format!("seats: podem-se reservar de 1 a {max}; pergunte para quantos"),
            Mistake::NotAnObject => "os argumentos não são um objeto JSON".into(),
            Mistake::NotJson => "os argumentos não são JSON".into(),
            Mistake::Day(text) => {
                format!("day: {text:?} não é um dia; pode-se dizer {}", VOCABULARY.day_examples)
            }
            Mistake::DayPassed(date) => format!("day: {} ({date}) já passou", self.date(*date)),
            Mistake::DayTooFar => "day: está longe demais".into(),
            Mistake::PartOfDay(text) => {
                format!(
                    "part_of_day: {text:?} não é uma parte do dia; pode-se dizer {}",
                    VOCABULARY.part_examples.join(", ")
                )
            }
            Mistake::Time(text) => {
                format!("time: {text:?} não é uma hora; pode-se dizer {}", VOCABULARY.time_examples)
            }
            Mistake::Contradiction { one, other } => {
                format!("{one:?} e {other:?} não combinam; pergunte qual se deseja")
            }
            Mistake::OtherWeekday { said, date } => {
                format!("day: {said:?}: essa data é {}; pergunte que dia se deseja", self.date(*date))
            }
            Mistake::WhichDate { said, one, other } => {
                format!(
                    "day: {said:?} pode ser {} ou {}; pergunte qual se deseja",
                    self.date(*one),
                    self.date(*other)
                )
            }
            Mistake::WhichTime { said, early, late } => {
                format!(
                    "time: {said:?} pode ser {} ou {}; pergunte qual se deseja",
                    clock_time(*early),
                    clock_time(*late)
                )
            }
            Mistake::NoAppointment(said) => {
                format!(
                    "{said:?} conta a partir de um agendamento; é preciso dar o appointment_id, ou perguntar o dia e a hora"
                )
            }
            Mistake::OtherClock(said) => {
                format!(
                    "time: {said:?} não é o relógio do estabelecimento; é preciso perguntar que horas são nele"
                )
            }
            Mistake::NotWanted(said) => {
                format!("{said:?} diz o que não se deseja; é preciso perguntar que dia ou hora se deseja")
            }
            Mistake::UnknownTool { name, tools } => {
                format!("não existe a ferramenta {name:?}; existem {tools}")
            }
            Mistake::NoSlotToken => "falta slot_token; copie de check_availability".into(),
            Mistake::NotSlotToken => {
                "slot_token: copie exatamente como check_availability deu; este não foi emitido aqui".into()
            }
            Mistake::Answer { id, question, reason } => {
                let reason = match reason {
                    BadAnswer::Missing => "falta a resposta".into(),
                    BadAnswer::NotYesNo => "a resposta deve ser true ou false".into(),
                    BadAnswer::NotNumber { min, max } => {
                        format!("a resposta deve ser um número inteiro de {min} a {max}")
                    }
                    BadAnswer::NotChoice { options } => {
                        format!("a resposta deve ser {}", self.list(&texts(options), Conjunction::Or))
                    }
                };
                format!("answers.{id}: {reason}; pergunte: {question}")
            }
            Mistake::WhichService(names) => {
                format!("service: pergunte qual se deseja: {}", self.list(names, Conjunction::Or))
            }
            Mistake::NoServices => "a empresa ainda não oferece serviços; pode-se anotar um recado".into(),
            Mistake::HiddenNumber => {
                "phone_number: o número de quem liga está oculto; pergunte o número e o nome da reserva"
                    .into()
            }
            Mistake::Refused(reason) => self.refusal(*reason).into(),
        }
    }
}
