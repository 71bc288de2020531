// Stands before the Worker in a run that is counted, not timed: the rows that it reads and writes, as they are billed.
import worker, { Relay as Counted } from "./worker.js";

const rows = { read: 0, written: 0 };

export class Relay extends Counted {
  constructor(ctx, env) {
    super(ctx, env);
    const { storage, id } = ctx;
    const exec = (...query) => ({
      toArray() {
        const cursor = storage.sql.exec(...query);
        const all = cursor.toArray();
        rows.read += cursor.rowsRead;
        rows.written += cursor.rowsWritten;
        return all;
      },
    });
    const setAlarm = (ms) => {
      rows.written += 1;
      return storage.setAlarm(ms);
    };
    const counted = {
      sql: { exec },
      setAlarm,
      getAlarm: () => storage.getAlarm(),
      transactionSync: (work) => storage.transactionSync(work),
    };
    Object.defineProperty(this, "ctx", { value: { id, storage: counted } });
  }
}

export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/bench/rows") return Response.json(rows);
    return worker.fetch(request, env, ctx);
  },
  scheduled: worker.scheduled,
};
