// Addresses and networks, held against Node's own BlockList.
import { BlockList, isIP, isIPv4, SocketAddress } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toNetwork } from "../../src/filter/network.ts";

const contains = (network: string, address: string) => toNetwork(network)?.(address);

describe("a network", () => {
  test.each([
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.1.2.3/8", "10.200.0.1", true],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "2001:db8::1", true],
    ["::/0", "203.0.113.9", false],
    ["203.0.113.8/31", "203.0.113.9", true],
    ["203.0.113.9", "203.0.113.9", true],
    ["203.0.113.9", " 203.0.113.9 ", true],
    ["203.0.113.9/32", "203.0.113.8", false],
    ["203.0.113.9", "::ffff:203.0.113.9", true],
    ["10.0.0.0/8", "::FFFF:0a01:0203", true],
    ["::ffff:10.0.0.0/104", "10.1.2.3", true],
    ["::ffff:10.0.0.0/104", "11.1.2.3", false],
    ["::/0", "::ffff:10.1.2.3", false],
    ["2001:db8::/32", "2001:DB8:0:0:0:0:0:17", true],
    ["2001:db8::/33", "2001:db8:8000::", false],
    ["2001:db8::17", "2001:db8:0::0:17", true],
    ["64:ff9b::/96", "64:ff9b::192.0.2.33", true],
    ["fe80::/10", "fe80::1%eth0", false],
    ["10.0.0.0/8", "10.0.0.1:443", false],
    ["10.0.0.0/8", "010.0.0.1", false],
    ["10.0.0.0/8", "10.0.0.1, 10.0.0.2", false],
    ["10.0.0.0/8", "10.0.1", false],
    ["10.0.0.0/8", "", false],
  ])("%s holds %j: %s", (network, address, expected) => {
    expect(contains(network, address)).toBe(expected);
  });

  test.each([
    ...["", "*", "10.*", "office", "10.0.0/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "/8"],
    ...[
      "10.0.0.0/08",
      "10.0.0.0/8/8",
      "256.0.0.1",
      "01.0.0.1",
      "10.0.0.0.0",
      "1::2::3",
      ":1",
      "1:",
    ],
    ...["2001:db8::/129", "::ffff:10.0.0.0/95", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "12345::"],
    ...["1:2:3:4:5:6:7::8:9", "::10.0.0.1:1", "10.0.0.1::", "g::", "fe80::1%eth0", "10.0.0.0 /8"],
  ])("%j is none", (text) => {
    expect(toNetwork(text)).toBeUndefined();
  });
});

/** Near each other, so that many a one lies in many another. */
const ipv4 = fc
  .tuple(fc.constantFrom(10, 127, 203), fc.nat(3), fc.nat(255), fc.nat(255))
  .map((bytes) => bytes.join("."));
const ipv6 = fc.oneof(
  fc.ipV6(),
  fc
    .tuple(fc.constantFrom("2001:db8", "2001:DB9", "fe80:0"), fc.nat(3), fc.nat(0xffff))
    .map(([head, a, b]) => `${head}:${a}::${b.toString(16)}`),
);

test("whatever the network and the address, they agree with Node's BlockList", () => {
  const anyNetwork = fc.oneof(
    fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })),
    fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })),
  );
  fc.assert(
    fc.property(anyNetwork, fc.oneof(ipv4, ipv6), ([network, bits], address) => {
      const [mine, yours] = [familyOf(network), familyOf(address)];
      const list = new BlockList();
      list.addSubnet(network, bits, mine);
      // BlockList lets IPv4 addresses stand for IPv6 ones; here `::/0` is IPv6 and nothing else.
      const expected = mine === yours && list.check(address, yours);
      expect(contains(`${network}/${bits}`, address)).toBe(expected);
    }),
    { numRuns: 5000 },
  );
});

test("an IPv4 address means the same when it is written as IPv6", () => {
  fc.assert(
    fc.property(ipv4, fc.integer({ min: 0, max: 32 }), ipv4, (network, bits, address) => {
      const expected = contains(`${network}/${bits}`, address);
      expect(contains(`${network}/${bits}`, `::ffff:${address}`)).toBe(expected);
      expect(contains(`::ffff:${network}/${96 + bits}`, address)).toBe(expected);
    }),
  );
});

test("an address is one exactly where Node takes it for one, zones and mapped ones apart", () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."0123456789abf:."), maxLength: 20 }),
    fc
      .array(fc.constantFrom("0", "10", "255", "256", "ffff", "::", ":", "."), { maxLength: 16 })
      .map((parts) => parts.join("")),
    ipv4,
    ipv6,
  );
  fc.assert(
    fc.property(text, (address) => {
      expect(toNetwork(address) !== undefined).toBe(isIP(address) !== 0);
      if (isIP(address) === 0) return;
      expect(contains(address, address)).toBe(true);
      // The way in which it is written does not matter.
      if (!isIPv4(address)) {
        const canonical = new SocketAddress({ address, family: "ipv6" }).address;
        expect(contains(canonical, address)).toBe(true);
      }
    }),
    { numRuns: 5000 },
  );
});

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}
