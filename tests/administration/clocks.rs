//! T-15: clocks of one machine that move apart: no lease is measured by them, and no token says a wrong end.

use std::time::Duration;

use crate::answers::text;
use crate::on_both_databases;
use crate::support::http::Request;
use crate::support::postgres::Postgres;
use crate::support::world::{Database, World};

const AUDIENCE: &str = "https://studio.example";

/// A node that has no lease for a moment says so.
fn until(world: &World, request: &Request, status: u16) {
    let answers = (0..2_000).map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        world.send(request).status
    });
    assert!(answers.into_iter().any(|answer| answer == status), "it never answers {status}");
}

on_both_databases! {
    fn no_token_is_issued_while_the_wall_clock_is_where_it_cannot_have_come_to(world: World) {
        world.group("readers", &["studio:view"]);
        let server = world.resource_server("studio", AUDIENCE);
        let client = world.credential("nightly", &["readers"]);
        let token = world.token(&client);
        let (ask, ready) = (world.token_request(&client, &[]), Request::get("/health/ready"));
        for by in [6_000, -6_000] {
            world.clock.jump_millis(by);
            let refused = world.send(&ask);
            assert_eq!(refused.header("retry-after"), Some("1"));
            refused.expect_oauth_error(503, "temporarily_unavailable");
            let registry = Request::get(&world.path("/registry/token?service=r.example")).bearer(&world.owner);
            world.send(&registry).expect(503);
            // On PostgreSQL the lease is taken anew too; then a token that was issued before is judged as ever.
            until(&world, &world.introspection_request(&server, &token), 200);
            world.assert_active(&server, &token);
            let said = world.send(&ready).expect(503).json();
            assert_eq!(said["status"], "clock jumped", "{said}");
            assert!(text(&said["reason"]).contains("restarts this server"), "{said}");
            world.clock.advance_boot(Duration::from_secs(7_200));
            until(&world, &world.introspection_request(&server, &token), 200);
            world.send(&ask).expect(503);
            world.clock.jump_millis(-by);
            until(&world, &ask, 200);
            until(&world, &ready, 200);
        }
        // Or somebody says that it is right now.
        world.clock.jump_millis(3_600_000);
        world.send(&ask).expect(503);
        world.restart();
        world.send(&ask).expect(200);
        world.send(&ready).expect(200);
    }
}

fn incarnations(world: &World) -> Vec<String> {
    let listed = Postgres::shared().psql(&world.database_url, "SELECT incarnation FROM node ORDER BY 1");
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn server_whose_clocks_have_moved_apart_gives_its_lease_back_and_signs_in_anew() {
    let world = World::start(Database::Postgres);
    let client = world.credential("nightly", &[]);
    world.token(&client);
    let before = incarnations(&world);
    assert_eq!(before.len(), 1);
    // Less than that is a clock that is kept right.
    world.clock.jump_millis(200);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(incarnations(&world), before);
    world.clock.jump_millis(300);
    let anew = |now: &Vec<String>| now.iter().any(|incarnation| !before.contains(incarnation));
    let looks = (0..2_000).map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        incarnations(&world)
    });
    assert!(looks.into_iter().any(|now| anew(&now)), "it keeps its lease");
    // Half a second is no jump: tokens are issued as soon as it has a lease again.
    until(&world, &world.token_request(&client, &[]), 200);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(incarnations(&world).len(), 2, "once");
}
