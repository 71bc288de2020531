// Classic mistakes of such a pipeline, each as a change of one place in the source.

export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Must stand there exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly why: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: "mark before delivery",
    file: "src/lane.ts",
    find: "    this.#outbox.add(parcel);",
    replace:
      "    if (parcel.position) this.#ports.ledger.advance(this.name, parcel.position.through, parcel.position.resume, null);\n    this.#outbox.add(parcel);",
    why: "The mark moves when the letters are taken over, not when they are delivered.",
  },
  {
    name: "strict boundary",
    file: "src/source/walk.ts",
    find: "      fromSecond: cursor - 1,\n      ...(until",
    replace: "      fromSecond: cursor,\n      ...(until",
    why: "Where `from` is exclusive, the cursor's own second is never shown.",
  },
  {
    name: "next second after a page",
    file: "src/source/walk.ts",
    find: "    return toStretch(first, cursor, last - 1);",
    replace: "    return toStretch(first, cursor, last);",
    why: "A second that a full page cuts counts as complete: from = last + 1.",
  },
  {
    name: "no overlap",
    file: "src/positions.ts",
    find: "    const expected = (newest ?? from - 1) - this.#overlapSeconds - walkedSeconds;",
    replace: "    const expected = through + 1;",
    why: "Each read starts where the last one ended.",
  },
  {
    name: "wall clock as cursor",
    file: "src/positions.ts",
    find: "    return { through, resume: Math.max(0, Math.min(through + 1, expected)) };",
    replace:
      "    return { through, resume: Math.max(Math.min(through + 1, expected), Math.floor(this.#ports.clock.now() / 1000) - this.#overlapSeconds) };",
    why: "The next read starts at the time of this one.",
  },
  {
    name: "hash over the whole item",
    file: "src/event/identity.ts",
    find: '  const digest = hash("sha256", toKey(raw, workspaceId), "buffer");',
    replace:
      '  const digest = hash("sha256", workspaceId + canonicalJson(raw), "buffer");\n  toKey(raw, workspaceId);',
    why: "A member that is added tomorrow makes another event of each old one.",
  },
  {
    name: "twins merged",
    file: "src/event/identity.ts",
    find: "({ id: index === 0 ?",
    replace: "({ id: index >= 0 ?",
    why: "Two equal events are taken for one.",
  },
  {
    name: "mark moved on a failed send",
    file: "src/lane.ts",
    find: "        return this.#stop(outcome);\n",
    replace:
      "        this.#stop(outcome);\n        this.#outbox.keep(load, []);\n        this.#advance();\n        return false;\n",
    why: "A failed send is given up.",
  },
  {
    name: "dead letter that blocks",
    file: "src/lane.ts",
    find: "    this.#bury(load, load.letters, reason);\n    this.#outbox.keep(load, []);\n    return true;",
    replace:
      '    this.condition.fail(reason);\n    return load.letters.length === 0 && reason === "";',
    why: "What is refused is tried again for ever.",
  },
  {
    name: "batch mates dropped",
    file: "src/lane.ts",
    find: "          this.#outbox.split(load, outcome.at);\n",
    replace: "          this.#outbox.keep(load, []);\n",
    why: "A batch with one refused event is dropped as a whole.",
  },
  {
    name: "settled not checked",
    file: "src/sightings.ts",
    find: "({ id, timeMs }) => timeMs >= position.sinceMs && !settled.has(id),",
    replace: '({ timeMs }) => timeMs >= position.sinceMs && !settled.has(""),',
    why: "What the overlap shows again is sent again.",
  },
  {
    name: "settle before send",
    file: "src/dispatch.ts",
    find: '    if (!take()) return "spent";\n',
    replace:
      '    if (!take()) return "spent";\n    this.#ports.ledger.settle(this.#parts.name, letters.map(({ event }) => event.id), "delivered", this.#ports.clock.now());\n',
    why: "Noted as delivered before it is: who dies in between loses it.",
  },
  {
    name: "budget not kept",
    file: "src/budget.ts",
    find: "    if (this.#left <= 0 ||",
    replace: "    if (this.#left <= -60 ||",
    why: "The platform ends a run that makes more requests than it may.",
  },
  {
    name: "the day's rows are not minded",
    file: "src/governor/plan.ts",
    find: "  return lacking(situation).length === 0;",
    replace: "  return lacking(situation).length === 0 || situation.nowMs > 0;",
    why: "Rows are written until the platform refuses, and then nothing can be noted any more.",
  },
  {
    name: "KV written at every run",
    file: "src/marks.ts",
    find: "    if (last && this.#clock.now() - last.atMs < intervalMs) return;",
    replace: "    if (last && this.#clock.now() - last.atMs < 0 * intervalMs) return;",
    why: "The free plan's writes of a day are used up by noon.",
  },
  {
    name: "one millisecond later",
    file: "src/source/walk.ts",
    find: "  const taken = records.filter(({ second }) => second >= cursor && second <= through);",
    replace:
      "  const last = records.reduce((ms, { timeMs }) => Math.max(ms, timeMs), 0);\n  const taken = records.filter(({ second, timeMs }) => second >= cursor && second <= through && (atHead || timeMs < last));",
    why: "What ties with the last item of a full page is passed over.",
  },
  {
    name: "offset walk",
    file: "src/source/walk.ts",
    find: "    if (last <= cursor) return this.#second(cursor, first.unusable);\n    return toStretch(first, cursor, last - 1);",
    replace:
      '    const joined = { records: [...records], unusable: first.unusable };\n    for (let offset = pageSize; ; offset += pageSize) {\n      const page = await this.#pull({ fromSecond: cursor - 1, offset });\n      if (page.kind !== "page") return page;\n      joined.records.push(...place(page.items).records);\n      if (offset + page.items.length >= (page.total ?? 0)) break;\n    }\n    return toStretch(joined, cursor, lastSecond(joined.records, cursor - 1), true);',
    why: "Pages by offset over a live list: what is inserted before shifts them, what ties is shuffled, a smaller page leaves a gap.",
  },
  {
    name: "saved offset",
    file: "src/source/walk.ts",
    find: "    if (complete) return toStretch(first, cursor, until ?? last, true);",
    replace:
      "    if (complete && known !== undefined) return toStretch({ records: records.slice(known), unusable: first.unusable }, cursor, last, true);\n    if (complete) return toStretch(first, cursor, until ?? last, true);",
    why: "Only what stands behind the number of items that were there before counts as new.",
  },
  {
    name: "full page is the end",
    file: "src/source/walk.ts",
    find: "page.total === undefined ? await this.#endsAt(query, offset) : offset >= page.total;",
    replace: "page.total === undefined ? await this.#endsAt(query, offset) : offset > 0;",
    why: "What lies behind the first page is taken for read.",
  },
  {
    name: "short page is the end",
    file: "src/source/walk.ts",
    find: "page.total === undefined ? await this.#endsAt(query, offset) : offset >= page.total;",
    replace:
      "page.total === undefined ? await this.#endsAt(query, offset) : page.items.length < pageSize;",
    why: "A page with fewer items than asked for is taken for the last.",
  },
  {
    name: "unreadable page is empty",
    file: "src/source/client.ts",
    find: "  if (!isObject(parsed)) {",
    replace:
      '  if (!isObject(parsed)) return { kind: "page", items: [], total: 0 };\n  if (!isObject(parsed)) {',
    why: "Half a JSON or a page of HTML says that nothing happened.",
  },
  {
    name: "page without items is empty",
    file: "src/source/client.ts",
    find: "  if (!Array.isArray(items)) {",
    replace:
      '  if (!Array.isArray(items)) return { kind: "page", items: [], total: 0 };\n  if (!Array.isArray(items)) {',
    why: "`{}` and `items: null` say that nothing happened.",
  },
  {
    name: "order believed",
    file: "src/source/walk.ts",
    find: "    if (this.#ascending !== true)",
    replace: "    if (this.#ascending === undefined)",
    why: "Where sortOrder is ignored, a full page is the newest, not the oldest.",
  },
  {
    name: "ties read by offset",
    file: "src/source/walk.ts",
    find: "    steady &&= total === firstTotal && sameItems(joined.slice(offset), items);",
    replace: "    steady &&= total === firstTotal || sameItems(joined.slice(offset), items);",
    why: "Pages of a crowded second are joined although ties come in another order each time.",
  },
  {
    name: "to from our clock",
    file: "src/source/source.ts",
    find: "    this.requests += 1;\n",
    replace:
      "    this.requests += 1;\n    query = { toSecond: Math.floor(clock.now() / 1000) - 1, ...query };\n",
    why: "A clock that is slow hides what happened, one that is fast nothing; and the last second is cut.",
  },
  {
    name: "ordinal counted on half an instant",
    file: "src/event/identity.ts",
    find: "    let end = start + 1;",
    replace:
      "    let end = start + 1;\n    if (start === sorted.length >> 1) { start = end; continue; }",
    why: "Equal events are told apart by how many were read together.",
  },
  {
    name: "order by arrival",
    file: "src/event/identity.ts",
    find: "  sorted.sort(byTimeAndId);",
    replace: "  sorted.sort((a, b) => compare(a.id.slice(10), b.id.slice(10)));",
    why: "Events go out as they came in.",
  },
  {
    name: "stale KV is news",
    file: "src/marks.ts",
    find: "    return oldest < 0 ? this.#writes : this.#writes.slice(0, oldest + 1);",
    replace: "    return this.#writes.slice(0, Math.max(1, 0 * oldest));",
    why: "KV is believed like a lock: what it shows and was not written last is taken for an operator's.",
  },
  {
    name: "a failed write was not made",
    file: "src/marks.ts",
    find: '    this.#note(value, false);\n    this.#ledger.statistics.count("kv_writes", [], 1, this.#clock.now());\n    await this.#inTime(this.#store.write(value));',
    replace:
      '    this.#ledger.statistics.count("kv_writes", [], 1, this.#clock.now());\n    await this.#inTime(this.#store.write(value));\n    this.#note(value, false);',
    why: "A write whose answer was lost comes back as an operator's.",
  },
  {
    name: "KV leads",
    file: "src/marks.ts",
    find: "    const marks = [...through].map(([name, second]) => [name, { through: toIsoSecond(second) }]);",
    replace:
      "    const now = Math.floor(this.#clock.now() / 1000);\n    const marks = [...through].map(([name, second]) => [name, { through: toIsoSecond(Math.max(second, now)) }]);",
    why: "The mark in KV stands at the time of the run, not at the last settled event.",
  },
  {
    name: "backoff that drops",
    file: "src/lane.ts",
    find: "        return this.#stop(outcome);\n",
    replace:
      "        this.#stop(outcome);\n        if (this.condition.state.failures > 4) { this.#settle(load, load.letters); this.#outbox.keep(load, []); }\n        return false;\n",
    why: "After the fifth attempt an event is given up without a word.",
  },
  {
    name: "answer of any status is a success",
    file: "src/destinations/kit/outcome.ts",
    find: "    const { status } = answer;\n    const reason = reasonOf(",
    replace:
      '    const { status } = answer;\n    if (status >= 500) return { kind: "delivered" };\n    const reason = reasonOf(',
    why: "Whatever answers has taken it.",
  },
  {
    name: "retry under another id",
    file: "src/destinations/webhook.ts",
    find: "  return { id: event.id, type: event.type, timestamp: event.time, data };",
    replace:
      "  toMessage.n = (toMessage.n ?? 0) + 1;\n  return { id: event.id + toMessage.n, type: event.type, timestamp: event.time, data };",
    why: "A receiver cannot tell a second attempt from a second event.",
  },
  {
    name: "paused destination blocks others",
    file: "src/run.ts",
    find: "    const nowMs = this.#ports.clock.now();\n    return this.members.filter(({ lane }) => {",
    replace:
      "    const nowMs = this.#ports.clock.now();\n    if (this.members.some(({ lane }) => (lane.condition.readyAtMs() ?? 0) > nowMs)) return [];\n    return this.members.filter(({ lane }) => {",
    why: "While one waits, all wait.",
  },
  {
    name: "rewind that moves the mark",
    file: "src/positions.ts",
    find: "      ...before,\n      sinceMs: Math.min(before.sinceMs, fromMs),",
    replace:
      "      ...before,\n      through: Math.min(before.through, Math.floor(fromMs / 1000)),\n      sinceMs: Math.min(before.sinceMs, fromMs),",
    why: "A re-sync takes the live mark back with it.",
  },
  {
    name: "quiet without a read",
    file: "src/status.ts",
    find: '  if (health && health.kind !== "ok") {',
    replace: '  if (health && health.kind === "refused") {',
    why: "A log that gives no usable answer looks like one in which nothing happens.",
  },
  {
    name: "late event behind the mark ignored",
    file: "src/sightings.ts",
    find: "({ id, timeMs }) => timeMs >= position.sinceMs && !settled.has(id),",
    replace:
      "({ id, timeMs }) => timeMs >= Math.max(position.sinceMs, position.through * 1000) && !settled.has(id),",
    why: "What appears behind the mark is taken for settled.",
  },
  {
    name: "filter forgotten",
    file: "src/sightings.ts",
    find: "    const wanted = events.filter(wants);",
    replace: "    const wanted = events;",
    why: "Every destination gets everything.",
  },
  {
    name: "unusable item dropped",
    file: "src/sightings.ts",
    find: "      if (ledger.isBuried(eventId)) continue;",
    replace: "      if (eventId) continue;",
    why: "What cannot be placed in time vanishes without a word.",
  },
  {
    name: "halt counts as refused",
    file: "src/lane.ts",
    find: '      case "halt":\n',
    replace:
      '      case "halt":\n        if (load.letters.length === 1) return this.#reject(load, outcome.reason);\n',
    why: "A revoked hook sends its whole backlog to the dead letters.",
  },
  {
    name: "log emptied by its own count",
    file: "src/progress.ts",
    find: "    return !this.#behind && this.#head?.from === second ? this.#head.total : undefined;",
    replace: "    return this.#head?.from === undefined ? undefined : this.#head.total;",
    why: "The same number of items is taken for the same items, whatever the window.",
  },
  {
    name: "refused counts as delivered",
    file: "src/settling.ts",
    find: "        ledger.bury({ destination, eventId: id, reason, item: JSON.stringify(received) }, nowMs);\n",
    replace: "",
    why: "What a receiver refuses is forgotten instead of dead-lettered.",
  },
  {
    name: "last hour not counted",
    file: "src/proof/recount.ts",
    find: "(await this.#recent(budget)) && (await this.#closed(budget))",
    replace: "await this.#closed(budget)",
    why: "What is late beyond the overlap is found hours later only.",
  },
  {
    name: "day not counted",
    file: "src/proof/recount.ts",
    find: "    for (const tier of [2, 1] as const) {",
    replace: "    for (const tier of [1] as const) {",
    why: "What is late by hours is never found.",
  },
  {
    name: "count believed without reading",
    file: "src/proof/counting.ts",
    find: "    return others.length === 0 && total === counts.within + (extra ?? 0);",
    replace: "    return others.length >= 0 || total === counts.within + (extra ?? 0);",
    why: "Counts that differ are taken for the window's ends.",
  },
  {
    name: "late event owed to nobody",
    file: "src/sightings.ts",
    find: "      ledger.errands.add(lane.name, { id, again: false, plan: null, sinceMs });",
    replace:
      "      if (sinceMs < 0) ledger.errands.add(lane.name, { id, again: false, plan: null, sinceMs });",
    why: "What a recount brings to light is noted as seen, and sent to no one.",
  },
  {
    name: "errand's own finds forgotten",
    file: "src/errands.ts",
    find: "this.#sightings.see(read, cursor, [])",
    replace: "this.#sightings.see(read, cursor, takers.map(({ member }) => member))",
    why: "What comes to light in the read for an errand is taken for the walk's business.",
  },
  {
    name: "errand done before it is sent",
    file: "src/errands.ts",
    find: "    const letters = this.#sightings.toLetters(member, owed, again);\n",
    replace:
      "    const letters = this.#sightings.toLetters(member, owed, again);\n    this.#ports.ledger.errands.done(member.lane.name, owed.map(({ id }) => id));\n",
    why: "Who dies in between has forgotten it.",
  },
  {
    name: "plan not carried out",
    file: "src/resync/resync.ts",
    find: "          ledger.errands.add(destination, { id: event, again: plan.redeliver, plan: id, sinceMs });",
    replace: "          ledger.errands.done(destination, [event]);",
    why: "A re-sync that says it was applied sends nothing.",
  },
  {
    name: "redelivery forgotten",
    file: "src/errands.ts",
    find: "    const wanted = errand.again || missing;",
    replace: "    const wanted = missing;",
    why: "A re-sync that is to send again sends only what is missing.",
  },
  {
    name: "second token not tried",
    file: "src/source/source.ts",
    find: '      if (page.fault.kind !== "refused" || this.#tokens.length === 1) return page;',
    replace: "      if (page.fault.kind) return page;",
    why: "A token that is replaced in time stops the reading all the same.",
  },
  {
    name: "filtered events not noted",
    file: "src/sightings.ts",
    find: '    const settle = () => ledger.settle(name, filtered, "filtered", nowMs);\n',
    replace: "    const settle = () => undefined;\n",
    why: "What a filter did not take cannot be told from what was forgotten.",
  },
  {
    name: "left counts as delivered",
    file: "src/verdicts.ts",
    find: "    else left.push({ letter, verdict });",
    replace: "    else delivered.push(letter);",
    why: "A letter that the receiver's answer leaves for later is taken for delivered.",
  },
  {
    name: "rest dropped after a partial answer",
    file: "src/lane.ts",
    find: "      left.map(({ letter }) => letter),",
    replace: "      [],",
    why: "What a receiver did not take of a request is forgotten, since it took some.",
  },
  {
    name: "whole batch again after a partial answer",
    file: "src/lane.ts",
    find: "      left.map(({ letter }) => letter),",
    replace: "      left.length > 0 ? load.letters : [],",
    why: "What was taken is sent again along with what was not.",
  },
  {
    name: "refused one by one and forgotten",
    file: "src/lane.ts",
    find: "    for (const { letter, verdict } of refused) this.#bury(load, [letter], verdict.reason);\n",
    replace: "",
    why: "What is refused within an answer that is good for others gets no dead letter.",
  },
  {
    name: "bulk answer not read",
    file: "src/destinations/elastic.ts",
    find: '    if (outcome.kind !== "delivered") return outcome;',
    replace: "    if (outcome.kind) return outcome;",
    why: "Elasticsearch answers 200 also when it took nothing.",
  },
  {
    name: "document there already counts as refused",
    file: "src/destinations/elastic.ts",
    find: "  if (status < 300 || status === 409)",
    replace: "  if (status < 300)",
    why: "After a lost answer the whole batch is dead-lettered, though it was stored.",
  },
  {
    name: "a letter's first document decides",
    file: "src/destinations/kit/outcome.ts",
    find: "    const own = verdicts.slice(start, start + documents.length);",
    replace: "    const own = verdicts.slice(start, start + 1);",
    why: "Of an event that is several documents, the others are not looked at.",
  },
  {
    name: "one document of an event",
    file: "src/destinations/kit/intake.ts",
    find: "    const text = documents\n",
    replace: "    const text = documents.slice(0, 1)\n",
    why: "An event about several people is sent with the first of them only.",
  },
  {
    name: "documents under one id",
    file: "src/formats/ocsf.ts",
    find: "index + 1}`, event.id)",
    replace: "index + 1}`.slice(0, event.id.length), event.id)",
    why: "Who keeps one document an id keeps one person of several.",
  },
  {
    name: "status believed without the code",
    file: "src/destinations/splunk/codes.ts",
    find: "  if (status === 200 && data?.code === 0)",
    replace: "  if (status === 200)",
    why: "A proxy that hides Splunk's status makes a success of a refusal.",
  },
  {
    name: "confirmation believed at once",
    file: "src/lane.ts",
    find: "        load.confirmation = outcome;\n        this.condition.wait(outcome.afterMs);\n        return false;",
    replace:
      "        this.#settle(load, load.letters);\n        this.#outbox.keep(load, []);\n        return true;",
    why: "What was taken, and is not safe yet, counts as delivered.",
  },
  {
    name: "confirmation not asked for",
    file: "src/lane.ts",
    find: "        load.confirmation = outcome;\n        this.condition.wait(outcome.afterMs);",
    replace: "        this.condition.wait(60 * outcome.afterMs);",
    why: "Instead of asking whether it is safe, the same is sent again, for ever.",
  },
  {
    name: "any word on the acknowledgment is a yes",
    file: "src/destinations/splunk/acknowledgement.ts",
    find: "      if (data?.acks[ackId]) ",
    replace: "      if (data) ",
    why: "That it is not indexed yet is taken for the acknowledgment.",
  },
  {
    name: "acknowledgment given up",
    file: "src/destinations/splunk/acknowledgement.ts",
    find: '        return { kind: "retry", reason };',
    replace: '        if (reason) return { kind: "delivered" };',
    why: "What was never acknowledged counts as delivered in the end.",
  },
  {
    name: "not acknowledged, not sent again",
    file: "src/destinations/splunk/acknowledgement.ts",
    find: "      if (left <= 1) {",
    replace: "      if (left <= -1000) {",
    why: "An indexer that has lost it is asked for ever.",
  },
  {
    name: "asking not counted",
    file: "src/dispatch.ts",
    find: '    if (!take()) return "spent";\n',
    replace: '    if (!confirmation && !take()) return "spent";\n',
    why: "Asking for an acknowledgment is a request that the budget does not know of.",
  },
  {
    name: "token not counted",
    file: "src/deliver.ts",
    find: '    if (!take()) return "spent";\n',
    replace: "",
    why: "Fetching a token is a request that the budget does not know of.",
  },
  {
    name: "refused token kept",
    file: "src/deliver.ts",
    find: "      this.#token = undefined;\n",
    replace: "",
    why: "A token that was revoked is sent again until its time is over.",
  },
  {
    name: "wrong one buried",
    file: "src/lane.ts",
    find: "          this.#outbox.split(load, outcome.at);\n",
    replace:
      "          const { letters } = load;\n          const wrong = (outcome.at ?? letters.length) + 1;\n          if (wrong >= letters.length) this.#outbox.split(load, outcome.at);\n          else {\n            this.#bury(load, letters.slice(wrong, wrong + 1), outcome.reason);\n            this.#outbox.keep(load, letters.filter((_, i) => i !== wrong));\n          }\n",
    why: "Where the receiver names the culprit, its neighbour is dead-lettered.",
  },
  {
    name: "mates of the culprit dropped",
    file: "src/outbox.ts",
    find: "? [culprit, letters.filter((_, i) => i !== at)]",
    replace: "? [culprit]",
    why: "Where the receiver names the culprit, the rest of the batch is forgotten.",
  },
  {
    name: "compressed without a word",
    file: "src/http.ts",
    find: '        ...(gzip && { "content-encoding": "gzip" }),\n',
    replace: "",
    why: "A body that came compressed, without the header that says so, is noise.",
  },
  {
    name: "pause forgotten by the next process",
    file: "src/health.ts",
    find: "(changed && untried), fingerprint }",
    replace: "(changed && untried), fingerprint, hold: null }",
    why: "An operator's pause stands in memory only.",
  },
  {
    name: "pause ended by a delivery",
    file: "src/health.ts",
    find: "    this.#set({ ...this.#state, ...well });",
    replace: "    this.#set({ ...this.#state, ...well, hold: null });",
    why: "A request that was under way, or a test, takes a destination back into service that an operator paused.",
  },
  {
    name: "pause without its end",
    file: "src/health.ts",
    find: "    return hold !== null && (hold.untilMs === null || hold.untilMs > this.#ports.clock.now());",
    replace: "    return hold !== null;",
    why: "A pause goes on when its time is over.",
  },
  {
    name: "resumed at the head",
    file: "src/lane.ts",
    find: "    this.condition.release();\n",
    replace:
      "    this.condition.release();\n    const head = Math.floor(this.#ports.clock.now() / 1000);\n    this.#ports.ledger.advance(this.name, head, head, null);\n",
    why: "What a pause held back is forgotten when it is over.",
  },
  {
    name: "told and not noted",
    file: "src/state-changes.ts",
    find: "        this.#ports.ledger.set(key, told);\n",
    replace: "",
    why: "The next process tells once more what the last one told.",
  },
  {
    name: "trouble told at each attempt",
    file: "src/state-changes.ts",
    find: "    if (is === before.is && untilMs === before.untilMs) return;",
    replace: '    if (is === before.is && is !== "failing" && untilMs === before.untilMs) return;',
    why: "A destination that fails is told of as long as it does.",
  },
  {
    name: "marks move over what waits",
    file: "src/outbox.ts",
    find: "      const through = left === 0 && (!position || first);",
    replace: "      const through = (left === 0 || this.queue.patient) && (!position || first);",
    why: "Who dies while a storm waits for its minute loses the storm.",
  },
  {
    name: "promise forgotten",
    file: "src/calm/slots.ts",
    find: "    ledger.set(this.#key, this.#sent);",
    replace: "    ledger.set(this.#key, []);",
    why: "Each new process has a minute of its own.",
  },
  {
    name: "promise for what is not severe only",
    file: "src/calm/slots.ts",
    find: "    if (urgent) return all;",
    replace: "    if (urgent) return 1;",
    why: "What is severe goes out however much there is of it.",
  },
  {
    name: "list without the rest",
    file: "src/calm/lists.ts",
    find: "    const events = letters.map(",
    replace: "    const events = letters.slice(0, 12).map(",
    why: "The page lists what the message shows, and nothing else.",
  },
  {
    name: "what waits is taken twice",
    file: "src/outbox.ts",
    find: "    const fresh = letters.filter(({ event }) => !this.#ids.has(event.id));",
    replace: "    const fresh = letters.filter(({ event }) => !this.#ids.has(event.type));",
    why: "The overlap shows again what waits for its minute, and it is told twice.",
  },
];
