// Creates, lists and revokes with the types that openapi-typescript has generated of the OpenAPI document.
import createClient from "openapi-fetch";
import { readFileSync } from "node:fs";

import type { components, paths } from "./schema.js";

const facts = JSON.parse(readFileSync(0, "utf8")) as Record<string, string>;
const realm = facts.realm;
const client = createClient<paths, "application/json" | "application/problem+json">({
  baseUrl: facts.base_url,
  headers: { Authorization: `Bearer ${facts.token}` },
});

function assert(condition: boolean, what: unknown): asserts condition {
  if (!condition) throw new Error(JSON.stringify(what));
}

function done(step: string): void {
  console.log(JSON.stringify({ step, ok: true }));
}

const group: components["schemas"]["CreateGroupBody"] = { name: "builders", scopes: ["ci:read"] };
const created = await client.POST("/api/v1/realms/{realm}/groups", { params: { path: { realm } }, body: group });
assert(created.data?.scopes[0] === "ci:read", created.error);

const made = await client.POST("/api/v1/realms/{realm}/service-credentials", {
  params: { path: { realm } },
  body: { name: "nightly", validity_days: 90, token_ttl_seconds: 3600, groups: ["builders"] },
});
assert(made.data?.client_key.startsWith("clvk_") === true, made.error);
assert(made.data.effective_scopes[0]?.from[0]?.name === "builders", "effective_scopes");
const id = made.data.id;
done("create");

const listed = await client.GET("/api/v1/realms/{realm}/service-credentials", { params: { path: { realm } } });
assert(listed.data?.items.map((one) => one.id).join() === id && listed.data.next_cursor === null, listed.error);
done("list");

const at = { params: { path: { realm, id } } };
const edited = await client.PATCH("/api/v1/realms/{realm}/service-credentials/{id}", { ...at, body: { groups: [] } });
assert(edited.data?.receipt?.outcome === "confirmed", edited.error);
done("edit");

const wrong = await client.POST("/api/v1/realms/{realm}/service-credentials", {
  params: { path: { realm } },
  body: { name: "x", validity_days: 5, token_ttl_seconds: 90 },
});
assert(wrong.error?.status === 422 && wrong.error.errors?.length === 2, wrong.error);
done("problem");

const revoked = await client.POST("/api/v1/realms/{realm}/service-credentials/{id}/revoke", {
  ...at,
  body: { name: "nightly" },
});
assert(revoked.data?.outcome === "confirmed" && revoked.data.confirmed.nodes.length === 1, revoked.error);
done("revoke");
