//! Lists that the database sorts, page by page and back.

use serde_json::json;

use crate::plain_browser::PlainBrowser;
use claviger_testkit::on_both_databases;

const OWNER: &str = "holder@acme.example";

/// The address behind a link of the page.
fn link(page: &str, words: &str) -> String {
    find_link(page, words).unwrap_or_else(|| panic!("no {words}: {page}"))
}

fn find_link(page: &str, words: &str) -> Option<String> {
    let end = page.find(&format!("\">{words}</a>"))?;
    let start = page[..end].rfind("href=\"").expect("a link") + 6;
    Some(page[start..end].replace("&#38;", "&").replace("/console/acme", ""))
}

/// What the rows of a page lead to, in their order.
fn rows(page: &str, path: &str) -> Vec<String> {
    let table =
        page.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).unwrap_or_default();
    let start = format!("href=\"/console/acme{path}/");
    let ids = table.split(&start).skip(1);
    let mut ids: Vec<String> =
        ids.map(|rest| rest.split(['"', '/']).next().unwrap_or_default().to_owned()).collect();
    ids.dedup();
    ids
}

/// Walks to the last page and back to the first: each page leads back to exactly the one before it.
fn walk(
    browser: &PlainBrowser,
    (list, path): (&str, &str),
    (forward, back): (&str, &str),
) -> Vec<Vec<String>> {
    let page = |address: &str| browser.get(address).expect(200).text();
    let mut pages = vec![page(list)];
    while let Some(next) = pages.last().and_then(|last| find_link(last, forward)) {
        pages.push(page(&next));
    }
    let shown: Vec<Vec<String>> = pages.iter().map(|page| rows(page, path)).collect();
    let mut last = pages.pop().expect("a page");
    for expected in shown.iter().rev().skip(1) {
        last = page(&link(&last, back));
        assert_eq!(rows(&last, path), *expected, "{list}");
    }
    assert_eq!(find_link(&last, back), None, "the first page leads to none before it: {list}");
    shown
}

on_both_databases! {
    fn previous_page_of_service_credentials_is_the_one_before(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let ids: Vec<String> = (0..60).map(|n| {
            let days = if n % 3 == 0 { json!(null) } else { json!(30 + n % 5) };
            world.credential_with(json!({"name": format!("c{n:02}"), "validity_days": days})).id
        }).collect();
        for sort in ["name", "-name", "created_at", "-created_at", "expires_at", "-expires_at", "last_used_at", "-last_used_at"] {
            let list = format!("/service-credentials?sort={sort}");
            let shown = walk(&browser, (&list, "/service-credentials"), ("Next", "Previous"));
            let lengths: Vec<usize> = shown.iter().map(Vec::len).collect();
            assert_eq!(lengths, [25, 25, 10], "{sort}");
            let mut all = shown.concat();
            all.sort();
            let mut expected = ids.clone();
            expected.sort();
            assert_eq!(all, expected, "{sort}");
        }
        let found = walk(&browser, ("/service-credentials?q=c&sort=-name", "/service-credentials"), ("Next", "Previous"));
        assert_eq!(found[0][0], ids[59]);
    }

    /// The rows before a page may be fewer than a page, or none.
    fn previous_page_stays_right_while_rows_go(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let credentials: Vec<_> = (0..30).map(|n| world.credential(&format!("c{n:02}"), &[])).collect();
        let page = |address: &str| browser.get(address).expect(200).text();
        let second = link(&page("/service-credentials"), "Next");
        credentials[..20].iter().for_each(|gone| drop(world.revoke(gone).expect(200)));
        let back = page(&link(&page(&second), "Previous"));
        assert_eq!(rows(&back, "/service-credentials"), credentials[20..].iter().map(|one| one.id.clone()).collect::<Vec<_>>());
        credentials[20..25].iter().for_each(|gone| drop(world.revoke(gone).expect(200)));
        assert_eq!(find_link(&page(&second), "Previous"), None, "nothing lies before it");
        world.revoke(&credentials[29]).expect(200);
        credentials[25..29].iter().for_each(|gone| drop(world.revoke(gone).expect(200)));
        assert!(page(&second).contains("No live service credential matches") || !page(&second).contains("<tbody>"));
    }

    /// Also what the tabs count: it is not counted on the page.
    fn lists_of_tokens_are_read_page_by_page(world: World) {
        world.scopes(&["ci:read"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let ids: Vec<String> = (0..60).map(|n| {
            let end = format!("2027-{:02}-01T00:00:00Z", 3 + n % 7);
            let token = json!({"description": format!("t{n:02}"), "expires_at": end, "scopes": ["ci:read"]});
            let made = world.admin("POST", "/api-tokens", Some(token)).expect(201).json();
            made["id"].as_str().expect("an id").to_owned()
        }).collect();
        for gone in &ids[..4] {
            world.admin("POST", &format!("/api-tokens/{gone}/revoke"), None).expect(200);
        }
        for sort in ["created_at", "-created_at", "expires_at", "-expires_at", "last_used_at", "-last_used_at"] {
            let list = format!("/api-tokens?sort={sort}");
            let shown = walk(&browser, (&list, "/api-tokens"), ("Next", "Previous"));
            assert_eq!(shown.iter().map(Vec::len).collect::<Vec<_>>(), [25, 25, 6], "{sort}");
            let mut all = shown.concat();
            all.sort();
            assert_eq!(all, ids[4..], "{sort}");
            // The API has the same order.
            let first = world.admin("GET", &format!("/api-tokens?limit=25&status=active&sort={sort}"), None);
            let first = first.expect(200).json();
            let first: Vec<&str> =
                first["items"].as_array().expect("items").iter().filter_map(|one| one["id"].as_str()).collect();
            assert_eq!(first, shown[0], "{sort}");
        }
        let revoked = walk(&browser, ("/api-tokens?status=revoked&sort=created_at", "/api-tokens"), ("Next", "Previous"));
        assert_eq!(revoked, [ids[..4].to_vec()]);
        let page = browser.get("/api-tokens").expect(200).text();
        for (tab, count) in [("Live", 56), ("Yours", 56), ("Expiring soon", 0), ("Expired", 0), ("Revoked", 4)] {
            assert!(page.contains(&format!(">{tab} <span class=\"n\">{count}</span>")), "{tab}: {page}");
        }
        // A search reads all of them, also by letters of any script.
        let found = browser.get("/api-tokens?q=T1").expect(200).text();
        assert_eq!(rows(&found, "/api-tokens").len(), 10, "{found}");
    }

    fn newer_events_are_those_of_the_page_before(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        for n in 0..60 {
            world.admin("POST", "/groups", Some(json!({"name": format!("g{n:02}"), "scopes": []}))).expect(201);
        }
        let shown = walk(&browser, ("/audit?action=group.create", "/audit"), ("Older", "Newer"));
        assert_eq!(shown.iter().map(Vec::len).collect::<Vec<_>>(), [25, 25, 10]);
    }
}
