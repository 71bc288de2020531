// OCSF 1.8.0 by ajv on OCSF's own JSON Schema, and by OCSF's definitions where that schema is silent.
// Schema and definitions: https://schema.ocsf.io, https://github.com/ocsf/ocsf-schema (Apache-2.0)
import { describe, expect, test } from "vitest";
import { ocsf } from "../../src/formats/ocsf.ts";
import { isObject } from "../../src/source/record.ts";
import { differences } from "./differences.ts";
import { everyItem, received, type Sample } from "./items.ts";
import { definitions, ocsfChecker } from "./ocsf-rules.ts";

const login = {
  activity_id: 1,
  activity_name: "Logon",
  category_uid: 3,
  category_name: "Identity & Access Management",
  class_uid: 3002,
  class_name: "Authentication",
  type_uid: 300201,
  type_name: "Authentication: Logon",
  severity_id: 1,
  severity: "Informational",
  status_id: 1,
  status: "Success",
  time: 1_780_572_007_123,
  message: "ann@acme.com logged in by SSO.",
  auth_protocol_id: 99,
  auth_protocol: "sso",
  actor: { user: { uid: "u1", name: "ann@acme.com", email_addr: "ann@acme.com", type_id: 1 } },
  user: { uid: "u1", name: "ann@acme.com", email_addr: "ann@acme.com", type_id: 1, type: "User" },
  service: { name: "Webflow" },
  src_endpoint: { ip: "2001:db8::17", location: { city: "Dublin", country: "IE" } },
  observables: [
    { name: "user.email_addr", type_id: 5, type: "Email Address", value: "ann@acme.com" },
    { name: "src_endpoint.ip", type_id: 2, value: "2001:db8::17" },
  ],
  metadata: { version: "1.8.0", uid: "e1", product: { name: "Webflow", vendor_name: "Webflow" } },
  unmapped: { anything: { at: ["all"] } },
};
const grant = {
  activity_id: 1,
  category_uid: 3,
  class_uid: 3005,
  type_uid: 300501,
  severity_id: 4,
  time: login.time,
  user: { uid: "u2" },
  privileges: ["Designer"],
  resources: [{ name: "www" }, { uid: "w1", type: "Workspace" }],
  observables: [
    { name: "resources.uid", type_id: 10, value: "w1" },
    { name: "resources[].uid", type_id: 10, value: "w1" },
    { name: "resources[1].uid", type_id: 10, value: "w1" },
    { name: "user", type_id: 21 },
  ],
  metadata: login.metadata,
};
const invitation = {
  activity_id: 99,
  activity_name: "Decline",
  category_uid: 3,
  class_uid: 3004,
  type_uid: 300499,
  type_name: "Entity Management: Other",
  severity_id: 1,
  time: login.time,
  entity: { name: "kai@acme.com", type_id: 99, type: "Workspace Invitation", data: { role: null } },
  metadata: login.metadata,
};
const unknown = {
  activity_id: 99,
  activity_name: "site_publishing.site_published",
  category_uid: 0,
  class_uid: 0,
  type_uid: 99,
  severity_id: 1,
  time: login.time,
  metadata: login.metadata,
};

const faultsOf = definitions.there ? ocsfChecker() : () => [];

describe.skipIf(!definitions.there)(`the check of OCSF (${definitions.needed})`, () => {
  const { user, metadata } = login;

  test.each(Object.entries({ login, grant, invitation, unknown }))(
    "finds nothing wrong with a good document: %s",
    (_, document) => {
      expect(faultsOf(document)).toEqual([]);
    },
  );

  // The schema itself finds the first half.
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["a required field is missing", { ...login, severity_id: undefined }],
    ["a field is not defined", { ...login, colour: "red" }],
    ["a field within an object is not defined", { ...login, user: { ...user, mail: "x" } }],
    ["a text is a number", { ...login, message: 5 }],
    ["the time is a text", { ...login, time: "2026-06-04T11:20:07.123Z" }],
    ["an enumeration does not have the value", { ...login, severity_id: 7 }],
    ["a list is none", { ...grant, privileges: "Designer" }],
    ["a user has an address alone", { ...login, user: { email_addr: "ann@acme.com" } }],
    ["a location has a description alone", { ...login, src_endpoint: { location: { desc: "x" } } }],
    ["a login names neither service nor endpoint", { ...login, service: undefined }],
    ["the class is none that is used", { ...login, class_uid: 3001 }],
    ["the class is that of another document", { ...login, class_uid: 3004 }],
    ["type_uid does not follow from class and activity", { ...login, type_uid: 300202 }],
    ["the name of the type is another's", { ...login, type_name: "Authentication: Logoff" }],
    ["the name of the class is another's", { ...login, class_name: "Entity Management" }],
    ["the name of the category is another's", { ...login, category_name: "IAM" }],
    ["the name of the activity is another's", { ...login, activity_name: "Logoff" }],
    ["the word of the severity is another's", { ...login, severity: "Info" }],
    ["the word of the status is another's", { ...login, status: "OK" }],
    ["the kind of user is another's", { ...login, user: { ...user, type: "Admin" } }],
    ["what is other does not say what it is", { ...invitation, activity_name: undefined }],
    ["an IP address is none", { ...login, src_endpoint: { ip: "203.0.113" } }],
    ["an IP address has no dots", { ...login, src_endpoint: { ip: "203a0b113c9" } }],
    ["an e-mail address is none", { ...login, user: { ...user, email_addr: "a@b" } }],
    ["the version is another", { ...login, metadata: { ...metadata, version: "1.9.0-dev" } }],
    ["a number is no integer", { ...login, time: 1_780_572_007.123 }],
    ["a field is deprecated", { ...grant, resource: { name: "www" } }],
    ["an observable leads nowhere", { ...grant, observables: [{ name: "user.name", type_id: 4 }] }],
    [
      "an observable is not what it says",
      { ...grant, observables: [{ name: "user.uid", type_id: 5, value: "u2" }] },
    ],
    [
      "an observable has another value than its field",
      { ...grant, observables: [{ name: "user.uid", type_id: 31, value: "u9" }] },
    ],
  ])("finds that %s", (_, document) => {
    expect(faultsOf(JSON.parse(JSON.stringify(document)))).not.toEqual([]);
  });
});

everyItem(
  "as OCSF it is valid",
  ({ event }) => received(ocsf.toDocuments(event)).flatMap(({ content }) => faultsOf(content)),
  definitions,
);

const uids = new Set<unknown>();

everyItem("as OCSF it keeps its time and the item as received, under a uid of its own", (sample) =>
  received(ocsf.toDocuments(sample.event)).flatMap(({ id, content }) => own(sample, id, content)),
);

function own({ item, event }: Sample, id: string, content: Readonly<Record<string, unknown>>) {
  const { uid } = isObject(content.metadata) ? content.metadata : {};
  const isNew = uid === id && !uids.has(uid);
  uids.add(uid);
  return [
    ...(isNew ? [] : [`the uid ${uid} is not the document's own`]),
    ...(content.time === Date.parse(event.time) ? [] : [`the time is ${content.time}`]),
    ...differences(item, JSON.parse(String(content.raw_data)), "raw_data"),
  ];
}
