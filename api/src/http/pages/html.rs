//! Texts in HTML.

use std::fmt;

/// A text, so that it is shown as it is: between tags, and in attributes.
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (plain, special) = rest.split_at(at);
            f.write_str(plain)?;
            f.write_str(match special.as_bytes().first() {
                Some(b'&') => "&amp;",
                Some(b'<') => "&lt;",
                Some(b'>') => "&gt;",
                Some(b'"') => "&quot;",
                _ => "&#39;",
            })?;
            rest = &special[1..];
        }
        f.write_str(rest)
    }
}

/// A place on a page that a heading or a menu names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub anchor: String,
    pub name: String,
    /// 1 for the page itself.
    pub level: u8,
    /// What is to be found there, for the search.
    pub text: String,
}

/// What stands between the head and the foot of a page.
#[derive(Debug, Clone)]
pub struct Content {
    pub title: String,
    pub html: String,
    pub places: Vec<Place>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_markup() {
        let text = Text("<a href=\"x\" title='y'>é & z</a>").to_string();
        assert_eq!(text, "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;é &amp; z&lt;/a&gt;");
        assert_eq!(Text("plain").to_string(), "plain");
    }
}
