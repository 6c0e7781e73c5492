//! French. Times are on a clock of 24 hours, in digits ("15 heures 30"): appointments are made like that, and
//! every speech engine reads it well. Hours before noon are "du matin", so that they are understood alone.
//!
//! "Mardi prochain" is the first Tuesday after today. For the week after, people say "mardi de la semaine
//! prochaine" or "mardi en huit". The answer says the date, so a misunderstanding is heard.

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

pub struct French;

const WEEKDAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

const MORNING: Part = Part::new(0, 12, Half::Early);
const AFTERNOON: Part = Part::new(12, 18, Half::Late);
const EVENING: Part = Part::new(18, 24, Half::Late);
const NIGHT: Part = Part::new(18, 24, Half::Night);

const UNITS: [[&str; 2]; 3] = [["jour", "jours"], ["heure", "heures"], ["minute", "minutes"]];

static VOCABULARY: Vocabulary = Vocabulary {
    cardinals: [
        "zéro",
        "un",
        "deux",
        "trois",
        "quatre",
        "cinq",
        "six",
        "sept",
        "huit",
        "neuf",
        "dix",
        "onze",
        "douze",
        "treize",
        "quatorze",
        "quinze",
        "seize",
        "dix sept",
        "dix huit",
        "dix neuf",
        "vingt",
        "vingt et un",
        "vingt deux",
        "vingt trois",
        "vingt quatre",
        "vingt cinq",
        "vingt six",
        "vingt sept",
        "vingt huit",
        "vingt neuf",
        "trente",
        "trente et un",
        "trente deux",
        "trente trois",
        "trente quatre",
        "trente cinq",
        "trente six",
        "trente sept",
        "trente huit",
        "trente neuf",
        "quarante",
        "quarante et un",
        "quarante deux",
        "quarante trois",
        "quarante quatre",
        "quarante cinq",
        "quarante six",
        "quarante sept",
        "quarante huit",
        "quarante neuf",
        "cinquante",
        "cinquante et un",
        "cinquante deux",
        "cinquante trois",
        "cinquante quatre",
        "cinquante cinq",
        "cinquante six",
        "cinquante sept",
        "cinquante huit",
        "cinquante neuf",
    ],
    numerals: &[
        ("une", 1),
        ("vingt et une", 21),
        ("soixante", 60),
        ("soixante dix", 70),
        ("soixante quinze", 75),
        ("quatre vingt|vingts", 80),
        ("quatre vingt dix", 90),
        ("cent", 100),
        ("cent cinq", 105),
        ("cent vingt", 120),
    ],
    counts: &[("quelques", 3)],
    ordinals: &["premier|première", "deuxième|second", "troisième", "quatrième", "cinquième"],
    ordinal_endings: &["er", "ier", "ere", "e", "eme"],
    before_date: &["le", "du", "au", "les"],
    last: &["dernier|dernière"],
    centuries: &["deux mille"],
    weekdays: [
        &["lundi", "lundis", "lun"],
        &["mardi", "mardis", "mrdi"],
        &["mercredi", "mercredis", "mer", "mercrdi"],
        &["jeudi", "jeudis", "jeu", "jeuid", "jeudy"],
        &["vendredi", "vendredis", "ven"],
        &["samedi", "samedis", "sam", "samdi", "smedi"],
        &["dimanche", "dimanches", "dim"],
    ],
    months: [
        &["janvier", "janv"],
        &["février", "fevr", "fevirer"],
        &["mars"],
        &["avril", "avr"],
        &["mai"],
        &["juin"],
        &["juillet", "juil"],
        &["août"],
        &["septembre", "sept"],
        &["octobre", "oct"],
        &["novembre", "nov"],
        &["décembre", "dec"],
    ],
    days: &[
        (
            &[
                "en semaine",
                "jour|jours de semaine",
                "jour|jours de la semaine",
                "jour|jours ouvré|ouvrés",
                "pendant la semaine",
            ],
            DayRule::Workdays,
        ),
        (&["{nth} semaine de|d {month}", "{nth} semaine de|d {month} {year}"], DayRule::WeekOfMonth),
        (
            &["aujourdhui", "aujourdui", "ojourdui", "aujourd hui", "ce jour", "ce|cet|cette {part}"],
            DayRule::Ahead(0),
        ),
        (&["demain", "demin"], DayRule::Ahead(1)),
        (&["après demain", "surlendemain"], DayRule::Ahead(2)),
        (&["hier"], DayRule::Ahead(-1)),
        (&["avant hier"], DayRule::Ahead(-2)),
        (&["{weekday} dernier|passé", "dernier {weekday} passé"], DayRule::Weekday(Which::Past)),
        (&["il y a {n} jour|jours"], DayRule::InDays(-1)),
        (&["il y a {n} semaine|semaines"], DayRule::InDays(-7)),
        (&["semaine dernière|passée", "dernière semaine"], DayRule::Week(-1, Share::Whole)),
        (
            &["week end dernier|passé", "weekend dernier|passé", "dernier weekend", "dernier week end"],
            DayRule::Weekend(-1),
        ),
        (&["mois dernier|passé"], DayRule::Month(-1, Share::Whole)),
        (&["année dernière|passée", "an dernier|passé"], DayRule::Year(-1)),
        (&["ce {weekday}"], DayRule::Weekday(Which::This)),
        (
            &[
                "{weekday} prochain|prochaine|suivant",
                "prochain {weekday}",
                "{weekday} qui vient",
                "{weekday} à venir",
            ],
            DayRule::Weekday(Which::Coming),
        ),
        (&["{weekday} en huit"], DayRule::WeekdayPlus(1)),
        (&["{weekday} en quinze"], DayRule::WeekdayPlus(2)),
        (
            &["dans huit|8 jours", "d ici huit|8 jours", "sous huit|8 jours", "aujourdhui en huit"],
            DayRule::Ahead(7),
        ),
        (&["demain en huit"], DayRule::Ahead(8)),
        (&["dans quinze|15 jours", "dans une quinzaine", "dans une quinzaine de jours"], DayRule::Ahead(14)),
        (&["dans {n} jour|jours"], DayRule::InDays(1)),
        (&["dans {n} semaine|semaines"], DayRule::InDays(7)),
        (&["dans {n} mois"], DayRule::InMonths),
        (&["dans une demi heure"], DayRule::InMinutes(30)),
        (&["dans une heure et demie"], DayRule::InMinutes(90)),
        (&["dans {quarters} heure|heures|h"], DayRule::InMinutes(15)),
        (&["dans {n} heure|heures"], DayRule::InMinutes(60)),
        (&["dans {n} minute|minutes"], DayRule::InMinutes(1)),
        (
            &[
                "d ici {n} jour|jours",
                "{n} prochains jours",
                "{n} jours à venir",
                "dans les {n} prochains? jours",
            ],
            DayRule::Within(1),
        ),
        (
            &[
                "d ici {n} semaine|semaines",
                "{n} prochaines semaines",
                "dans les {n} prochaines? semaines",
                "prochains jours",
                "jours qui viennent|suivent",
                "ces jours ci",
            ],
            DayRule::Within(7),
        ),
        (&["prochaines semaines", "d ici {n} mois"], DayRule::Within(30)),
        (&["cette semaine", "cette semaine ci"], DayRule::Week(0, Share::Whole)),
        (&["début de semaine", "début de la|cette semaine"], DayRule::Week(0, Share::Beginning)),
        (&["milieu de semaine", "milieu de la|cette semaine"], DayRule::Week(0, Share::Middle)),
        (&["fin de semaine", "fin de la|cette semaine"], DayRule::Week(0, Share::End)),
        (
            &["semaine prochaine|suivante", "prochaine semaine", "semaine qui vient", "semaine d après"],
            DayRule::Week(1, Share::Whole),
        ),
        (
            &["début de la? semaine prochaine", "début de la? prochaine semaine"],
            DayRule::Week(1, Share::Beginning),
        ),
        (&["milieu de la? semaine prochaine"], DayRule::Week(1, Share::Middle)),
        (&["fin de la? semaine prochaine", "fin de la? prochaine semaine"], DayRule::Week(1, Share::End)),
        (&["{weekday} dans {n} semaines"], DayRule::Week(2, Share::Whole)),
        (
            &["week end|ends", "weekend|weekends", "ce week end", "ce weekend", "ce week end ci"],
            DayRule::Weekend(0),
        ),
        (
            &[
                "week end prochain|suivant",
                "weekend prochain|suivant",
                "prochain week end",
                "prochain weekend",
                "week end qui vient",
            ],
            DayRule::Weekend(1),
        ),
        (&["mois", "ce mois", "ce mois ci", "mois en cours"], DayRule::Month(0, Share::Whole)),
        (
            &[
                "début de ce mois",
                "début du mois",
                "début de mois",
                "début {month}",
                "début de {month}",
                "début du mois de {month}",
            ],
            DayRule::Month(0, Share::Beginning),
        ),
        (
            &[
                "milieu de ce mois",
                "milieu du mois",
                "mi {month}",
                "milieu de {month}",
                "milieu du mois de {month}",
            ],
            DayRule::Month(0, Share::Middle),
        ),
        (
            &[
                "fin de ce mois",
                "fin du mois",
                "fin de mois",
                "fin {month}",
                "fin de {month}",
                "fin du mois de {month}",
                "dernière semaine du|de mois",
            ],
            DayRule::Month(0, Share::End),
        ),
        (
            &["mois prochain|suivant", "prochain mois", "mois qui vient", "mois d après"],
            DayRule::Month(1, Share::Whole),
        ),
        (&["début du mois prochain", "début du prochain mois"], DayRule::Month(1, Share::Beginning)),
        (&["milieu du mois prochain"], DayRule::Month(1, Share::Middle)),
        (&["fin du mois prochain", "fin du prochain mois"], DayRule::Month(1, Share::End)),
        (&["cette année"], DayRule::Year(0)),
        (&["année prochaine", "an prochain", "prochaine année"], DayRule::Year(1)),
        (&["noël", "jour de noël"], DayRule::Yearly(12, 25)),
        (&["veille de noël", "réveillon de noël", "réveillon"], DayRule::Yearly(12, 24)),
        (&["jour de l an", "nouvel an", "premier de l an"], DayRule::Yearly(1, 1)),
        (
            &[
                "saint sylvestre",
                "veille du jour de l an",
                "veille du nouvel an",
                "réveillon du jour de l an",
                "réveillon du nouvel an",
                "réveillon de la saint sylvestre",
            ],
            DayRule::Yearly(12, 31),
        ),
        (&["épiphanie", "jour des rois"], DayRule::Yearly(1, 6)),
        (&["saint valentin"], DayRule::Yearly(2, 14)),
        (&["fête du travail"], DayRule::Yearly(5, 1)),
        (&["fête nationale"], DayRule::Yearly(7, 14)),
        (&["assomption"], DayRule::Yearly(8, 15)),
        (&["toussaint"], DayRule::Yearly(11, 1)),
        (&["armistice"], DayRule::Yearly(11, 11)),
        (&["vendredi saint"], DayRule::Easter(-2)),
        (&["pâques", "dimanche de pâques"], DayRule::Easter(0)),
        (&["lundi de pâques"], DayRule::Easter(1)),
        (&["ascension", "jeudi de l ascension"], DayRule::Easter(39)),
        (&["pentecôte"], DayRule::Easter(49)),
        (&["lundi de pentecôte"], DayRule::Easter(50)),
        (&["sauf|excepté|hormis", "pas", "mais pas"], DayRule::Not),
        (
            &[
                "nimporte quel jour",
                "nimporte quelle date",
                "nimporte quand",
                "n importe quel jour",
                "n importe quand",
                "n importe quelle date",
                "quand vous voulez|pouvez",
                "dès que possible",
                "aussi vite|tôt que possible",
                "le plus tôt|vite|rapidement possible",
                "plus tôt|vite|rapidement possible",
                "au plus vite|tôt",
                "premier|première|prochain|prochaine créneau|rendez|date|disponibilité|place vous? disponible|libre?",
                "première disponibilité",
                "premier créneau",
                "prochain créneau",
                "prochaine disponibilité",
                "maintenant",
                "tout de suite",
                "immédiatement",
                "à partir de maintenant",
                "peu importe",
                "ça m est égal",
                "cela m est égal",
                "pas de préférence",
                "sans préférence",
            ],
            DayRule::Any,
        ),
    ],
    spans: &[
        (
            &[
                "{day} à|au|jusqu|jusquau {day}",
                "de|du|depuis {day} à|au|jusquà|jusquau {day}",
                "entre {day} et {day}",
            ],
            SpanRule::FromTo,
        ),
        (&["{day} ou {day}", "{day} et {day}", "soit {day} soit {day}"], SpanRule::Either),
        (
            &[
                "à partir de|du {day}",
                "à compter de|du {day}",
                "dès {day}",
                "depuis {day}",
                "{day} ou après",
                "pas avant {day}",
            ],
            SpanRule::From,
        ),
        (&["après {day}", "passé {day}"], SpanRule::After),
        (
            &[
                "jusquà|jusquau {day}",
                "jusqu à|au {day}",
                "{day} au plus tard",
                "au plus tard {day}",
                "d ici {day}",
            ],
            SpanRule::Until,
        ),
        (&["avant {day}"], SpanRule::Before),
        (&["semaine de|du {day}"], SpanRule::WeekOf),
        (
            &["lendemain de|du {day}", "jour après|suivant {day}", "{n} jour|jours après {day}"],
            SpanRule::Plus(1),
        ),
        (&["veille de|du {day}", "{n} jours avant {day}"], SpanRule::Plus(-1)),
        (&["{n} semaine|semaines après {day}", "{day} en huit"], SpanRule::Plus(7)),
        (&["{n} semaine|semaines avant {day}"], SpanRule::Plus(-7)),
        (&["{n} quinzaine après {day}"], SpanRule::Plus(14)),
    ],
    moved: &[
        (&["même jour", "ce jour là", "même date"], Moved::Days(0)),
        (&["même jour", "même jour de la semaine"], Moved::Weekday),
        (
            &[
                "lendemain",
                "jour suivant|après",
                "jour d après",
                "{n} jour|jours après",
                "{n} jour|jours plus tard",
            ],
            Moved::Days(1),
        ),
        (
            &[
                "veille",
                "jour précédent|avant",
                "jour d avant",
                "{n} jour|jours avant",
                "{n} jour|jours plus tôt",
            ],
            Moved::Days(-1),
        ),
        (&["{n} semaine|semaines après", "{n} semaine|semaines plus tard"], Moved::Days(7)),
        (&["{n} semaine|semaines avant", "{n} semaine|semaines plus tôt"], Moved::Days(-7)),
        (&["{n} mois après", "{n} mois plus tard"], Moved::Months(1)),
        (&["{n} mois avant", "{n} mois plus tôt"], Moved::Months(-1)),
        (&["même semaine", "cette semaine là"], Moved::Week(0)),
        (&["semaine suivante|après", "semaine d après"], Moved::Week(1)),
        (&["semaine précédente|avant", "semaine d avant"], Moved::Week(-1)),
        (&["même heure", "même horaire"], Moved::SameTime),
        (
            &[
                "même heure|horaire mais? la? semaine prochaine|suivante",
                "même heure|horaire mais? la? semaine d après",
                "même heure|horaire la semaine qui vient",
                "même jour et même? heure la semaine prochaine",
                "même jour même heure la semaine prochaine",
                "semaine prochaine|suivante à? la? même heure",
                "semaine prochaine|suivante au? même horaire",
                "semaine prochaine|suivante même jour et? même heure",
            ],
            Moved::SameTimeAfter(7),
        ),
        (&["{length} après", "{length} plus tard"], Moved::Length(1)),
        (&["{length} avant", "{length} plus tôt"], Moved::Length(-1)),
        (&["plus tard", "un peu plus tard", "un peu après"], Moved::Later),
        (&["plus tôt", "un peu plus tôt", "un peu avant"], Moved::Earlier),
    ],
    lengths: &[
        (&["{n} minute|minutes|min|mins|mn|m"], Length::MINUTES),
        (
            &[
                "{n} heure|heures|h",
                "{n} heure|heures|h et? {m}",
                "{n} heure|heures|h et? {m} minute|minutes|min|mins|mn|m",
            ],
            Length::HOURS,
        ),
        (&["{quarters} heure|heures|h"], Length::QUARTERS),
        (&["heure et demie|demi"], Length::fixed(90)),
        (&["heure et quart"], Length::fixed(75)),
        (&["demi heure", "une demi heure", "demie heure", "une demie heure"], Length::fixed(30)),
        (&["quart d heure", "un quart d heure"], Length::fixed(15)),
        (&["trois|3 quarts d heure"], Length::fixed(45)),
    ],
    parts: &[
        (&["matin", "matinée", "matins", "avant midi", "avant le déjeuner"], MORNING),
        (
            &[
                "tôt",
                "tôt le matin",
                "de bonne heure",
                "première heure",
                "début de matinée",
                "début de la matinée",
            ],
            Part::new(0, 10, Half::Early),
        ),
        (&["fin de matinée", "fin de la matinée"], Part::new(10, 12, Half::Early)),
        (
            &["heure du déjeuner", "pause déjeuner", "entre midi et deux", "déjeuner"],
            Part::new(12, 14, Half::Late),
        ),
        (&["après midi", "aprem", "après le déjeuner", "après manger"], AFTERNOON),
        (&["début d après midi", "début de l après midi"], Part::new(12, 15, Half::Late)),
        (&["milieu d après midi", "milieu de l après midi"], Part::new(14, 16, Half::Late)),
        (&["fin d après midi", "fin de l après midi"], Part::new(16, 19, Half::Late)),
        (&["soir", "soirée", "soirs"], EVENING),
        (
            &["fin de journée", "fin de la journée", "après le travail", "après le boulot"],
            Part::new(16, 24, Half::Late),
        ),
        (&["nuit"], NIGHT),
    ],
    minutes: &[
        ("quart", 15),
        ("un quart", 15),
        ("le quart", 15),
        ("demie", 30),
        ("demi", 30),
        ("trois quarts", 45),
    ],
    clock: &[
        (
            &[
                "{h} heure|heures|h",
                "{h} heure|heures|h {mm}",
                "{h} heure|heures|h et {m}",
                "{h} heure|heures|h {m}",
                "{h} heure|heures pile",
                "{h} heure|heures précises",
                "{h} heure|heures zéro {m}",
            ],
            ClockRule::Past(None),
        ),
        (&["{h} heure|heures|h moins {m}", "{m} avant {h} heure|heures"], ClockRule::To(None)),
        (&["midi", "midi et {m}", "midi {m}"], ClockRule::Past(Some(12))),
        (&["minuit", "minuit et {m}", "minuit {m}"], ClockRule::Past(Some(24))),
        (&["midi moins {m}"], ClockRule::To(Some(12))),
        (&["minuit moins {m}"], ClockRule::To(Some(24))),
    ],
    halves: &[
        (&["am", "a m"], Some(Half::Early)),
        (&["pm", "p m"], Some(Half::Late)),
        (&["du {part}", "de l {part}", "de la {part}", "le {part}"], None),
    ],
    times: &[
        (
            &[
                "à|vers {clock}",
                "aux alentours de {clock}",
                "autour de {clock}",
                "environ {clock}",
                "aux environs de {clock}",
                "vers les {clock}",
                "vers le {noon}",
                "sur les? {clock}",
                "sur le coup de {clock}",
                "autour des {clock}",
                "aux environs des? {clock}",
                "à {clock} environ",
                "à peu près à? {clock}",
                "à? {clock} avant|après le changement d heure",
            ],
            TimeRule::At,
        ),
        (
            &[
                "après {clock}",
                "à partir de {clock}",
                "dès {clock}",
                "depuis {clock}",
                "{clock} ou plus tard",
                "{clock} ou après",
                "pas avant {clock}",
                "passé {clock}",
                "à compter de {clock}",
                "au plus tôt à? {clock}",
            ],
            TimeRule::From,
        ),
        (
            &[
                "avant {clock}",
                "jusquà {clock}",
                "jusqu à {clock}",
                "{clock} au plus tard",
                "au plus tard à? {clock}",
                "{clock} ou avant",
                "pas après {clock}",
            ],
            TimeRule::Until,
        ),
        (
            &[
                "entre {clock} et {clock}",
                "après {clock} et|mais avant {clock}",
                "{clock} à {clock}",
                "de {clock} à|jusquà {clock}",
                "de {clock} jusqu à {clock}",
            ],
            TimeRule::Between,
        ),
        (
            &[
                "nimporte quelle heure",
                "n importe quelle heure",
                "n importe quand",
                "nimporte quand",
                "à toute heure",
                "toute la journée",
                "peu importe",
                "sans préférence",
                "pas de préférence",
                "dès que possible",
                "nimporte quel moment",
                "n importe quel moment",
            ],
            TimeRule::Any,
        ),
    ],
    zones: &[
        (&["heure locale", "heure d ici"], ClockOf::Here),
        // They are words of French, too.
        (&["est", "cest"], ClockOf::Unclear),
        (&["heure de l est", "hne|hae"], ClockOf::Zone("America/Toronto")),
        (&["heure du pacifique"], ClockOf::Zone("America/Los_Angeles")),
        (&["heure de new york"], ClockOf::Zone("America/New_York")),
        (&["heure de france", "heure française"], ClockOf::Zone("Europe/Paris")),
        (&["heure de londres"], ClockOf::Zone("Europe/London")),
        (&["heure de lisbonne"], ClockOf::Zone("Europe/Lisbon")),
        (&["heure d espagne"], ClockOf::Zone("Europe/Madrid")),
        (&["temps universel"], ClockOf::Zone("UTC")),
    ],
    approximate_endings: &[],
    contrasts: &["mais"],
    fillers: &[
        "le",
        "la",
        "les",
        "l",
        "d",
        "un",
        "une",
        "en",
        "de",
        "du",
        "des",
        "à",
        "au",
        "aux",
        "dans",
        "pour",
        "pendant",
        "vers",
        "s il vous plaît",
        "sil vous plaît",
        "s il te plaît",
        "svp",
        "peut être",
        "éventuellement",
        "plutôt",
        "environ",
        "à peu près",
        "aux alentours de",
        "si possible",
        "merci",
        "je",
        "j",
        "voudrais",
        "veux",
        "aimerais",
        "souhaite",
        "préfère",
        "préférerais",
        "de préférence",
        "ce serait",
        "ça serait",
        "c est",
        "disons",
        "alors",
        "euh",
        "bon",
        "ben",
        "oui",
        "ok",
        "heure",
        "heures",
        "h",
        "jour",
        "date",
        "courant",
        "pile",
        "précises",
        "minutes",
        "vous",
        "auriez",
        "venir",
    ],
    day_examples: "aujourd'hui, demain, après-demain, un jour de la semaine (mardi, ce mardi, mardi prochain, mardi de la semaine \
                   prochaine), une date (3 décembre, le 15, 2026-11-24) ou plusieurs jours (la semaine prochaine, ce week-end, \
                   de lundi à mercredi)",
    part_examples: ["matin", "après-midi", "soir"],
    time_examples: "15:00, 15h30, trois heures et demie de l'après-midi, après 17 heures ou entre 14 et 16 heures",
};

/// `15 heures 30`, `9 heures du matin`, `midi 15`
fn clock_time(time: NaiveTime) -> String {
    let (hour, minute) = (time.hour(), time.minute());
    let minutes = if minute == 0 { String::new() } else { format!(" {minute}") };
    let heures = if hour < 2 { "heure" } else { "heures" };
    match (hour, minute) {
        (0, 0) => "minuit".into(),
        (12, _) => format!("midi{minutes}"),
        (1..=11, _) => format!("{hour} {heures}{minutes} du matin"),
        _ => format!("{hour} {heures}{minutes}"),
    }
}

/// `mardi 24 novembre`
fn day(date: NaiveDate) -> String {
    let day = if date.day() == 1 { "premier".to_owned() } else { date.day().to_string() };
    let weekday = WEEKDAYS[date.weekday().num_days_from_monday() as usize];
    format!("{weekday} {day} {}", MONTHS[date.month0() as usize])
}

/// Whether a word takes "d'" and "l'".
fn is_elided(word: &str) -> bool {
    plain(word).starts_with(['a', 'e', 'i', 'o', 'u', 'y'])
}

fn change_word(change: Change) -> &'static str {
    match change {
        Change::Cancelling => "annuler",
        Change::Moving => "déplacer le rendez-vous",
        Change::Either => "annuler ou déplacer le rendez-vous",
    }
}

impl Phrasebook for French {
    fn tag(&self) -> &'static str {
        "fr"
    }

    fn english_name(&self) -> &'static str {
        "French"
    }

    fn vocabulary(&self) -> &'static Vocabulary {
        &VOCABULARY
    }

    fn keywords(&self) -> Keywords {
        Keywords {
            stop: &["stop", "arret", "arreter", "desabonner", "me desabonner"],
            start: &["start", "reabonner", "me reabonner"],
            help: &["help", "aide"],
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        format!("le {}", day(date))
    }

    fn date_of_year(&self, date: NaiveDate) -> String {
        format!("{} {}", self.date(date), date.year())
    }

    fn weekday(&self, weekday: Weekday) -> &'static str {
        WEEKDAYS[weekday.num_days_from_monday() as usize]
    }

    fn at(&self, time: NaiveTime) -> String {
        format!("à {}", clock_time(time))
    }

    fn clock_of(&self, zone: Zone) -> String {
        let place = place(zone);
        let place = match place.as_str() {
            "Bogota" => "Bogota",
            "Mexico City" => "Mexico",
            "Montreal" => "Montréal",
            "London" => "Londres",
            "Brussels" => "Bruxelles",
            "Reunion" => "La Réunion",
            "Sao Paulo" => "São Paulo",
            other => other,
        };
        if is_elided(place) { format!("heure d'{place}") } else { format!("heure de {place}") }
    }

    fn list(&self, items: &[String], conjunction: Conjunction) -> String {
        list(
            items,
            match conjunction {
                Conjunction::And => "et",
                Conjunction::Or => "ou",
            },
        )
    }

    fn say(&self, said: &Said<'_>) -> String {
        match said {
            Said::OpenTimes { service, times } => format!("Pour {service}, il y a de la place {times}."),
            Said::MoreTimes => "Il y en a d'autres.".into(),
            Said::NoneOpen { service, why } => match why {
                NoTime::TooFar { last } => format!("{service} : la dernière date possible est {last}."),
                NoTime::TooSoon { soonest } => format!("{service} : le plus tôt possible est {soonest}."),
                NoTime::Nobody => format!("Personne ne propose {service} de cette façon."),
                NoTime::Passed => "Cette heure est déjà passée.".into(),
                NoTime::Skipped => {
                    "Cette heure n'existe pas ce jour-là : les horloges avancent et la sautent.".into()
                }
                NoTime::TooLong => format!("{service} : il ne reste pas assez de temps à ce moment-là."),
                NoTime::OffGrid => {
                    format!("{service} : les rendez-vous ne commencent pas à cette heure-là.")
                }
                NoTime::Away => format!("{service} : personne qui s'en charge n'est là à ce moment-là."),
                NoTime::Closed => format!("{service} : c'est fermé à ce moment-là."),
                NoTime::LimitReached => {
                    format!("{service} : plus aucun rendez-vous n'est pris à ce moment-là.")
                }
                NoTime::Full => format!("{service} : tout est pris à ce moment-là."),
            },
            Said::Booked { service, name, moment } => {
                format!("{service} : le rendez-vous est pris au nom de {name} pour {moment}.")
            }
            Said::Requested { service, name, moment } => {
                format!(
                    "{service} : le rendez-vous est demandé au nom de {name} pour {moment}. L'établissement le confirmera."
                )
            }
            Said::MoveRequested { service, moment } => {
                format!(
                    "{service} : le rendez-vous est demandé pour {moment}. L'établissement le confirmera."
                )
            }
            Said::Rescheduled { service, moment } => {
                format!("{service} : le rendez-vous est maintenant {moment}.")
            }
            Said::Cancelled { service, moment } => {
                format!("{service} : le rendez-vous prévu {moment} est annulé.")
            }
            Said::Fee { amount } => {
                format!("Cela coûte {amount}. Si la personne accepte, recommencez avec accept_fee.")
            }
            Said::StillOpen { times } => format!("Il reste de la place {times}."),
            Said::NothingElseOpen => {
                "Il n'y a rien d'autre de libre dans les prochaines semaines. Proposez de prendre un message."
                    .into()
            }
            Said::Appointment { service, moment, name: None } => format!("{service}, {moment}"),
            Said::Appointment { service, moment, name: Some(name) } => {
                format!("{service} pour {name}, {moment}")
            }
            Said::ToBeApproved => "à confirmer".into(),
            Said::Appointments { appointments } => format!("Rendez-vous trouvés : {appointments}."),
            Said::NoAppointments => "Aucun rendez-vous à venir avec ce numéro.".into(),
            Said::StaffTells => {
                "Seul le personnel renseigne sur les rendez-vous. On peut prendre un message.".into()
            }
            Said::StaffChanges => {
                "Seul le personnel déplace ou annule des rendez-vous. On peut prendre un message.".into()
            }
            Said::MessageTaken => "Le message a été transmis.".into(),
            Said::Waitlisted { service, name, number } => format!(
                "{name} est sur la liste d'attente pour {service}, à la place {number}. Dès qu'une place se libère, elle est gardée un \
                 moment et l'établissement prend contact."
            ),
            Said::KeptFor { service, name, moment } => {
                format!(
                    "{service} : une place est gardée au nom de {name}, {moment}. Il ne reste qu'à l'accepter."
                )
            }
            Said::OfferDeclined { service } => format!("{service} : la place gardée est rendue."),
            Said::Window { opens, closes } => {
                format!("de {} à {}", clock_time(*opens), clock_time(*closes))
            }
            Said::OpenAllDay => "ouvert toute la journée".into(),
            Said::Closed => "fermé".into(),
            Said::ClosedFor { reason } => format!("fermé ({reason})"),
            Said::ClosedUntil { last, reason: None } => format!("fermé jusqu'au {}", day(*last)),
            Said::ClosedUntil { last, reason: Some(reason) } => {
                format!("fermé jusqu'au {} : {reason}", day(*last))
            }
            Said::Holiday(holiday) => match holiday {
                Holiday::NewYear => "jour de l'An".into(),
                Holiday::GoodFriday => "Vendredi saint".into(),
                Holiday::EasterSunday => "dimanche de Pâques".into(),
                Holiday::EasterMonday => "lundi de Pâques".into(),
                Holiday::Christmas => "Noël".into(),
                Holiday::Other => "jour férié".into(),
            },
            Said::From { first } => format!("à partir du {}", day(*first)),
            Said::Until { last } => format!("jusqu'au {}", day(*last)),
            Said::FromUntil { first, last } => format!("du {} au {}", day(*first), day(*last)),
            Said::Service { name, lengths, price: None } => format!("{name} dure {lengths}."),
            Said::Service { name, lengths, price: Some(price) } => {
                format!("{name} dure {lengths} et coûte {price}.")
            }
            Said::Length { minutes } => length(*minutes, UNITS, "et"),
            Said::PricePerPerson { price } => format!("{price} par personne"),
            Said::Seats { seats } => format!("Jusqu'à {seats} personnes participent en même temps."),
            Said::LateChange { change, before, fee } => {
                let change = change_word(*change);
                match fee {
                    Some(fee) => format!("{change} moins de {before} avant coûte {fee}"),
                    None => format!("{change} moins de {before} avant n'est pas possible"),
                }
            }
            Said::NoShowFee { fee } => format!("ne pas venir coûte {fee}"),
            Said::AskedBefore { questions } => format!("Avant de réserver, on demande : {questions}"),
            Said::Services { names } => format!("Les prestations sont {names}."),
            Said::More { count } => format!("{count} de plus"),
            Said::Address { address } => format!("L'adresse est {address}"),
            Said::Weekdays { first, last } => {
                format!("du {} au {}", self.weekday(*first), self.weekday(*last))
            }
            Said::HoursOf { days, hours } => format!("{days} : {hours}"),
            Said::ExceptionalHours { dates } => format!("Exceptions : {dates}."),
            Said::BeforeClocksGoBack => "avant le changement d'heure".into(),
            Said::AfterClocksGoBack => "après le changement d'heure".into(),
            Said::NotSetUp => "Ce numéro n'est pas encore en service. Veuillez rappeler plus tard.".into(),
            Said::PuttingThrough => "Un instant, je vous passe quelqu'un.".into(),
            Said::NobodyAvailable => {
                "Personne ne peut répondre pour le moment. Je peux prendre un message.".into()
            }
            Said::AnswerErased => "Cette réponse a été effacée.".into(),
            Said::BookedTime => "Réservé".into(),
        }
    }

    fn refusal(&self, reason: Reason) -> &'static str {
        match reason {
            Reason::AgendaClassFull => "Il ne reste pas assez de places à cette heure.",
            Reason::QuotaLimitReached => {
                "Pour ces jours, il n'est plus possible de réserver cette prestation."
            }
            Reason::AgendaTimeTaken => "Ce créneau vient d'être pris.",
            Reason::AgendaHoldExpired | Reason::AppointmentHoldExpired => "Ce créneau n'est plus gardé.",
            Reason::AppointmentNotFound => "Ce rendez-vous n'existe pas.",
            Reason::AppointmentHoldNotFound => "Aucun créneau n'est gardé.",
            Reason::AppointmentHoldReleased => "Le créneau gardé a été rendu.",
            Reason::AppointmentHeldForWaitlist => {
                "Ce créneau est gardé pour quelqu'un de la liste d'attente."
            }
            Reason::AppointmentAlreadyBooked => "Ce rendez-vous est déjà pris.",
            Reason::AppointmentCancelled => "Ce rendez-vous a été annulé.",
            Reason::AppointmentAlreadyBegun => "Ce rendez-vous a déjà commencé.",
            Reason::AppointmentDeclined => "L'établissement a refusé ce rendez-vous.",
            Reason::AppointmentRequestExpired => "Cette demande n'a pas reçu de réponse à temps.",
            Reason::AppointmentTooLateToCancel => {
                "Il est trop tard pour annuler ce rendez-vous ; seul l'établissement peut encore le faire."
            }
            Reason::AppointmentTooLateToReschedule => {
                "Il est trop tard pour déplacer ce rendez-vous ; seul l'établissement peut encore le faire."
            }
            Reason::AppointmentFeeDue => "Aussi tard, cela entraîne des frais.",
            Reason::AppointmentBadAnswer => {
                "Il manque une réponse à une question de l'établissement, ou elle n'a pas la bonne forme."
            }
            Reason::AppointmentUnknownQuestion => "L'établissement ne demande pas cela.",
            Reason::AttendanceTooManyNoShows => "Seul l'établissement peut réserver pour cette personne.",
            Reason::AppointmentNotDisclosed => {
                "Ce rendez-vous n'est pas connu dans cet appel ; cherchez-le d'abord avec find_appointments."
            }
            Reason::CallTooManyToolCalls => "Trop de demandes ont été faites dans cet appel.",
            Reason::CallTooManyWrongProofs | Reason::WrongProofsTooMany => {
                "Il n'a pas été possible de vérifier qui appelle. Une personne de l'établissement prend le relais ; \
                 proposez de transférer l'appel ou de prendre un message."
            }
            Reason::ChangedSince => "Cela a changé entre-temps.",
            Reason::ContactPointTaken => {
                "Ce numéro de téléphone ou cette adresse électronique appartient à quelqu'un d'autre."
            }
            Reason::CustomerNotFound => "Cette personne n'est pas connue.",
            Reason::CustomerAlreadyRegistered => "Cette personne est déjà enregistrée.",
            Reason::CustomerOverlaps => {
                "Il y a un autre rendez-vous à ce nom à cette heure ; demandez si les deux sont voulus."
            }
            Reason::CustomerOverlapForbidden => "Il y a un autre rendez-vous à ce nom à cette heure.",
            Reason::CustomerUnreachable => {
                "Il faut un numéro de téléphone ou une adresse électronique ; demandez-en."
            }
            Reason::PersonErased => "Les données de cette personne ont été effacées.",
            Reason::ServiceNotFound => "Cette prestation n'existe pas.",
            Reason::ServiceRetired => "Cette prestation n'est plus proposée.",
            Reason::SlotInThePast => "Ce créneau est passé.",
            Reason::SlotNoLongerOffered => "Ce créneau n'est plus proposé.",
            Reason::SlotShortNotice => "C'est trop peu de temps à l'avance.",
            Reason::SlotTokenExpired => {
                "Cette proposition n'est plus valable ; demandez de nouveau les créneaux libres."
            }
            Reason::SlotTooFarAhead => "C'est trop longtemps à l'avance.",
            Reason::WaitlistFull => "La liste d'attente est pleine. Proposez de prendre un message.",
            Reason::WaitlistEntryNotFound => "Cette inscription sur la liste d'attente n'existe pas.",
            Reason::WaitlistEntryNotOffered => "La liste d'attente n'a encore rien proposé.",
            Reason::WaitlistEntryOfferLapsed => "Cette place n'est plus gardée.",
            Reason::WaitlistEntryAlreadyAccepted => {
                "Cette place est déjà acceptée ; c'est un rendez-vous maintenant."
            }
            Reason::WaitlistEntryEnded => "Cette inscription sur la liste d'attente n'existe plus.",
            Reason::WaitlistClosed => {
                "C'est fermé à ce moment-là ; demandez un autre jour ou une autre heure."
            }
            Reason::WaitlistBadWish => {
                "Il n'est pas possible d'attendre cela : cela ne se réserve pas ces jours-là, ou pas ainsi."
            }
            Reason::Other => "Ce n'est pas possible.",
        }
    }

    fn mistake(&self, mistake: &Mistake) -> String {
        match mistake {
            Mistake::Missing(name) => format!("il manque {name} ; demandez-le"),
            Mistake::UnknownArgument { name, known } => {
                format!("{name:?} n'est pas un paramètre de cet outil ; utilisez {}", self.list(known, Conjunction::Or))
            }
            Mistake::NotText(name) => format!("{name} : il faut un texte"),
            Mistake::NotYesNo(name) => format!("{name} : il faut true ou false"),
            Mistake::BadText { name, reason } => match reason {
                BadText::Empty => format!("{name} : il ne faut pas que ce soit vide"),
                BadText::TooLong { max, got } => {
                    format!("{name} : il faut au plus {max} caractères, il y en a {got}")
                }
                BadText::Control => format!("{name} : il ne faut pas de caractères de contrôle"),
            },
            Mistake::NotPhoneNumber(name) => {
                format!(
                    "{name} : ce n'est pas un numéro de téléphone ; il faut la forme internationale, comme +33123456789"
                )
            }
            Mistake::NobodysNumber(name) => {
                format!("{name} : ce numéro n'est celui de personne ; demandez le numéro de la personne qui appelle")
            }
            Mistake::PhoneExtension(name) => {
                format!("{name} : un numéro avec un poste ne peut pas être gardé ; demandez un numéro direct")
            }
            Mistake::NotEmail(name) => {
                format!("{name} : ce n'est pas une adresse électronique ; il faut la forme ada@example.com")
            }
            Mistake::NotAppointmentId(name) => {
                format!(
                    "{name} : copiez-le exactement de find_appointments ou book_appointment ; il commence par apt_"
                )
            }
            Mistake::NotWaitlistEntryId(name) => {
                format!(
                    "{name} : copiez-le exactement de find_appointments ou join_waitlist ; il commence par wle_"
                )
            }
            Mistake::NotAnswers(name) => {
                format!("{name} : donnez un objet avec l'id de chaque question et la réponse de la personne")
            }
            Mistake::NoToolCallId => "l'appel de l'outil n'a pas d'id ; rappelez l'outil avec un id".into(),
            Mistake::NotNumber(name) => format!("{name} : il faut un nombre entier"),
            Mistake::WithWhom(names) => format!("with : demandez avec qui : {}", self.list(names, Conjunction::Or)),
            Mistake::Length { offered, got } => {
                let offered: Vec<String> = offered.iter().map(u32::to_string).collect();
                format!("duration_minutes : c'est proposé pour {} minutes, pas pour {got} ; demandez laquelle", self.list(&offered, Conjunction::Or))
            }
            Mistake::Seats { max } => format!("seats : on peut en réserver de 1 à {max} ; demandez pour combien"),
            Mistake::NotAnObject => "les paramètres ne sont pas un objet JSON".into(),
            Mistake::NotJson => "les paramètres ne sont pas du JSON".into(),
            Mistake::Day(text) => {
                format!("day: {text:?} n'est pas un jour ; dites {}", VOCABULARY.day_examples)
            }
            Mistake::DayPassed(date) => format!("day: {} ({date}) est passé", self.date(*date)),
            Mistake::DayTooFar => "day: c'est trop loin".into(),
            Mistake::PartOfDay(text) => {
                format!(
                    "part_of_day: {text:?} n'est pas une partie de la journée ; dites {}",
                    VOCABULARY.part_examples.join(", ")
                )
            }
            Mistake::Time(text) => {
                format!("time: {text:?} n'est pas une heure ; dites {}", VOCABULARY.time_examples)
            }
            Mistake::Contradiction { one, other } => {
                format!("{one:?} et {other:?} ne vont pas ensemble ; demandez ce qui est souhaité")
            }
            Mistake::OtherWeekday { said, date } => {
                format!(
                    "day: {said:?} : cette date est {} ; demandez quel jour est souhaité",
                    self.date(*date)
                )
            }
            Mistake::WhichDate { said, one, other } => {
                format!(
                    "day: {said:?} peut être {} ou {} ; demandez ce qui est souhaité",
                    self.date(*one),
                    self.date(*other)
                )
            }
            Mistake::WhichTime { said, early, late } => {
                format!(
                    "time: {said:?} peut être {} ou {} ; demandez ce qui est souhaité",
                    clock_time(*early),
                    clock_time(*late)
                )
            }
            Mistake::NoAppointment(said) => {
                format!("{said:?} compte à partir d'un rendez-vous ; donnez son appointment_id, ou demandez le jour et l'heure")
            }
            Mistake::OtherClock(said) => {
                format!("time: {said:?} n'est pas l'heure de l'établissement ; demandez quelle heure il y est alors")
            }
            Mistake::NotWanted(said) => {
                format!("{said:?} dit ce qui n'est pas voulu ; demandez quel jour ou quelle heure est voulu")
            }
            Mistake::UnknownTool { name, tools } => {
                format!("l'outil {name:?} n'existe pas ; il y a {tools}")
            }
            Mistake::NoSlotToken => "il manque slot_token ; copiez-le de check_availability".into(),
            Mistake::NotSlotToken => {
                "slot_token : copiez-le exactement de check_availability ; celui-ci n'a pas été émis ici".into()
            }
            Mistake::Answer { id, question, reason } => {
                let reason = match reason {
                    BadAnswer::Missing => "la réponse manque".into(),
                    BadAnswer::NotYesNo => "la réponse doit être true ou false".into(),
                    BadAnswer::NotNumber { min, max } => {
                        format!("la réponse doit être un nombre entier de {min} à {max}")
                    }
                    BadAnswer::NotChoice { options } => {
                        format!("la réponse doit être {}", self.list(&texts(options), Conjunction::Or))
                    }
                };
                format!("answers.{id}: {reason}; demandez : {question}")
            }
            Mistake::WhichService(names) => {
                format!(
                    "service: demandez ce qui est souhaité : {}",
                    self.list(names, Conjunction::Or)
                )
            }
            Mistake::NoServices => {
                "l'établissement ne propose pas encore de prestations ; proposez de prendre un message".into()
            }
            Mistake::HiddenNumber => {
                "phone_number : le numéro de la personne est masqué ; demandez le numéro et le nom de la réservation".into()
            }
            Mistake::Refused(reason) => self.refusal(*reason).into(),
        }
    }
}
