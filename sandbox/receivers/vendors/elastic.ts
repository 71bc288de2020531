// Elasticsearch's bulk API, and OpenSearch's, which differs by who may come in and by which parameters there are.
// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
import { isObject } from "../../../src/source/record.ts";
import { type Incoming, parseJson, type Reply, textAt, type Vendor } from "../vendor.ts";

const elasticsearch = "acme.es.eu-west-1.aws.elastic-cloud.com";
const openSearch = "search.acme-logs.com";
const stream = "logs-webflow.audit-default";
const apiKey = "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==";
const password = "correct-horse";
const basic = `Basic ${Buffer.from(`tidemark:${password}`).toString("base64")}`;
const common = ["filter_path", "pipeline", "refresh", "require_alias", "routing", "timeout"];

/** What becomes of one document. */
interface Item {
  readonly status: number;
  readonly error?: { readonly type: string; readonly reason: string };
}

export const elastic: Vendor = {
  type: "elastic",
  hosts: [elasticsearch, openSearch],
  options: [
    { url: `https://${elasticsearch}:443`, apiKey },
    { url: `https://${openSearch}`, user: "tidemark", password },
  ],
  faults: [
    { kind: "answer", status: 429, word: "es_rejected_execution_exception", retryAfterS: 2 },
    { kind: "answer", status: 502 },
    { kind: "answer", status: 503, word: "cluster_block_exception" },
  ],
  deduplicates: true,
  open({ refuses }) {
    const held = new Set<string>();
    let requests = 0;

    function store(id: string, document: unknown): Item {
      if (held.has(id)) {
        const reason = `[${id}]: version conflict, document already exists (current version [1])`;
        return failed(409, "version_conflict_engine_exception", reason);
      }
      if (!isObject(document) || Number.isNaN(Date.parse(textAt(document, "@timestamp")))) {
        const reason = "data stream timestamp field [@timestamp] is missing";
        return failed(400, "document_parsing_exception", reason);
      }
      if (refuses(id)) {
        const reason = `[1:312] failed to parse field [webflow.audit.site] of type [keyword] in document with id '${id}'.`;
        return failed(400, "document_parsing_exception", reason);
      }
      held.add(id);
      return { status: 201 };
    }

    return (request) => {
      const refused = refuse(request);
      if (refused) return refused;
      const lines = request.text.slice(0, -1).split("\n").map(parseJson);
      requests += 1;
      const documents = lines.flatMap((action, i) =>
        i % 2 === 0 ? [{ id: textAt(action, "create", "_id"), content: lines[i + 1] }] : [],
      );
      if (documents.some(({ id }) => id === "")) {
        return error(400, "illegal_argument_exception", "Malformed action/metadata line");
      }
      // From time to time the write queue is full halfway.
      const room = requests % 5 === 0 ? Math.ceil(documents.length / 2) : documents.length;
      const items = documents.map(({ id, content }, i) =>
        i < room
          ? store(id, content)
          : failed(429, "es_rejected_execution_exception", "rejected execution of primary"),
      );
      return {
        status: 200,
        body: {
          errors: items.some(({ status }) => status >= 400),
          items: items.map((create) => ({ create })),
        },
        stored: documents
          .filter((_, i) => items[i]?.status === 201)
          .map(({ id, content }) => ({
            id,
            timeMs: Date.parse(textAt(content, "@timestamp")),
            content,
          })),
      };
    };
  },
};

/** What is wrong with a request as a whole. */
function refuse({ method, url, headers, text, bytes }: Incoming): Reply | undefined {
  const isOpen = url.hostname === openSearch;
  if (headers.get("authorization") !== (isOpen ? basic : `ApiKey ${apiKey}`)) {
    return error(401, "security_exception", "unable to authenticate");
  }
  if (url.pathname !== `/${stream}/_bulk` || method !== "POST") {
    return error(404, "index_not_found_exception", `no handler for ${url.pathname}`);
  }
  const known = isOpen ? common : [...common, "require_data_stream"];
  const strange = [...url.searchParams.keys()].find((name) => !known.includes(name));
  if (strange) {
    const reason = `request [${url.pathname}] contains unrecognized parameter: [${strange}]`;
    return error(400, "illegal_argument_exception", reason);
  }
  if (!/^application\/(x-nd)?json$/.test(headers.get("content-type") ?? "")) {
    return error(406, "media_type_header_exception", "Content-Type is not supported");
  }
  if (bytes > 100 * 1024 * 1024) return { status: 413, body: "" };
  if (!text.endsWith("\n")) {
    const reason = "The bulk request must be terminated by a newline [\\n]";
    return error(400, "illegal_argument_exception", reason);
  }
  return undefined;
}

function failed(status: number, type: string, reason: string): Item {
  return { status, error: { type, reason } };
}

function error(status: number, type: string, reason: string): Reply {
  return { status, body: { error: { type, reason }, status } };
}
