// "Report this message": the text of an issue, without details of people and machines from the message.

import { copyButton, element } from "./dom.js";
import { members } from "./json.js";
import { withStandIns } from "./standins.js";

/**
 * @param {HTMLDialogElement} dialog
 * @param {{ text: string, explained: any[] }} message
 * @param {{ client: import("./client.js").Client, fields: Map<string, any>, options: any, version: string }} given
 */
export async function showReport(dialog, message, { client, fields, options, version }) {
  const full = await client.call("explain", { text: message.text, options: { ...options, syslogFields: "all" } });
  const text = withStandIns(message.text, full.explained, fields);
  const replaced = await client.call("explain", { text });
  const isSame = shape(message.explained) === shape(replaced.explained);
  const report = written(text, replaced, options, version);
  const close = element("button", { type: "button" }, "Close");
  close.addEventListener("click", () => dialog.close());
  const shown = element("pre", { class: "report-text", tabindex: 0, "aria-label": "The report" }, report);
  dialog.replaceChildren(
    element("h2", { id: "report-title" }, "Report this message"),
    element("p", {}, "Addresses, names and IDs are replaced by placeholders of the same shape. Read the report before you copy it. The page sends nothing."),
    element("p", { class: isSame ? "good" : "problem" }, isSame
      ? "With placeholders, the message has the same status and fields."
      : "With placeholders, the message has a different status or different fields. Mention this in the report."),
    shown,
    element("div", { class: "bar" }, copyButton("Copy the report", () => report), close));
  dialog.showModal();
}

/** Returns what must stay the same: the statuses, and the names and types of the fields. */
function shape(explained) {
  return JSON.stringify(explained.map(({ record }) => [record.parse_status, members(record).map(({ key, value }) => [key, typeof value])]));
}

function written(text, { explained }, options, version) {
  const fence = "`".repeat(Math.max(3, ...(text.match(/`+/g) ?? []).map((run) => run.length + 1)));
  const chosen = Object.entries(options).map(([name, value]) => `${name} = ${value}`).join(", ");
  const records = explained.map(({ record, reason }) => `- ${record.parse_status}: ${reason}. Fields: ${members(record).map(({ key }) => key).join(", ")}`);
  return [
    `eset-filter ${version}, ${chosen}`, "", "Message, with placeholders for addresses, names and IDs:", "", fence, text, fence, "",
    "Records:", "", ...(records.length ? records : ["- none"]), "", "What I expected instead:", "",
  ].join("\n");
}
