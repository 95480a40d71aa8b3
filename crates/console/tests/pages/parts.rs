//! Parts of pages: fragments for the script, and the receipt in pieces.

use claviger_console::{Fragment, NodeState, Page};

use super::html::parse;
use super::samples::{self, credential_ends, credential_keys};

#[test]
fn streamed_receipt_is_the_whole_one() {
    let whole = credential_ends::receipt(credential_ends::confirmed());
    let mut streamed = credential_ends::receipt(None);
    let mut sent = streamed.head().expect("the head");
    assert!(sent.contains("Waiting for everyone") && !sent.contains("class=\"sum\""));
    for line in &whole.lines {
        sent.push_str(&streamed.line(line).expect("a line"));
    }
    streamed.end = whole.end.clone();
    sent.push_str(&streamed.tail().expect("the tail"));
    let without_marker = |html: &str| html.replace("<!--lines-->", "");
    assert_eq!(without_marker(&sent), without_marker(&whole.html().expect("the page")));
}

#[test]
fn receipt_says_nothing_before_it_is_true() {
    let waiting = credential_ends::receipt(None).html().expect("the page");
    for words in ["Revoked.", "confirmed.", "Ask everyone again"] {
        assert!(!waiting.contains(words), "{words}");
    }
    let failed = credential_ends::receipt(credential_ends::failed()).html().expect("the page");
    assert!(failed.contains("Revoked, but not confirmed by everyone yet.") && failed.contains("not yet"));
    assert!(!failed.contains("Everyone has confirmed"));
}

#[test]
fn attackers_node_cannot_end_the_head() {
    let mut page = credential_ends::receipt(None);
    page.name = "<!--lines-->".to_owned();
    page.revoked_by = "<!--lines-->".to_owned();
    assert!(page.head().expect("the head").ends_with("<ul>\n"));
    let line = credential_ends::line("<b>", NodeState::Silent);
    assert!(!page.line(&line).expect("a line").contains("<b>"));
}

#[test]
fn fragments_are_the_part_that_the_script_looks_for() {
    let mut dialogs = 0;
    for sample in samples::all() {
        let html = sample.page.html().expect("the page");
        for (fragment, mark) in
            [(Fragment::Dialog, "data-dialog-part"), (Fragment::Results, "id=\"results\"")]
        {
            let part = sample.page.fragment(fragment).expect("the fragment");
            if html.contains(mark) {
                dialogs += usize::from(fragment == Fragment::Dialog);
                assert!(part.starts_with("<div") && part.contains(mark), "{}: {part:.80}", sample.name);
                parse(&part).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
                assert!(html.contains(part.trim()), "{}: the part is not in the page", sample.name);
            } else {
                assert_eq!(part, html, "{}", sample.name);
            }
        }
    }
    assert!(dialogs > 5, "{dialogs} dialogs");
}

#[test]
fn first_use_ends_the_poll_once_it_happened() {
    let waiting = credential_keys::first_use(false).html().expect("the line");
    assert!(waiting.contains("data-poll=\"/console/acme/service-credentials/"));
    let works = credential_keys::first_use(true).html().expect("the line");
    assert!(!works.contains("data-poll") && works.contains("Works. First token at 18:41:07 UTC."));
    for line in [waiting, works] {
        assert!(line.contains("id=\"first-use\""), "{line}");
    }
}

#[test]
fn values_to_copy_are_those_of_the_credential() {
    let page = credential_keys::shown_once(false);
    let html = page.html().expect("the page");
    let shown = [
        ("client-key", &page.client_key),
        ("client-id", &page.id),
        ("realm-label", &page.frame.links.realm),
        ("token-endpoint", &page.token_endpoint),
    ];
    let elements = parse(&html).expect("sound HTML");
    for (id, value) in shown {
        let code = elements.iter().find(|element| element.attribute("id") == Some(id)).expect(id);
        assert_eq!(&code.text, value, "{id}");
    }
    // Beside what is shown: the fields of the download, and the command.
    assert_eq!(html.matches(&page.client_key).count(), 3);
}
