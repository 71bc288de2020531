// The address at which admins open the Worker, as workspaces are told of it for their links.
import { expect, it } from "vitest";
import type { Env } from "../src/env.ts";
import { noteVisit } from "../src/routes/visits.ts";
import { House } from "./support/dashboard.ts";
import { FakeRelay } from "./support/fake-relay.ts";

let count = 0;
/** A workspace that no other test has told anything. */
function open() {
  const relay = new FakeRelay(`w${count++}`);
  const env = { RELAY: { getByName: () => relay } } as unknown as Env;
  const told = () => relay.calls.map(([, origin]) => origin);
  return { relay, told, visit: (url: string) => noteVisit(env, url, [relay.id]) };
}

it("is told once, without path and query", async () => {
  const { visit, told } = open();
  await visit("https://tidemark.example.com/status?x=1");
  await visit("https://tidemark.example.com/");
  expect(told()).toEqual(["https://tidemark.example.com"]);
});

it("leads over https, also when an admin came over http: the signature in a link is not for the wire", async () => {
  const { visit, told } = open();
  await visit("http://tidemark.example.com/");
  expect(told()).toEqual(["https://tidemark.example.com"]);
});

it.each(["http://localhost:8787", "http://127.0.0.1:8787", "http://[::1]:8787"])(
  "stays as it is on one's own machine: %s",
  async (origin) => {
    const { visit, told } = open();
    await visit(`${origin}/status`);
    expect(told()).toEqual([origin]);
  },
);

it("is told again where it could not be told", async () => {
  const { visit, told, relay } = open();
  const { visited } = relay;
  relay.visited = async () => {
    throw new Error("the object is being moved");
  };
  await visit("https://tidemark.example.com/");
  relay.visited = visited;
  await visit("https://tidemark.example.com/");
  expect(told()).toEqual(["https://tidemark.example.com"]);
});

it("keeps no page from an admin where a workspace cannot be told", async () => {
  const house = new House({ WORKSPACES: [{ id: "unreachable", token: "ws-0123456789" }] });
  house.relay("unreachable").visited = async () => {
    throw new Error("the object is being moved");
  };
  expect((await house.ask("GET /")).status).toBe(200);
});
