//! Names that strangers chose: they are shown as they are, and are nothing but text.

use super::html::parse;
use super::samples;

const NAMES: [&str; 5] = [
    "\"><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "</title></textarea></pre><img src=x>",
    "\u{5d0}\u{5d1} {{ 7 * 7 }} &amp; &lt;",
    "javascript:alert(1)//\\`${1}",
];

#[test]
fn names_are_text_whatever_they_are() {
    for name in NAMES {
        let mut shown = 0;
        for sample in samples::all_named(name) {
            let html = sample.page.html().unwrap_or_else(|error| panic!("{}: {error}", sample.name));
            let elements =
                parse(&html).unwrap_or_else(|error| panic!("{} with {name:?}: {error}", sample.name));
            for element in &elements {
                assert!(element.name != "script" || element.text.is_empty(), "{}", sample.name);
                assert_ne!(element.attribute("src"), Some("x"), "{}", sample.name);
                for (attribute, value) in &element.attributes {
                    assert!(!attribute.starts_with("on"), "{}: {attribute}", sample.name);
                    let address = ["href", "action", "src", "formaction"].contains(&attribute.as_str());
                    let loopback = value.starts_with("http://127.0.0.1:40123/?");
                    assert!(
                        !address || loopback || value.starts_with(['/', '#']),
                        "{}: {value}",
                        sample.name
                    );
                    let quiet = ["class", "id", "for", "data-k", "data-t"].contains(&attribute.as_str());
                    assert!(
                        !quiet || !value.contains("alert") && !value.contains('\u{5d0}'),
                        "{}",
                        sample.name
                    );
                }
            }
            shown += usize::from(html.contains(&escaped(name)));
        }
        assert!(shown > 20, "{name:?} is on {shown} pages only");
    }
}

/// As the templates escape it.
fn escaped(text: &str) -> String {
    let entity = |letter: char| match letter {
        '"' => "&#34;".to_owned(),
        '&' => "&#38;".to_owned(),
        '\'' => "&#39;".to_owned(),
        '<' => "&#60;".to_owned(),
        '>' => "&#62;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(entity).collect()
}
