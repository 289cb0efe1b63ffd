// "Report this message": what an issue needs to say, without what the message tells of people and machines.

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
    element("p", {}, "Addresses, names and ids are replaced by stand-ins of the same shape. Read it before you copy it: the page sends nothing."),
    element("p", { class: isSame ? "good" : "problem" }, isSame
      ? "The filter gives the message with stand-ins the same status and the same fields."
      : "The filter reads the message with stand-ins in another way than yours. Say so in the report."),
    shown,
    element("div", { class: "bar" }, copyButton("Copy the report", () => report), close));
  dialog.showModal();
}

/** What has to stay the same: statuses, and names and types of fields. */
function shape(explained) {
  return JSON.stringify(explained.map(({ record }) => [record.parse_status, members(record).map(({ key, value }) => [key, typeof value])]));
}

function written(text, { explained }, options, version) {
  const fence = "`".repeat(Math.max(3, ...(text.match(/`+/g) ?? []).map((run) => run.length + 1)));
  const chosen = Object.entries(options).map(([name, value]) => `${name} = ${value}`).join(", ");
  const records = explained.map(({ record, reason }) => `- ${record.parse_status}: ${reason}. Fields: ${members(record).map(({ key }) => key).join(", ")}`);
  return [
    `eset-filter ${version}, ${chosen}`, "", "Message, with stand-ins for addresses, names and ids:", "", fence, text, fence, "",
    "Records:", "", ...(records.length ? records : ["- none"]), "", "What I expected instead:", "",
  ].join("\n");
}
