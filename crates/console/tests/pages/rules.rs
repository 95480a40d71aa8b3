//! What must hold on every page.

use claviger_console::{assets, find_asset};

use super::html::{Element, parse};
use super::samples;

/// Every sample, parsed.
fn pages() -> Vec<(&'static str, String, Vec<Element>)> {
    let pages = samples::all().into_iter().map(|sample| {
        let html = sample.page.html().unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        let elements = parse(&html).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        (sample.name, html, elements)
    });
    pages.collect()
}

#[test]
fn samples_have_names_of_their_own() {
    let mut names: Vec<&str> = samples::all().iter().map(|sample| sample.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn pages_are_documents_with_one_heading_and_a_title() {
    for (name, html, elements) in pages() {
        assert!(html.trim_start().starts_with("<!doctype html>"), "{name}");
        // A picture may have a title of its own.
        let in_picture =
            |element: &Element| element.around.iter().any(|around| elements[*around].name == "svg");
        let of = |tag: &str| {
            elements.iter().filter(|element| element.name == tag && !in_picture(element)).collect::<Vec<_>>()
        };
        for tag in ["html", "head", "body", "main", "title", "h1"] {
            assert_eq!(of(tag).len(), 1, "{name}: <{tag}>");
        }
        assert!(!of("h1")[0].text.trim().is_empty(), "{name}: an empty heading");
        let title = &of("title")[0].text;
        assert!(title.contains(" · ") && !title.starts_with(' ') && !title.ends_with(' '), "{name}: {title}");
    }
}

#[test]
fn nothing_needs_a_looser_content_security_policy() {
    for (name, _, elements) in pages() {
        for element in &elements {
            assert_ne!(element.name, "style", "{name}");
            assert!(
                element.name != "script" || (element.attribute("src").is_some() && element.text.is_empty()),
                "{name}: an inline script"
            );
            for (attribute, value) in &element.attributes {
                assert_ne!(attribute, "style", "{name}: <{}>", element.name);
                assert!(!attribute.starts_with("on"), "{name}: {attribute} of <{}>", element.name);
                assert!(!value.starts_with("javascript:"), "{name}: {value}");
            }
        }
    }
}

#[test]
fn addresses_are_filled_in_and_lead_below_the_console() {
    for (name, _, elements) in pages() {
        for element in &elements {
            for attribute in ["href", "src", "action", "formaction", "data-poll"] {
                let Some(value) = element.attribute(attribute) else { continue };
                let own_page = value.strip_prefix('#').is_some_and(|id| has_id(&elements, id));
                let ours = value.starts_with("/console/") || ["/health/ready", "/api/docs"].contains(&value);
                let to_command_line =
                    name.starts_with("command-line") && is_loopback(element.name.as_str(), value);
                assert!(
                    own_page || ours || to_command_line,
                    "{name}: {attribute}={value:?} of <{}>",
                    element.name
                );
                assert!(to_command_line || !value.contains("//"), "{name}: {value}");
            }
        }
    }
}

#[test]
fn assets_and_symbols_exist() {
    let icons = assets().iter().find(|asset| asset.name.starts_with("icons.")).expect("the sprite");
    let sprite = std::str::from_utf8(icons.bytes).expect("UTF-8");
    for (name, _, elements) in pages() {
        for element in &elements {
            let address = element.attribute("href").or_else(|| element.attribute("src")).unwrap_or_default();
            let Some(asset) = address.strip_prefix("/console/assets/") else { continue };
            let (asset, symbol) = asset.split_once('#').unwrap_or((asset, ""));
            assert!(find_asset(asset).is_some(), "{name}: {asset}");
            let exists = symbol.is_empty() || sprite.contains(&format!("id=\"{symbol}\""));
            assert!(exists, "{name}: no symbol {symbol:?}");
        }
    }
}

#[test]
fn forms_that_post_carry_the_token_and_others_do_not() {
    for (name, _, elements) in pages() {
        for (index, form) in elements.iter().enumerate().filter(|(_, element)| element.name == "form") {
            let tokens = elements.iter().filter(|element| {
                element.around.contains(&index)
                    && element.attribute("name") == Some("csrf")
                    && element.attribute("value") == Some("sample-token")
            });
            let wanted = usize::from(form.attribute("method") == Some("post"));
            assert_eq!(tokens.count(), wanted, "{name}: form to {:?}", form.attribute("action"));
            assert!(form.attribute("action").is_some(), "{name}: a form without an action");
            let nested = form.around.iter().any(|around| elements[*around].name == "form");
            assert!(!nested, "{name}: a form inside of a form");
        }
    }
}

#[test]
fn ids_are_unique_and_references_lead_to_them() {
    for (name, _, elements) in pages() {
        for element in &elements {
            if let Some(id) = element.attribute("id") {
                let same = elements.iter().filter(|other| other.attribute("id") == Some(id)).count();
                assert_eq!(same, 1, "{name}: id {id}");
            }
            for attribute in ["for", "aria-labelledby", "aria-describedby", "popovertarget"] {
                for id in element.attribute(attribute).unwrap_or_default().split_whitespace() {
                    assert!(has_id(&elements, id), "{name}: {attribute}={id}");
                }
            }
        }
    }
}

#[test]
fn controls_have_names() {
    for (name, _, elements) in pages() {
        for element in &elements {
            let labeled =
                |attribute| element.attribute(attribute).is_some_and(|words| !words.trim().is_empty());
            let ok = match element.name.as_str() {
                "a" | "button" => !element.text.trim().is_empty() || labeled("aria-label"),
                "input" if element.attribute("type") == Some("hidden") => true,
                "input" | "select" | "textarea" => {
                    let inside = element.around.iter().any(|around| elements[*around].name == "label");
                    let id = element.attribute("id");
                    let beside = elements.iter().any(|label| id.is_some() && label.attribute("for") == id);
                    inside || beside || labeled("aria-label")
                }
                _ => true,
            };
            assert!(ok, "{name}: <{}> {:?} has no name", element.name, element.attributes);
        }
    }
}

/// A link to the machine of the browser, at a port: never another host, nor a form.
fn is_loopback(element: &str, address: &str) -> bool {
    let rest = address.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.split_once("/?"));
    element == "a" && rest.is_some_and(|(port, query)| port.parse::<u16>().is_ok() && !query.contains('/'))
}

fn has_id(elements: &[Element], id: &str) -> bool {
    elements.iter().any(|element| element.attribute("id") == Some(id))
}
