// One message as JSON, posted.
import type { OutgoingRequest } from "../../http.ts";

export function postJson(url: string, message: unknown): OutgoingRequest {
  return {
    method: "POST",
    url,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(message),
  };
}
