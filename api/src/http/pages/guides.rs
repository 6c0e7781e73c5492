//! The guides: pages of docs/, and of the files beside it, as HTML.

use super::html::Content;
use super::markdown;

/// A guide on the site.
#[derive(Debug)]
pub struct Guide {
    /// Its address is `/docs/<slug>`.
    pub slug: &'static str,
    /// By this name other pages lead to it.
    pub file: &'static str,
    markdown: &'static str,
    /// Only what stands under this heading, until the next of its kind; under a title of its own.
    section: Option<(&'static str, &'static str)>,
}

macro_rules! guide {
    ($slug:literal, $file:literal, $path:literal, $section:expr) => {
        Guide {
            slug: $slug,
            file: $file,
            markdown: include_str!(concat!("../../../../", $path)),
            section: $section,
        }
    };
    ($slug:literal, $file:literal, $path:literal) => {
        guide!($slug, $file, $path, None)
    };
}

/// In the order in which a newcomer needs them.
pub const GUIDES: &[Guide] = &[
    guide!("quick-start", "README.md", "README.md", Some(("Quick start", "The first five minutes"))),
    guide!("tour", "TOUR.md", "docs/TOUR.md"),
    guide!("http", "HTTP.md", "docs/HTTP.md"),
    guide!("webhooks", "webhooks.md", "docs/webhooks.md"),
    guide!("callers", "CALLERS.md", "docs/CALLERS.md"),
    guide!("problems", "problems.md", "docs/problems.md"),
    guide!("configuration", "CONFIGURATION.md", "docs/CONFIGURATION.md"),
    guide!("deployment", "DEPLOYMENT.md", "docs/DEPLOYMENT.md"),
    guide!("logging", "LOGGING.md", "docs/LOGGING.md"),
    guide!("security", "SECURITY.md", "SECURITY.md"),
];

impl Guide {
    pub fn content(&self) -> Content {
        match self.section {
            None => markdown::page(self.markdown, target),
            Some((title, heading)) => {
                let section = section(self.markdown, heading).unwrap_or_default();
                markdown::page(&format!("# {title}\n{section}"), target)
            }
        }
    }

    pub fn path(&self) -> String {
        format!("/docs/{}", self.slug)
    }
}

fn section<'a>(markdown: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = markdown.split_once(&format!("\n## {heading}\n"))?;
    rest.split("\n## ").next()
}

/// Where a link of a guide leads to on the site.
pub fn target(link: &str) -> Option<String> {
    if link.starts_with("https://") || link.starts_with('#') || link.starts_with('/') {
        return Some(link.to_owned());
    }
    let (path, anchor) =
        link.split_once('#').map_or((link, String::new()), |(path, anchor)| (path, format!("#{anchor}")));
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "openapi.json" {
        return Some("/openapi.json".to_owned());
    }
    let guide = GUIDES.iter().find(|guide| guide.file == name)?;
    Some(format!("{}{anchor}", guide.path()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_link_to_a_guide_jumps_to_what_is_there() {
        let contents: Vec<_> = GUIDES.iter().map(|guide| (guide.path(), guide.content())).collect();
        let anchors: BTreeSet<String> = contents
            .iter()
            .flat_map(|(path, content)| {
                content.places.iter().map(move |place| format!("{path}#{}", place.anchor))
            })
            .collect();
        let mut links = 0;
        for (path, content) in &contents {
            assert!(content.html.len() > 1_000, "{path} is empty");
            for link in content.html.split("<a href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let here = if link.starts_with('#') { format!("{path}{link}") } else { link.to_owned() };
                if here.starts_with("/docs") && here.contains('#') {
                    assert!(anchors.contains(&here), "{path} links to {here}");
                }
                links += 1;
            }
        }
        assert!(links > 20, "{links} links");
    }

    #[test]
    fn every_kind_of_problem_can_be_jumped_to() {
        let problems = GUIDES.iter().find(|guide| guide.slug == "problems").expect("a guide").content();
        let headings = include_str!("../../../../docs/problems.md").lines();
        for slug in headings.filter_map(|line| line.strip_prefix("### ")) {
            assert!(problems.places.iter().any(|place| place.anchor == slug), "{slug}");
        }
    }

    #[test]
    fn links_between_files_become_links_between_guides() {
        for (link, expected) in [
            ("../README.md", Some("/docs/quick-start")),
            ("problems.md#busy", Some("/docs/problems#busy")),
            ("docs/CONFIGURATION.md", Some("/docs/configuration")),
            ("openapi.json", Some("/openapi.json")),
            ("https://vapi.ai", Some("https://vapi.ai")),
            ("decisions/0019-rooms.md", None),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(target(link).as_deref(), expected, "{link}");
        }
    }
}
