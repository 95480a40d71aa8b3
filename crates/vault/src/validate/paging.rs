//! Finds the next page of a list, in each style of the catalog.

use serde_json::Value;
use url::Url;

use crate::authenticate::Extra;
use crate::catalog::{Answered, Paging, text_of};

/// Where the reading of a list stands.
pub struct Position<'a> {
    /// Of the first page: later ones that a server names must keep its origin.
    pub first_url: &'a Url,
    /// The page that was just read.
    pub url: &'a Url,
    pub pages: u64,
    pub items_on_page: usize,
}

pub enum Next {
    Page(Extra),
    End,
    /// The server names a page on another origin, or makes no sense.
    Refused,
}

pub fn next_page(paging: &Paging, answered: &Answered, position: &Position<'_>) -> Next {
    let at = |pointer: &str| answered.pointer(pointer);
    match paging {
        Paging::None {} => Next::End,
        Paging::LinkHeader { stop_attr } => {
            let links = answered.response.headers("link").flat_map(links);
            let next = links.filter(|link| link.is_next).find(|link| {
                stop_attr
                    .as_ref()
                    .is_none_or(|stop| !link.attributes.iter().any(|attribute| attribute == stop))
            });
            next.map_or(Next::End, |link| named_page(&link.url, position))
        }
        Paging::NextUrl { at: pointer } => match at(pointer).and_then(Value::as_str) {
            Some(url) if !url.is_empty() => named_page(url, position),
            _ => Next::End,
        },
        Paging::Cursor { at: pointer, param, form_param, json_param } => {
            let Some(cursor) = at(pointer).and_then(text_of).filter(|cursor| !cursor.is_empty()) else {
                return Next::End;
            };
            match (param, form_param, json_param) {
                (Some(name), _, _) => Next::Page(Extra::Query(name.clone(), cursor)),
                (_, Some(name), _) => Next::Page(Extra::Form(name.clone(), cursor)),
                (_, _, Some(name)) => Next::Page(Extra::Json(name.clone(), cursor)),
                _ => Next::End,
            }
        }
        Paging::HeaderCursor { header, param } => {
            match answered.header(header).filter(|cursor| !cursor.is_empty()) {
                Some(cursor) => Next::Page(Extra::Query(param.clone(), cursor.to_owned())),
                None => Next::End,
            }
        }
        Paging::Page { param, size, total_at } => {
            let total = at(total_at).and_then(Value::as_u64).unwrap_or(0);
            let is_last = position.items_on_page == 0 || position.pages.saturating_mul(*size) >= total;
            if is_last { Next::End } else { numbered(param, position.pages + 1) }
        }
        Paging::Offset { param, size, last_at, more_at, total_at } => {
            let read = position.pages.saturating_mul(*size);
            let flag = |pointer: &Option<String>| at(pointer.as_deref()?).and_then(Value::as_bool);
            let total = total_at.as_deref().and_then(at).and_then(Value::as_u64);
            // Without any of these nothing says that there is more.
            let is_last = match (flag(last_at), flag(more_at), total) {
                (Some(is_last), _, _) => is_last,
                (_, Some(has_more), _) => !has_more,
                (_, _, Some(total)) => read >= total,
                _ => true,
            };
            if is_last || position.items_on_page == 0 { Next::End } else { numbered(param, read) }
        }
    }
}

fn numbered(param: &str, number: u64) -> Next {
    Next::Page(Extra::Query(param.to_owned(), number.to_string()))
}

/// The credential is sent along, so the page must be on the same server.
fn named_page(text: &str, position: &Position<'_>) -> Next {
    match position.url.join(text) {
        Ok(url) if url.origin() == position.first_url.origin() && url.username().is_empty() => {
            Next::Page(Extra::Url(url))
        }
        _ => Next::Refused,
    }
}

struct Link {
    url: String,
    is_next: bool,
    /// As `name=value`, without quotation marks.
    attributes: Vec<String>,
}

/// The values of a Link header (RFC 8288 §3).
fn links(header: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = header;
    while let Some((url, after)) = rest.split_once('<').and_then(|(_, opened)| opened.split_once('>')) {
        let end = after.find('<').unwrap_or(after.len());
        let attributes: Vec<String> = after[..end]
            .split([';', ','])
            .map(|attribute| attribute.trim().replace('"', "").to_ascii_lowercase())
            .filter(|attribute| !attribute.is_empty())
            .collect();
        let is_next = attributes.iter().any(|attribute| {
            attribute
                .strip_prefix("rel=")
                .is_some_and(|rel| rel.split_whitespace().any(|word| word == "next"))
        });
        links.push(Link { url: url.to_owned(), is_next, attributes });
        rest = &after[end..];
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_headers_are_read() {
        let header = r#"<https://a/1?x=1,2>; rel="prev"; results="false", <https://a/3>; rel="last next"; results="true""#;
        let found = links(header);
        assert_eq!(found.len(), 2);
        assert!(!found[0].is_next && found[0].url == "https://a/1?x=1,2");
        assert!(found[1].is_next && found[1].attributes.contains(&"results=true".to_owned()));
        assert!(links("").is_empty() && links("<broken").is_empty());
    }
}
