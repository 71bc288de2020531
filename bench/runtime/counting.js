// Stands before the Worker in a run that is counted, not timed: the rows that it reads and writes, as they are billed.
import worker, { Relay as Counted } from "./worker.js";

const rows = { read: 0, written: 0 };

/** Puts what counts in the place of the storage's own methods, before the object is made that uses them. */
function count({ storage }) {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  const setAlarm = storage.setAlarm.bind(storage);
  Object.defineProperty(sql, "exec", {
    value: (...query) => {
      const cursor = exec(...query);
      return {
        toArray() {
          const all = cursor.toArray();
          rows.read += cursor.rowsRead;
          rows.written += cursor.rowsWritten;
          return all;
        },
        get rowsRead() {
          return cursor.rowsRead;
        },
        get rowsWritten() {
          return cursor.rowsWritten;
        },
      };
    },
  });
  Object.defineProperty(storage, "setAlarm", {
    value: (ms) => {
      rows.written += 1;
      return setAlarm(ms);
    },
  });
}

export class Relay extends Counted {
  constructor(ctx, env) {
    count(ctx);
    super(ctx, env);
  }
}

export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/bench/rows") return Response.json(rows);
    return worker.fetch(request, env, ctx);
  },
  scheduled: worker.scheduled,
};
