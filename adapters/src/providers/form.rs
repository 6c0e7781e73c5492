//! Forms and queries: `application/x-www-form-urlencoded`
//! (<https://url.spec.whatwg.org/#urlencoded-parsing>), and nothing but UTF-8 in them.

use percent_encoding::percent_decode;

use super::provider::BadMessage;

/// The names and values, in order.
pub fn parse(body: &[u8]) -> Result<Vec<(String, String)>, BadMessage> {
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let decoded = |text: &[u8]| {
        let text: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        // No text of PostgreSQL can hold NUL, and none of a person does.
        let decoded = percent_decode(&text).decode_utf8().map(|text| text.replace('\0', ""));
        decoded.map_err(|_| BadMessage("the form is not in UTF-8".into()))
    };
    let pair = |pair: &[u8]| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        Ok((decoded(&pair[..at])?, decoded(pair.get(at + 1..).unwrap_or_default())?))
    };
    pairs.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded_once() {
        let parsed = |text: &str| {
            let pairs = parse(text.as_bytes()).expect("a form");
            pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        assert_eq!(parsed("From=%2B1555&Body=a+b%20c%2Bd&x"), ["From=+1555", "Body=a b c+d", "x="]);
        assert_eq!(parsed("a=1&&a=2=3&"), ["a=1", "a=2=3"]);
        assert_eq!(parsed("City=S%C3%A3o&Odd=%2"), ["City=São", "Odd=%2"]);
        assert_eq!(parsed("a=%00b&%00c"), ["a=b", "c="]);
        assert!(parsed("").is_empty());
        assert!(parse(b"Body=%C3%28").is_err() && parse(b"Body=\xff").is_err());
    }
}
