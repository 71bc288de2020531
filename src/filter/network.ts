// Addresses and networks of IPv4 and IPv6: https://www.rfc-editor.org/rfc/rfc4291#section-2.2, and CIDR: RFC 4632.
// An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is that IPv4 address.

/** In groups of 16 bits: two of an IPv4 address, eight of IPv6. */
type Groups = readonly number[];

/** Undefined for any other text; a zone (`%eth0`) makes it another. */
function toGroups(text: string): Groups | undefined {
  const groups = text.includes(":") ? toIpv6(text) : toIpv4(text);
  return groups && isMapped(groups) ? groups.slice(6) : groups;
}

function toIpv4(text: string): Groups | undefined {
  const bytes = text.split(".");
  // Where a byte begins with 0, some read it as octal: better none at all.
  if (bytes.length !== 4 || !bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte)))
    return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  return Math.max(a, b, c, d) > 255 ? undefined : [a * 256 + b, c * 256 + d];
}

function toIpv6(text: string): Groups | undefined {
  const [head = "", tail, more] = text.split("::");
  if (more !== undefined) return undefined;
  const before = toPieces(head, tail === undefined);
  const after = tail === undefined ? [] : toPieces(tail, true);
  if (!before || !after) return undefined;
  const gap = 8 - before.length - after.length;
  if (tail === undefined ? gap !== 0 : gap < 1) return undefined;
  return [...before, ...Array.from({ length: gap }, () => 0), ...after];
}

/** Groups between colons; the last one of an address may be an IPv4 address. */
function toPieces(text: string, isEnd: boolean): Groups | undefined {
  if (text === "") return [];
  const pieces = text.split(":");
  const groups = pieces.flatMap((piece, i) => {
    if (/^[\da-f]{1,4}$/i.test(piece)) return [Number.parseInt(piece, 16)];
    const last = isEnd && i === pieces.length - 1;
    return (last && toIpv4(piece)) || [Number.NaN];
  });
  return groups.some(Number.isNaN) ? undefined : groups;
}

function isMapped(groups: Groups): boolean {
  return (
    groups.length === 8 && groups[5] === 0xffff && groups.slice(0, 5).every((one) => one === 0)
  );
}

/**
 * Whether an address lies in the network, or is the single address; undefined where the text is neither. Bits beyond the
 * prefix count as zero: `10.1.2.3/8` is `10.0.0.0/8`.
 */
export function toNetwork(text: string): ((address: string) => boolean) | undefined {
  const [, written = "", length] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text.trim()) ?? [];
  const network = toGroups(written);
  if (!network) return undefined;
  const most = network.length * 16;
  // The prefix of an IPv4 network that is written as IPv6 counts from there.
  const mapped = written.includes(":") && most === 32 ? 96 : 0;
  const bits = length === undefined ? most : Number(length) - mapped;
  if (bits < 0 || bits > most) return undefined;
  return (address) => {
    const groups = toGroups(address.trim());
    return groups?.length === network.length && groups.every((group, i) => agrees(i, group));
  };

  function agrees(i: number, group: number): boolean {
    const own = Math.min(16, Math.max(0, bits - 16 * i));
    return (group ^ (network?.[i] ?? 0)) >> (16 - own) === 0;
  }
}
