//! Methods that a path does not support, at every path of the server: `Allow`, and the error body of its API.

use claviger::serve::openapi;
use serde_json::Value;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::{Database, World};

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"];

/// Paths beside the described operations.
const PAGES: [&str; 9] = [
    "/",
    "/health/live",
    "/health/alive",
    "/health/ready",
    "/api/openapi.json",
    "/api/docs",
    "/api/docs/",
    "/api/docs/reference.css",
    "/api/docs/reference.js",
];

fn ask(world: &World, method: &str, path: &str) -> Response {
    world.send(&Request::new(method, path).bearer(&world.owner))
}

/// A path that matches the pattern.
fn filled(pattern: &str) -> String {
    let fill = |segment: &str| match segment.strip_prefix('{') {
        Some("realm}") => "acme".to_owned(),
        Some(_) => "x".to_owned(),
        None => segment.to_owned(),
    };
    pattern.split('/').map(fill).collect::<Vec<_>>().join("/")
}

/// The methods of `Allow` are those that are not refused.
fn assert_refused(world: &World, path: &str, supported: &[String], check: impl Fn(&Response)) {
    for method in METHODS.iter().filter(|method| !supported.contains(&(**method).to_owned())) {
        let answer = ask(world, method, path);
        assert_eq!(answer.status, 405, "{method} {path}");
        let allow: Vec<&str> = answer.header("allow").expect("Allow").split(", ").collect();
        assert_eq!(allow, supported, "{method} {path}");
        if *method != "HEAD" {
            check(&answer);
        }
    }
}

#[test]
fn unsupported_method_gets_allow_and_an_error_body_everywhere() {
    let world = World::start(Database::Sqlite);
    let document: Value = serde_json::from_str(&openapi()).expect("JSON");
    for (pattern, item) in document["paths"].as_object().expect("paths") {
        if pattern.ends_with("/forward-auth") {
            continue;
        }
        let path = filled(pattern);
        let mut supported: Vec<String> =
            item.as_object().expect("methods").keys().map(|method| method.to_uppercase()).collect();
        supported.retain(|method| METHODS.contains(&method.as_str()));
        if ask(&world, "HEAD", &path).status != 405 {
            supported.push("HEAD".to_owned());
        }
        // In the order in which they are mounted.
        let said = ask(&world, "BREW", &path).header("allow").unwrap_or_default().to_owned();
        supported.sort_by_key(|method| said.find(method.as_str()));
        let is_administrative = pattern.starts_with("/api/");
        assert_refused(&world, &path, &supported, |answer| {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            let body = match is_administrative {
                true => answer.clone().expect_problem(405, "method-not-allowed").json()["detail"].clone(),
                false => {
                    answer.clone().expect_oauth_error(405, "invalid_request").json()["error_description"]
                        .clone()
                }
            };
            assert!(body.as_str().is_some_and(|text| text.contains("use ")), "{path}: {body}");
        });
    }
    let read = ["GET".to_owned(), "HEAD".to_owned()];
    for path in PAGES {
        assert_refused(&world, path, &read, |answer| {
            answer.clone().expect_problem(405, "method-not-allowed");
        });
    }
}

#[test]
fn every_page_answers_head_like_get_without_a_body() {
    let world = World::start(Database::Sqlite);
    for path in PAGES {
        let (get, head) = (ask(&world, "GET", path), ask(&world, "HEAD", path));
        let plain = |answer: &Response| {
            let mut headers = answer.without_date().headers;
            // What a report shows, and with it its length, changes with time.
            headers.retain(|(name, _)| name != "content-length" || !path.starts_with("/health"));
            (answer.status, headers)
        };
        assert_eq!(plain(&get), plain(&head), "{path}");
        assert!(matches!(get.status, 200 | 303), "{path}: {}", get.status);
    }
}

#[test]
fn root_leads_to_the_console_and_names_the_description_of_the_api() {
    let world = World::start(Database::Sqlite);
    let root = ask(&world, "GET", "/").expect(303);
    // Relative to `/`, or to the prefix that a proxy adds.
    let location = root.header("location").expect("a location");
    assert_eq!(location, "console/");
    ask(&world, "GET", &format!("/{location}")).expect(303);
    let page = ask(&world, "GET", "/api/docs").expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(root.text().contains("api/docs"), "{}", root.text());
}
