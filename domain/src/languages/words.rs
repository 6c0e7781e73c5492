//! The words of what was said: lower case, without accents and punctuation, numbers apart from letters.
//!
//! `3:30`, `3.30`, `3/12/2026` and dates in ISO 8601 stay whole. `1,5` is `1.5`. A hyphen beside a number is a word
//! (`10-12`). Between letters it may be part of a name (`segunda-feira`) or stand for "to" (`mon-fri`).

/// What a hyphen between letters is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hyphen {
    Space,
    Word,
}

/// A letter without its accent.
pub fn folded(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        '°' => 'º',
        'ñ' => 'n',
        'ç' => 'c',
        '‐' | '‑' | '–' | '—' | '−' => '-',
        '’' | '‘' | 'ʼ' | '´' | '`' => '\'',
        other => other,
    }
}

/// Whether a word is the one that a phrase has, accents aside.
pub fn is_word(word: &str, of_phrase: &str) -> bool {
    word.chars().eq(of_phrase.chars().map(folded))
}

/// Marks that separate words and say nothing.
const SEPARATORS: &str = ",;!?¡¿\"()[]{}<>«»“”„…*_~|";

/// Accents that stand after their letter, and letters of no width.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// A text in plain words.
pub fn plain(text: &str) -> String {
    words(text, Hyphen::Space).join(" ")
}

pub fn words(text: &str, hyphen: Hyphen) -> Vec<String> {
    let text: String =
        text.to_lowercase().chars().filter(|letter| !is_invisible(*letter)).map(folded).collect();
    let text = with_decimal_points(&text);
    let mut words = Vec::new();
    for chunk in text.split(|letter: char| letter.is_whitespace() || SEPARATORS.contains(letter)) {
        match whole(chunk) {
            Some(word) => words.push(word),
            None => split(chunk, hyphen, &mut words),
        }
    }
    words
}

/// With a point for a comma between digits, unless three or more follow: those are thousands, or a year.
fn with_decimal_points(text: &str) -> String {
    let is_after_digit = |before: &str| before.ends_with(|letter: char| letter.is_ascii_digit());
    let decimals = |after: &str| after.bytes().take_while(u8::is_ascii_digit).count();
    let mut parts = text.split(',');
    let mut joined = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_decimal = is_after_digit(&joined) && (1..=2).contains(&decimals(part));
        joined.push(if is_decimal { '.' } else { ',' });
        joined.push_str(part);
    }
    joined
}

/// A date in digits, as it is written: `2026-12-03`, `2026-12-03t15:00:00z`, and `3-12-2026` as `3/12/2026`.
fn whole(chunk: &str) -> Option<String> {
    let chunk = chunk.trim_end_matches(['.', ':', '\'']);
    let digits = |part: &str, counts: &[usize]| {
        counts.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if let [year, month, day] = chunk.splitn(3, '-').collect::<Vec<_>>()[..]
        && digits(year, &[4])
        && digits(month, &[2])
        && day.get(..2).is_some_and(|day| digits(day, &[2]))
        && (day.len() == 2 || day.as_bytes().get(2) == Some(&b't'))
    {
        return Some(chunk.to_owned());
    }
    let parts: Vec<&str> = chunk.split(['-', '/', '.']).collect();
    match parts[..] {
        [one, other, year] if digits(one, &[1, 2]) && digits(other, &[1, 2]) && digits(year, &[2, 4]) => {
            Some(parts.join("/"))
        }
        [year, month, day] if digits(year, &[4]) && digits(month, &[1, 2]) && digits(day, &[1, 2]) => {
            Some(format!("{year}-{month:0>2}-{day:0>2}"))
        }
        _ => None,
    }
}

fn split(chunk: &str, hyphen: Hyphen, words: &mut Vec<String>) {
    let letters: Vec<char> = chunk.chars().collect();
    let mut word = String::new();
    let mut finish = |word: &mut String| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    for (place, letter) in letters.iter().copied().enumerate() {
        let next = letters.get(place + 1).copied().unwrap_or(' ');
        let is_number = word.starts_with(|first: char| first.is_ascii_digit());
        let is_within_number = is_number && next.is_ascii_digit();
        match letter {
            ':' | '/' | '.' if is_within_number => word.push(letter),
            // "p.m." is one word.
            '.' => {}
            ':' | '/' => finish(&mut word),
            '-' => {
                finish(&mut word);
                let is_lone = chunk.len() == 1;
                if is_number || next.is_ascii_digit() || is_lone || hyphen == Hyphen::Word {
                    word.push('-');
                    finish(&mut word);
                }
            }
            // "l'apres-midi" are two words, "new year's" has none more.
            '\'' if word.chars().count() == 1 => finish(&mut word),
            '\'' => {}
            letter if letter.is_alphanumeric() => {
                if !word.is_empty() && is_number != letter.is_ascii_digit() {
                    finish(&mut word);
                }
                word.push(letter);
            }
            sign => {
                finish(&mut word);
                word.push(sign);
                finish(&mut word);
            }
        }
    }
    finish(&mut word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_however_they_are_written() {
        for (text, expected) in [
            ("TOMORROW!", "tomorrow"),
            ("  Mañana,   por favor. ", "manana por favor"),
            ("man\u{303}ana", "manana"),
            ("3 o’clock", "3 o clock"),
            ("New Year's Eve", "new years eve"),
            ("l’après-midi", "l apres midi"),
            ("aujourd'hui", "aujourdhui"),
            ("3p.m.", "3 pm"),
            ("3.30 p. m.", "3.30 p m"),
            ("15h30", "15 h 30"),
            ("10-12", "10 - 12"),
            ("9am–5pm", "9 am - 5 pm"),
            ("twenty-first", "twenty first"),
            ("1º", "1 º"),
            ("2026-12-03", "2026-12-03"),
            ("2026-12-03T15:00:00-05:00", "2026-12-03t15:00:00-05:00"),
            ("3-12-2026", "3/12/2026"),
            ("03.12.2026", "03/12/2026"),
            ("2026/12/3.", "2026-12-03"),
            ("3/12", "3/12"),
            ("1,5 horas", "1.5 horas"),
            ("3, 4", "3 4"),
            ("december 3,2026", "december 3 2026"),
            ("mon/tue", "mon tue"),
            ("3€", "3 €"),
        ] {
            assert_eq!(words(text, Hyphen::Space).join(" "), expected, "{text}");
        }
        assert_eq!(words("mon-fri", Hyphen::Word), ["mon", "-", "fri"]);
    }
}
