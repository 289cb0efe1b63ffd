// What TypeScript programs may and may not do with the package.

import { EsetFilter, schema, version, type EsetRecord, type Explained, type Field, type Options, type Status } from "eset-filter";

const options: Options = { raw: "always", heartbeats: "keep", syslogFields: "all", recordLimit: 65536 };
const filter = new EsetFilter(options);
const records: EsetRecord[] = filter.parse("text");
const [record] = filter.parse(new Uint8Array());
const status: Status | undefined = record?.parse_status;
const port: number | bigint | undefined = record?.source_port;
const handled: boolean | undefined = record?.threat_handled;
const lines: string = filter.toNdjson("text");
const explained: Explained[] = filter.explain("text");
const fields: Field[] = schema();

async function* parts(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array();
}

export async function readAll(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const names: string[] = [];
  for (const capture of [stream, parts(), new Uint8Array()]) {
    for await (const { threat_name: name } of filter.parseCapture(capture)) names.push(name ?? "");
  }
  return names;
}

// @ts-expect-error an unknown option
new EsetFilter({ Raw: "always" });
// @ts-expect-error an unknown value
new EsetFilter({ raw: "sometimes" });
// @ts-expect-error a message of the wrong type
filter.parse(7);
// @ts-expect-error a capture that is text
filter.parseCapture("text");
// @ts-expect-error an unknown field
records[0]?.threatname;
// @ts-expect-error an unknown status
if (record?.parse_status === "bad") throw new Error(version);

export { explained, fields, handled, lines, port, status };
