// All formats. One more is one file and one line here.
import { cloudevents } from "./cloudevents.ts";
import { ecs } from "./ecs.ts";
import { event } from "./event.ts";
import type { Format } from "./format.ts";
import { ocsf } from "./ocsf.ts";
import { raw } from "./raw.ts";

export const formats: readonly Format[] = [event, ocsf, ecs, cloudevents, raw];
