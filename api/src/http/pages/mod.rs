//! The pages of a deployment: `/`, the reference of the API at `/docs`, the guides at `/docs/<guide>`.
//!
//! They are rendered once a process and compressed when somebody first asks for them so. They bring everything
//! with them: no page asks another host for anything, and what is not a file of ours is not carried out
//! (`Content-Security-Policy`).

mod guides;
mod html;
mod markdown;
mod page;
mod reference;

use std::sync::{Arc, OnceLock};

use poem::{Route, get};
use serde_json::{Value, json};

use self::guides::GUIDES;
use self::html::{Content, Place, Text};
use self::page::{At, HTML, Page};

const LAYOUT: &str = include_str!("../../../pages/layout.html");
const HOME: &str = include_str!("../../../pages/home.md");
/// What pages are made of, by its address.
const ASSETS: &[(&str, &str, &str)] = &[
    ("/docs/assets/style.css", "text/css; charset=utf-8", include_str!("../../../pages/style.css")),
    ("/docs/assets/search.js", "text/javascript; charset=utf-8", include_str!("../../../pages/search.js")),
    ("/docs/assets/try.js", "text/javascript; charset=utf-8", include_str!("../../../pages/try.js")),
    ("/docs/assets/icon.svg", "image/svg+xml", include_str!("../../../pages/icon.svg")),
];

/// An address for each page.
pub fn routes(route: Route, document: &Value) -> Route {
    static PAGES: OnceLock<Vec<Arc<Page>>> = OnceLock::new();
    // There is one document a process. Only tests show it on several days.
    let pages = PAGES.get_or_init(|| render(document));
    let openapi = Arc::new(Page::new("/openapi.json", "application/json", super::document::text(document)));
    pages.iter().chain([&openapi]).fold(route, |route, page| route.at(&page.path, get(At(page.clone()))))
}

fn render(document: &Value) -> Vec<Arc<Page>> {
    let home = markdown::page(HOME, guides::target);
    let mut contents = vec![("/".to_owned(), home), ("/docs".to_owned(), reference::page(document))];
    contents.extend(GUIDES.iter().map(|guide| (guide.path(), guide.content())));
    let pages =
        contents.iter().map(|(path, content)| Page::new(path, HTML, laid_out(path, content, &contents)));
    let assets = ASSETS.iter().map(|(path, kind, text)| Page::new(*path, kind, *text));
    let index = Page::new("/docs/assets/search.json", "application/json", index(&contents).to_string());
    pages.chain(assets).chain([index]).map(Arc::new).collect()
}

/// A page with its head, and with a menu of all.
fn laid_out(path: &str, content: &Content, all: &[(String, Content)]) -> String {
    let menu: String = all.iter().map(|(other, content)| entry(other, content, other == path)).collect();
    let mut whole = LAYOUT.to_owned();
    // The content last: nothing in it is taken for a place.
    for (name, html) in [
        ("{{title}}", Text(&content.title).to_string()),
        ("{{script}}", script(path).to_owned()),
        ("{{menu}}", menu),
        ("{{content}}", content.html.clone()),
    ] {
        whole = whole.replacen(name, &html, 1);
    }
    whole
}

fn script(path: &str) -> &'static str {
    if path == "/docs" { "<script src=\"/docs/assets/try.js\" defer></script>" } else { "" }
}

/// A page in the menu; of the one that is shown, its headings, too.
fn entry(path: &str, content: &Content, is_shown: bool) -> String {
    let title = Text(&content.title);
    if !is_shown {
        return format!("<li><a href=\"{path}\">{title}</a></li>\n");
    }
    let heading =
        |place: &Place| format!("<li><a href=\"#{}\">{}</a></li>\n", Text(&place.anchor), Text(&place.name));
    let headings: String = content.places.iter().filter(|place| place.level == 2).map(heading).collect();
    format!("<li><a href=\"{path}\" aria-current=\"page\">{title}</a>\n<ul>\n{headings}</ul></li>\n")
}

/// What the search looks through: each heading with its page and the text below it.
fn index(contents: &[(String, Content)]) -> Value {
    let places = contents.iter().flat_map(|(path, content)| {
        content.places.iter().map(move |place| {
            json!({ "at": format!("{path}#{}", place.anchor), "page": content.title, "name": place.name, "text": place.text })
        })
    });
    places.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> Vec<Arc<Page>> {
        render(&serde_json::from_str(&crate::http::document()).expect("a document"))
    }

    /// The values of an attribute.
    fn attribute<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
        let parts: Vec<_> = html.split(&format!(" {name}=\"")).skip(1).collect();
        parts.into_iter().filter_map(|rest| rest.split('"').next())
    }

    #[tokio::test]
    async fn every_link_of_a_page_leads_somewhere_and_nothing_comes_from_elsewhere() {
        let pages = pages();
        let served = ["/api/v1/health", "/readyz", "/metrics", "/openapi.json"];
        let mut seen = 0;
        for page in pages.iter().filter(|page| page.kind == HTML) {
            let html = std::str::from_utf8(&page.body).expect("a text");
            for link in attribute(html, "href").filter(|link| !link.starts_with('#')) {
                let path = link.split('#').next().expect("a path");
                let is_here = pages.iter().any(|page| page.path == path) || served.contains(&path);
                assert!(is_here || link.starts_with("https://"), "{} links to {link}", page.path);
                seen += 1;
            }
            assert!(
                attribute(html, "src").all(|source| source.starts_with("/docs/assets/")),
                "{}",
                page.path
            );
            assert!(
                !html.contains("<style") && !html.contains(" style=\"") && !html.contains("{{"),
                "{}",
                page.path
            );
        }
        assert!(seen > 100, "{seen} links");
    }

    #[tokio::test]
    async fn an_anchor_stands_once_on_its_page() {
        for page in pages().iter().filter(|page| page.kind == HTML) {
            let html = std::str::from_utf8(&page.body).expect("a text");
            let mut anchors: Vec<_> = attribute(html, "id").collect();
            anchors.sort_unstable();
            let count = anchors.len();
            anchors.dedup();
            assert_eq!(anchors.len(), count, "{}", page.path);
        }
    }
}
