//! Markdown as HTML: headings that can be led to, links between guides, code and tables that can be scrolled.

use std::collections::BTreeMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::html::{Content, Place, Text};

/// A page. `link` says where the target of a link is on this site; what it does not know stays a text.
pub fn page(markdown: &str, link: impl Fn(&str) -> Option<String>) -> Content {
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
    let mut anchors = Anchors::default();
    let mut places: Vec<Place> = Vec::new();
    let mut shown = Vec::with_capacity(events.len());
    let mut leads = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let name = words(&events[at..], |end| matches!(end, TagEnd::Heading(_)));
                let anchor = anchors.of(&name);
                shown.push(raw(format!("<{level} id=\"{}\">", Text(&anchor))));
                places.push(Place { anchor, name, level: depth(*level), text: String::new() });
            }
            Event::End(TagEnd::Heading(level)) => {
                let here = places.last().map(|place| place.anchor.clone()).unwrap_or_default();
                shown.push(raw(format!(
                    " <a class=\"anchor\" href=\"#{}\" aria-hidden=\"true\" tabindex=\"-1\">#</a></{level}>\n",
                    Text(&here)
                )));
            }
            Event::Start(Tag::CodeBlock(_)) => shown.push(raw("<pre tabindex=\"0\"><code>".to_owned())),
            Event::End(TagEnd::CodeBlock) => shown.push(raw("</code></pre>\n".to_owned())),
            Event::Start(Tag::Table(_)) => {
                shown.extend([raw("<div class=\"table\" tabindex=\"0\">".to_owned()), event.clone()]);
            }
            Event::End(TagEnd::Table) => shown.extend([event.clone(), raw("</div>".to_owned())]),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let target = link(dest_url);
                leads.push(target.is_some());
                shown.extend(target.map(|target| raw(format!("<a href=\"{}\">", Text(&target)))));
            }
            Event::End(TagEnd::Link) => {
                shown.extend(leads.pop().unwrap_or_default().then(|| raw("</a>".to_owned())));
            }
            // There is none, and there shall be none.
            Event::Html(text) | Event::InlineHtml(text) => shown.push(Event::Text(text.clone())),
            Event::Text(text) | Event::Code(text) => {
                if let Some(place) = places.last_mut() {
                    place.text.push_str(text);
                }
                shown.push(event.clone());
            }
            other => {
                if let Some(place) = places.last_mut() {
                    place.text.push(' ');
                }
                shown.push(other.clone());
            }
        }
    }
    let mut written = String::new();
    html::push_html(&mut written, shown.into_iter());
    for place in &mut places {
        place.text = place.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let title = places.first().map(|place| place.name.clone()).unwrap_or_default();
    Content { title, html: written, places }
}

/// A description of one or several sentences. A single paragraph comes without its tags.
pub fn description(markdown: &str) -> String {
    let html = page(markdown, |target| Some(target.to_owned())).html;
    let html = html.trim();
    let inner = html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    inner.filter(|inner| !inner.contains("<p>")).unwrap_or(html).to_owned()
}

fn raw(html: String) -> Event<'static> {
    Event::Html(CowStr::from(html))
}

/// The words of the element that begins here.
fn words(events: &[Event<'_>], ends: impl Fn(&TagEnd) -> bool) -> String {
    let inside = events.iter().take_while(|event| !matches!(event, Event::End(end) if ends(end)));
    inside
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
            Event::SoftBreak => Some(" "),
            _ => None,
        })
        .collect()
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// The anchors of a page, as GitHub makes them: links that work there work here.
#[derive(Debug, Default)]
struct Anchors(BTreeMap<String, usize>);

impl Anchors {
    fn of(&mut self, heading: &str) -> String {
        let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        let slug: String = kept
            .flat_map(char::to_lowercase)
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect();
        let count = self.0.entry(slug.clone()).or_default();
        *count += 1;
        match *count {
            1 => slug,
            count => format!("{slug}-{}", count - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markdown: &str) -> Content {
        page(markdown, |target| (target == "known.md").then(|| "/docs/known".to_owned()))
    }

    #[test]
    fn headings_have_anchors_as_elsewhere() {
        let content = shown("# A `b`, c\n\n## slot-in-the-past\ntext\n\n## A b c\n### A b c");
        let anchors: Vec<_> =
            content.places.iter().map(|place| (place.anchor.as_str(), place.level)).collect();
        assert_eq!(anchors, [("a-b-c", 1), ("slot-in-the-past", 2), ("a-b-c-1", 2), ("a-b-c-2", 3)]);
        assert_eq!(
            (content.title.as_str(), content.places[1].text.as_str()),
            ("A b, c", "slot-in-the-past text")
        );
        assert!(content.html.contains("<h2 id=\"slot-in-the-past\">slot-in-the-past <a"), "{}", content.html);
    }

    #[test]
    fn links_lead_to_what_is_on_the_site_and_to_nothing_else() {
        let html = shown("[one](known.md) and [`two`](../src/x.rs)").html;
        assert_eq!(html, "<p><a href=\"/docs/known\">one</a> and <code>two</code></p>\n");
    }

    #[test]
    fn markup_is_shown_and_not_carried_out() {
        let html = shown("a <script>alert(1)</script> b\n\n<iframe src=x>\n\n`<b>`").html;
        assert!(!html.contains("<script") && !html.contains("<iframe") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn a_description_of_one_paragraph_stands_in_a_line() {
        assert_eq!(description("As *it* was."), "As <em>it</em> was.");
        assert_eq!(description("One.\n\nTwo."), "<p>One.</p>\n<p>Two.</p>");
    }
}
