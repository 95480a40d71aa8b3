// Sends what the page describes, with the realm and the secrets that stand at its top.
"use strict";

const signIn = document.querySelector("#sign-in");
// The server may be mounted below a path of a proxy.
const root = location.pathname.replace(/\/api\/docs\/?$/, "");

function authorization(scheme) {
  const value = (name) => signIn.elements[name].value.trim();
  if (scheme === "client") {
    const pair = `${value("client-id")}:${value("client-key")}`;
    return value("client-id") && `Basic ${btoa(pair)}`;
  }
  return scheme && value("token") && `Bearer ${value("token")}`;
}

function request(form) {
  const headers = new Headers();
  const query = new URLSearchParams();
  const realm = signIn.elements.realm.value.trim();
  let path = form.dataset.path.replace("{realm}", encodeURIComponent(realm));
  for (const input of form.querySelectorAll("input")) {
    const value = input.value.trim();
    if (input.dataset.in === "path") {
      path = path.replace(`{${input.name}}`, encodeURIComponent(value));
    } else if (value !== "" && input.dataset.in === "query") {
      query.append(input.name, value);
    } else if (value !== "") {
      headers.set(input.name, value);
    }
  }
  const allowed = authorization(form.dataset.scheme);
  if (allowed) headers.set("Authorization", allowed);
  const body = form.querySelector("textarea");
  if (body) headers.set("Content-Type", body.dataset.type);
  const address = root + path + (query.size > 0 ? `?${query}` : "");
  return [address, { method: form.dataset.method, headers, body: body?.value }];
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(form) {
  const output = form.querySelector("output");
  const shown = document.createElement("pre");
  output.replaceChildren(shown);
  shown.textContent = "Sending…";
  try {
    const [address, options] = request(form);
    const answer = await fetch(address, options);
    const etag = answer.headers.get("ETag");
    const head = `${answer.status} ${answer.statusText}\n${etag ? `ETag: ${etag}\n` : ""}`;
    shown.textContent = `${options.method} ${address}\n${head}\n${indented(await answer.text())}`;
  } catch (error) {
    shown.textContent = `The request could not be sent: ${error.message}`;
  }
}

signIn.hidden = false;
for (const form of document.querySelectorAll("form.attempt")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
