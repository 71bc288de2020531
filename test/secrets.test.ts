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
