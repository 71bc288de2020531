// Node-RED's flow for the job: a page, its items all at once, the next page when each of them was taken.
const id = (n) => `bench${n}`;
const { base, workspace, token, from, url, secret } = JSON.parse(process.env.JOB);
const key = secret.slice("whsec_".length);

const nextPage = `
const offset = flow.get("offset", "file") || 0;
msg.url = ${JSON.stringify(`${base}/workspaces/${workspace}/audit_logs?limit=100&sortOrder=asc&from=${from}`)} + "&offset=" + offset;
msg.headers = { authorization: ${JSON.stringify(`Bearer ${token}`)} };
delete msg.payload;
return msg;`;
const split = `
const items = msg.payload && msg.payload.items;
if (msg.statusCode !== 200 || !Array.isArray(items) || items.length === 0) return [null, {}];
flow.set("left", items.length);
const crypto = global.get("crypto");
return [items.map((item, i) => {
  const payload = JSON.stringify(item);
  const [id, seconds] = [item.timestamp + "-" + i, Math.floor(Date.now() / 1000)];
  const signed = crypto.createHmac("sha256", Buffer.from(${JSON.stringify(key)}, "base64")).update(id + "." + seconds + "." + payload);
  return { payload, url: ${JSON.stringify(url)}, again: payload, headers: {
    "content-type": "application/json", "webhook-id": id, "webhook-timestamp": String(seconds),
    "webhook-signature": "v1," + signed.digest("base64") } };
}), null];`;
const check = `
if (msg.statusCode !== 200) return [{ ...msg, payload: msg.again, headers: msg.sent }, null];
const left = flow.get("left") - 1;
flow.set("left", left);
if (left > 0) return null;
flow.set("offset", (flow.get("offset", "file") || 0) + 100, "file");
return [null, {}];`;
// The request node replaces the headers by the answer's.
const keep = "msg.sent = msg.headers; return msg;";

let row = 0;
const node = (n, type, more) => ({ id: id(n), type, z: "tab", x: 100, y: 50 * ++row, ...more });
const code = (n, func, wires) =>
  node(n, "function", {
    func,
    outputs: wires.length,
    wires,
    initialize: "",
    finalize: "",
    libs: [],
  });
const request = {
  paytoqs: "ignore",
  persist: true,
  senderr: false,
  tls: "",
  insecureHTTPParser: false,
};
const flows = [
  { id: "tab", type: "tab", label: "bench" },
  node(1, "inject", { once: true, onceDelay: 0.1, repeat: "", props: [], wires: [[id(2)]] }),
  code(2, nextPage, [[id(3)]]),
  node(3, "http request", { ...request, method: "GET", ret: "obj", url: "", wires: [[id(4)]] }),
  code(4, split, [[id(8)], [id(7)]]),
  node(5, "http request", { ...request, method: "POST", ret: "txt", url: "", wires: [[id(6)]] }),
  code(6, check, [[id(9)], [id(2)]]),
  node(7, "delay", { pauseType: "delay", timeout: "1", timeoutUnits: "seconds", wires: [[id(2)]] }),
  code(8, keep, [[id(5)]]),
  node(9, "delay", { pauseType: "delay", timeout: "1", timeoutUnits: "seconds", wires: [[id(8)]] }),
];

// This file is Node-RED's settings: it brings its flow along.
require("node:fs").writeFileSync("flows.json", JSON.stringify(flows));

module.exports = {
  uiPort: 0,
  uiHost: "127.0.0.1",
  httpAdminRoot: false,
  httpNodeRoot: false,
  userDir: process.cwd(),
  flowFile: "flows.json",
  credentialSecret: false,
  functionGlobalContext: { crypto: require("node:crypto") },
  contextStorage: {
    default: { module: "memory" },
    file: { module: "localfilesystem", config: { flushInterval: 1 } },
  },
  logging: { console: { level: "warn", metrics: false, audit: false } },
  telemetry: { enabled: false, updateNotification: false },
};
