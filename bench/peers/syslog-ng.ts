// syslog-ng with its http destination, from PATH or from the folder SYSLOG_NG (Debian's packages syslog-ng-core and
// syslog-ng-mod-http, unpacked), fed by programs/poller.mjs through a file. It signs nothing, for it cannot.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Job, type Mode, type Peer, sourceToken, workspace } from "./peer.ts";
import { startProcess } from "./process.ts";

const unpacked = process.env.SYSLOG_NG;
const libraries = unpacked && [
  join(unpacked, "usr/lib/syslog-ng"),
  join(unpacked, "usr/lib/x86_64-linux-gnu"),
  join(unpacked, "lib/x86_64-linux-gnu"),
];
const modules = unpacked && join(unpacked, "usr/lib/syslog-ng/3.38");

function binary(): string | undefined {
  const folders = unpacked
    ? [join(unpacked, "usr/sbin")]
    : [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, "syslog-ng")).find((file) => existsSync(file));
}

const batches = `batch-lines(100) batch-timeout(100) delimiter(",") body-prefix("[") body-suffix("]")`;

const toConfig = ({ world, mode, folder }: Job) => `@version: 3.38
options { stats-freq(0); log-msg-size(65536); keep-hostname(yes); };
source spool { file("${folder}/spool" flags(no-parse) follow-freq(0.1) log-fetch-limit(1000) log-iw-size(2000)); };
destination receiver {
  http(url("${world.origin}/to/d1") method("POST") headers("Content-Type: application/json") body("\${MSG}")
    time-reopen(1) retries(1000000) timeout(10) ${mode === "batch" ? batches : ""});
};
log { source(spool); destination(receiver); flags(flow-control); };
`;

function syslogNg(name: string, mode: Mode): Peer {
  return {
    name: `syslog-ng: ${name}`,
    modes: [mode],
    fansOut: false,
    readsAhead: true,
    missing: () =>
      binary() ? undefined : "syslog-ng-core and syslog-ng-mod-http of Debian are not installed",
    async start(job) {
      const { folder, world, sinceMs } = job;
      mkdirSync(folder, { recursive: true });
      const config = join(folder, "syslog-ng.conf");
      writeFileSync(config, toConfig(job));
      const files = ["persist", "pid", "control"].map((one) => `--${toFlag[one]}=${folder}/${one}`);
      const shipper = startProcess(
        folder,
        binary() ?? "syslog-ng",
        [
          "-F",
          "--no-caps",
          `--cfgfile=${config}`,
          ...files,
          ...(modules ? [`--module-path=${modules}`] : []),
        ],
        libraries ? { LD_LIBRARY_PATH: libraries.join(delimiter) } : {},
      );
      const poller = startProcess(
        folder,
        process.execPath,
        [join(import.meta.dirname, "programs/poller.mjs")],
        {
          JOB: JSON.stringify({
            url: `${world.origin}/v2/workspaces/${workspace}/audit_logs`,
            token: sourceToken,
            from: new Date(sinceMs).toISOString(),
            folder,
          }),
        },
      );
      return { processes: [shipper, poller], go: () => undefined };
    },
  };
}

const toFlag: Readonly<Record<string, string>> = {
  persist: "persist-file",
  pid: "pidfile",
  control: "control",
};

export const syslogNgs: readonly Peer[] = [
  syslogNg("unsigned, one by one", "single"),
  syslogNg("unsigned, 100 a request", "batch"),
];
