// The severity in the words that most log tools colour and filter by.
import type { Severity } from "../../event/event.ts";

export const levels: Readonly<Record<Severity, string>> = {
  info: "info",
  low: "notice",
  medium: "warn",
  high: "error",
  critical: "critical",
};
