// Which of a destination's options are secret, and what of them is struck out.
import { expect, test } from "vitest";
import { partsOf, secretsIn } from "../src/secrets.ts";

test("options are secret by their names, and headers whatever their names", () => {
  const options = {
    url: "https://in.example.com/abc",
    apiKey: "an api key",
    dataset: "webflow",
    headers: { Authorization: "Bearer k3y", "x-honeycomb-team": "t3am", unset: "$NAME" },
  };
  expect(secretsIn(options)).toEqual([
    "https://in.example.com/abc",
    "an api key",
    "Bearer k3y",
    "t3am",
  ]);
});

test("a header's value is struck out without its scheme as well", () => {
  expect(partsOf("Bearer k3yk3yk3y")).toEqual(["k3yk3yk3y"]);
});

test("user and password are secrets together, as a header has them", () => {
  const options = { user: "tidemark", password: "correct-horse" };
  expect(secretsIn(options)).toEqual(["correct-horse", "dGlkZW1hcms6Y29ycmVjdC1ob3JzZQ=="]);
});

test("a part of a path is a secret as it stands there, and as it is meant", () => {
  const parts = partsOf("https://in.example.com/hook/k3yk3yk3y%2Ba");
  expect(parts).toEqual(expect.arrayContaining(["k3yk3yk3y%2Ba", "k3yk3yk3y+a"]));
});
