// The page in Chromium: messages, examples, options, links, reports, and the absence of requests.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

import { visible } from "../src/words.js";
import { BUILT, CONTRACT, Playground, beyondLoading, chooseExample, marked, missing, paste, record, rows, settle, verdict } from "./page.js";

const EXAMPLES = JSON.parse(readFileSync(new URL("../examples.json", import.meta.url), "utf8")).flatMap(({ examples }) => examples);
const MESSAGE = '<12>1 2026-02-27T16:25:37.704Z protect01 ERAServer 3432 - - {"event_type":"Threat_Event","ipv4":"10.1.2.3","ipv6":"",'
  + '"hostname":"pc-17","occured":"27-Feb-2026 16:20:05","severity":"Warning","threat_name":"Eicar",'
  + '"object_uri":"file:///C:/Users/ann/a {1}.com","threat_handled":"true","username":"CORP\\\\ann","cloud":{"score":"7","tags":["new"]}}';
const RECORD = {
  event_type: "Threat_Event", ipv4: "10.1.2.3", hostname: "pc-17", occurred: "2026-02-27T16:20:05Z", severity: "Warning", threat_name: "Eicar",
  object_uri: "file:///C:/Users/ann/a {1}.com", threat_handled: true, username: "CORP\\ann", parse_status: "ok", syslog_hostname: "protect01",
  additional_fields: { cloud_score: "7", cloud_tags: ["new"] },
};

/** Fields that CEF and LEEF express in other words than the record. */
const CONCLUDED = new Set(["event_type", "severity", "payload_format"]);

const HIDDEN = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const escaped = (json) => json.replace(HIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
/** Removes trailing zeros of fractions, which JavaScript numbers do not keep. */
const withoutZeros = (json) => json.replace(/(:-?\d+\.\d*[1-9])0+(?=[,}\]])/g, "$1");
const compact = (json) => json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, text) => text ?? "");
const shown = async (page) => JSON.parse(await record(page));

describe("the page in Chromium", { skip: missing }, () => {
  /** @type {Playground} */
  let playground;
  before(async () => (playground = await Playground.start()));
  after(() => playground.stop());
  const inWindow = (name, run, hash, context) => test(name, (...given) => playground.test(run, hash, context)(...given));

  inWindow("a pasted message is shown with its record", async (page) => {
    await page.locator("#text").fill("");
    await page.evaluate((text) => navigator.clipboard.writeText(text), MESSAGE);
    await page.locator("#text").focus();
    await page.keyboard.press("Control+V");
    await page.locator("#source mark[data-key=hostname]").filter({ hasText: "pc-17" }).waitFor();
    await settle(page);
    assert.deepEqual(await shown(page), RECORD);
    assert.match(await verdict(page), /^ok\s+Complete/);
    assert.deepEqual((await rows(page)).find(([key]) => key === "occurred").slice(0, 5),
      ["occurred", "datetime", "2026-02-27T16:20:05Z", "occurred_t", "event, as occured"]);
    assert.deepEqual((await rows(page)).filter(([key]) => /^cloud_|parse_status|syslog_host/.test(key)).map((cells) => cells.slice(0, 5)), [
      ["parse_status", "string", "ok", "parse_status_s", "added by the filter"],
      ["syslog_hostname", "string", "protect01", "Computer", "syslog header"],
      ["cloud_score", "string", "7", "AdditionalFields.cloud_score", (await rows(page)).find(([key]) => key === "cloud_score")[4]],
      ["cloud_tags", "array", '["new"]', "AdditionalFields.cloud_tags", (await rows(page)).find(([key]) => key === "cloud_tags")[4]],
    ].map((cells) => (cells[1] === "array" ? [cells[0], cells[1], '[\n  "new"\n]', cells[3], cells[4]] : cells)));
  });

  inWindow("each example shows the records of its contract case", async (page) => {
    await page.locator("#view-json").click();
    for (const { id, case: name } of EXAMPLES) {
      await chooseExample(page, id);
      const expected = readFileSync(join(CONTRACT, name, "records.ndjson"), "utf8").split("\n").filter(Boolean);
      const found = [];
      for (let at = 0; at < expected.length; at += 1) {
        if (at) await page.locator("#record-choice select").selectOption(String(at));
        found.push(compact(await page.locator("#record pre").innerText()));
      }
      assert.deepEqual(found, expected.map((line) => escaped(withoutZeros(line))), id);
      assert.equal(await page.locator("#record-choice option").count(), expected.length > 1 ? expected.length : 0, id);
      const status = expected.length ? JSON.parse(expected[0]).parse_status : "dropped";
      assert.equal(await page.locator("#verdicts .chip").innerText(), status, id);
    }
  });

  inWindow("each field from the message is marked in it", async (page) => {
    for (const { id } of EXAMPLES) {
      await chooseExample(page, id);
      const places = await marked(page);
      for (const [key, type, value, , origin] of await rows(page)) {
        if (origin.startsWith("added by the filter")) continue;
        const place = places[key] ?? places[`additional_fields.${key}`];
        assert.ok(place, `${id}: ${key} is not marked`);
        if (type === "int") assert.equal(BigInt(place), BigInt(value), `${id}: ${key}`);
        if (type === "string" && !place.includes("\\") && !(id.match(/^(cef|leef)/) && CONCLUDED.has(key))) assert.equal(place, visible(value), `${id}: ${key}`);
      }
    }
  });

  inWindow("pointing at a field highlights it on both sides", async (page) => {
    await paste(page, MESSAGE);
    const current = () => page.evaluate(() => [...document.querySelectorAll(".current")].map((place) => [place.tagName, place.dataset.key]));
    await page.locator("#source mark[data-key=threat_name]").hover();
    assert.deepEqual(await current(), [["MARK", "threat_name"], ["SPAN", "threat_name"], ["TR", "threat_name"]].sort((one, two) => order(one) - order(two)));
    await page.locator("#record tr[data-key=syslog_hostname]").hover();
    assert.deepEqual(await current(), [["MARK", "syslog_hostname"], ["TR", "syslog_hostname"]]);
    await page.locator("#view-json").click();
    await page.locator("#record [data-key=username]").hover();
    assert.deepEqual((await current()).map(([tag]) => tag), ["SPAN", "MARK", "SPAN"]);
    await page.locator("h1").hover();
    assert.deepEqual(await current(), []);
  });
  const order = ([tag]) => ["SPAN", "MARK", "TR"].indexOf(tag);

  inWindow("the status and its reason are shown in plain words", async (page) => {
    const words = {
      cut: /^truncated\s+Cut off[^]*8000 characters: 2 of 28 fields recovered\.[^]*no setting for it/, "cut-string": /^truncated[^]*raise its message size limit/, "missing-comma": /^malformed/, tail: /^text[^]*No event/, notification: /^notification[^]*Notification/,
      heartbeat: /^dropped[^]*Heartbeat: no record/, several: /2 records/,
    };
    for (const [id, expected] of Object.entries(words)) {
      await chooseExample(page, id);
      assert.match(await verdict(page), expected, id);
    }
    await chooseExample(page, "cut");
    assert.match(await page.locator("#source .cut").innerText(), /cut here/);
  });

  inWindow("options change the record at once", async (page) => {
    await paste(page, MESSAGE);
    const choose = async (option, value) => {
      await page.locator(`input[name=option-${option}][value="${value}"]`).check();
      await settle(page);
      return shown(page);
    };
    assert.deepEqual(await choose("raw", "always"), { ...RECORD, raw_message: MESSAGE });
    assert.deepEqual(await choose("raw", "never"), RECORD);
    const all = await choose("syslog", "all");
    assert.deepEqual([all.syslog_facility, all.syslog_severity, all.syslog_appname, all.syslog_procid], ["user", "warning", "ERAServer", "3432"]);
    await chooseExample(page, "heartbeat");
    assert.match(await verdict(page), /Heartbeat: no record/);
    assert.equal((await choose("heartbeats", "keep")).parse_status, "heartbeat");
    await paste(page, `{"event_type":"Threat_Event","command_line":"${"x".repeat(100_000)}"}`);
    assert.equal((await shown(page)).parse_status, "ok");
    const limited = await choose("limit", "65536");
    assert.equal(limited.parse_status, "truncated");
    assert.ok(JSON.stringify(limited).length <= 65_536);
    assert.equal((await choose("limit", "none")).command_line.length, 100_000);
    const snippets = await page.locator("#snippets").innerText();
    assert.match(snippets, /raw: never\n\s+heartbeats: keep\n\s+syslog_fields: all/);
    assert.match(snippets, /eset_filter_raw_never_keep_heartbeats_syslog_all/);
    assert.match(snippets, /new \{ raw = "never", heartbeats = "keep", syslog_fields = "all" \}/);
  });

  inWindow("the link contains the options and the view, but nothing from a message", async (page) => {
    await page.locator("#view-json").click();
    await page.locator('input[name=option-raw][value="always"]').check();
    await page.locator('input[name=option-syslog][value="all"]').check();
    await page.locator("#theme").click();
    await chooseExample(page, "cef-threat");
    const link = page.url();
    assert.equal(new URL(link).hash, "#example=cef-threat&raw=always&syslog=all&view=json&theme=dark");
    const other = await playground.open(new URL(link).hash);
    assert.equal(await other.locator("#record pre").innerText(), await page.locator("#record pre").innerText());
    assert.equal(await other.evaluate(() => document.documentElement.dataset.theme), "dark");
    await other.context().close();
    await paste(page, MESSAGE);
    assert.equal(new URL(page.url()).hash, "#raw=always&syslog=all&view=json&theme=dark");
    await paste(page, `${MESSAGE}\n${MESSAGE.replace("Threat_Event", "Secret_Event")}`);
    await page.getByRole("button", { name: /^Secret/ }).click();
    await page.locator("#search").fill("pc-17");
    await page.waitForTimeout(300);
    await settle(page);
    assert.equal(await page.locator("#found").innerText(), "1 message found");
    assert.doesNotMatch(page.url(), /Secret|pc-17|Threat/);
  });

  inWindow("a link opened in the same window takes effect at once", async (page) => {
    await page.evaluate(() => (location.hash = "#example=capture&status=truncated&type=Threat_Event&raw=never&view=json"));
    await page.getByText(/^\d+ messages? found$/).waitFor();
    await settle(page);
    assert.deepEqual(new Set(await page.locator("#list .status .chip").allInnerTexts()), new Set(["truncated"]));
    assert.deepEqual(new Set(await page.locator("#list .type").allInnerTexts()), new Set(["Threat"]));
    assert.equal((await shown(page)).raw_message, undefined);
    assert.match(page.url(), /status=truncated&type=Threat_Event/);
  });

  inWindow("unknown values in a link fall back to the defaults", async (page) => {
    assert.deepEqual((await shown(page)).event_type, "Threat_Event");
    assert.equal(await page.locator('input[name=option-raw][value="on_error"]').isChecked(), true);
  }, "#raw=sometimes&view=cards&example=none&status=ok,strange&__proto__=x");

  inWindow("several lines are several messages, but a multi-line message is one", async (page) => {
    await paste(page, `${MESSAGE}\n<14>Oct 30 05:31:10 - HEARTBEAT\n\n${MESSAGE}\n`);
    assert.equal(await page.locator("#capture-name").innerText(), "4 messages, 2 records");
    await paste(page, `<14>Oct 30 05:31:10 co7 ERAServer[75]: ${JSON.stringify({ event_type: "Audit_Event", user: "ann" }, null, 2)}`);
    assert.equal(await page.locator("#capture").isVisible(), false);
    assert.equal((await shown(page)).user, "ann");
  });

  inWindow("text in a message is never parsed as HTML", async (page) => {
    await paste(page, '{"event_type":"<img src=x onerror=alert(1)>","hostname":"<b>pc</b>","<script>":"</pre><script>alert(1)</script>"}\n<img src=x>');
    assert.equal(await page.locator("main img, main script, main b").count(), 0);
    assert.match(await page.locator("#record").innerText(), /<b>pc<\/b>/);
  });

  inWindow("the copy buttons copy what is shown", async (page) => {
    await paste(page, MESSAGE);
    const copied = async (title) => {
      const block = page.locator(".snippet").filter({ has: page.getByRole("heading", { name: title }) });
      await block.getByRole("button").click();
      await block.getByRole("button", { name: "Copied" }).waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    await page.getByRole("button", { name: "Copy as JSON" }).click();
    await page.locator("#record-copy").getByText("Copied").waitFor();
    assert.deepEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), RECORD);
    assert.match(await copied("Fluent Bit"), /- name: eset\n {6}match: eset\.\*\n$/);
    assert.match(await copied("Vector"), /filter = load\(\)\.new \{ raw = "on_error" \}/);
    assert.equal(await copied("Find it in Microsoft Sentinel"), [
      "eset_CL", "| where TimeGenerated > ago(30d)", '| where hostname_s == "pc-17"', "| where occurred_t == datetime(2026-02-27T16:20:05Z)",
      '| where event_type_s == "Threat_Event"', '| where threat_name_s == "Eicar"', '| where object_uri_s == "file:///C:/Users/ann/a {1}.com"', "| take 10", "",
    ].join("\n"));
  });

  inWindow("a report replaces everything that could identify somebody", async (page) => {
    await paste(page, MESSAGE);
    await page.getByRole("button", { name: "Report this message…" }).click();
    const report = await page.locator(".report-text").innerText();
    assert.match(report, /^eset-filter \d+\.\d+\.\d+, raw = on_error/);
    assert.doesNotMatch(report, /pc-17|protect01|ann\b|CORP|10\.1\.2\.3|Users/);
    assert.match(report, /<12>1 2026-02-27T16:25:37\.704Z [a-z]{7}\d\d ERAServer 3432 - - \{"event_type":"Threat_Event","ipv4":"\d\d\.\d\.\d\.\d",/);
    assert.match(report, /"threat_handled":"true","username":"[A-Z]{4}\\\\[a-z]{3}","cloud":\{"score":"\d","tags":\["[a-z]{3}"\]\}\}/);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("dialog").isVisible(), false);
  });

  inWindow("the filter reads the report of each example like the example", async (page) => {
    const NAMING = /^(hostname|username|user|account|ipv4|ipv6|source_uuid|detection_uuid|syslog_hostname|syslog_relay|source_address|target_address|hash|object_uri|detail)$/;
    for (const { id } of EXAMPLES) {
      await chooseExample(page, id);
      const naming = (await rows(page)).filter(([key, , value]) => NAMING.test(key) && value.length > 3).map(([, , value]) => value);
      await page.getByRole("button", { name: "Report this message…" }).click();
      const dialog = page.locator("dialog[open]");
      await dialog.waitFor();
      assert.equal(await dialog.locator("p.good").count(), 1, `${id}: ${await dialog.innerText()}`);
      const report = await dialog.locator(".report-text").innerText();
      for (const value of naming) assert.ok(!report.includes(value), `${id}: ${value} in ${report}`);
      await dialog.getByRole("button", { name: "Close" }).click();
    }
  });

  inWindow("the page keeps working without a network", async (page) => {
    await page.context().setOffline(true);
    await chooseExample(page, "leef-threat");
    assert.equal((await shown(page)).payload_format, "leef");
    await page.locator('input[name=option-raw][value="always"]').check();
    await settle(page);
    assert.ok((await shown(page)).raw_message);
    await page.getByRole("button", { name: "Report this message…" }).click();
    await page.locator("dialog p.good").waitFor();
  });

  test("the page works from a file, without a server", async () => {
    const context = await playground.browser.newContext();
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(BUILT, "index.html")).href);
    await page.locator("html[data-ready]").waitFor();
    await settle(page);
    assert.equal((await shown(page)).event_type, "Threat_Event");
    await context.close();
  });

  test("the policy forbids all requests and foreign scripts", async () => {
    const page = await playground.open();
    let asked = 0;
    playground.server.on("request", ({ url }) => (asked += url.includes("probe") ? 1 : 0));
    const tried = await page.evaluate(async (probe) => {
      const refused = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused.push(effectiveDirective));
      const fetched = await fetch(probe).then(() => "answered", () => "refused");
      const inWorker = await new Promise((said) => {
        const source = `fetch(${JSON.stringify(probe)}).then(() => postMessage("answered"), () => postMessage("refused"))`;
        new Worker(URL.createObjectURL(new Blob([source]))).onmessage = ({ data }) => said(data);
      });
      navigator.sendBeacon(probe);
      const add = (name, attributes) => document.body.append(Object.assign(document.createElement(name), attributes));
      add("img", { src: probe });
      add("script", { src: probe.replace("127.0.0.1", "localhost") });
      add("script", { textContent: "window.hasRun = true" });
      add("iframe", { src: probe });
      add("link", { rel: "stylesheet", href: probe.replace("127.0.0.1", "localhost") });
      add("div", { innerHTML: '<form action="probe"><button></button></form>' }) ;
      document.querySelector("form").submit();
      let evaluated = "refused";
      setTimeout(() => {
        try {
          evaluated = new Function("return 'answered'")();
        } catch {}
      });
      await new Promise((passed) => setTimeout(passed, 500));
      return { fetched, inWorker, evaluated, hasRun: window.hasRun ?? false, refused: [...new Set(refused)].sort() };
    }, `${playground.address}probe`);
    assert.deepEqual(tried, {
      fetched: "refused", inWorker: "refused", evaluated: "refused", hasRun: false,
      refused: ["connect-src", "form-action", "frame-src", "img-src", "script-src", "script-src-elem", "style-src-elem"],
    });
    assert.equal(asked, 0);
    await page.context().close();
  });

  test("loading requests three files and nothing else", async () => {
    const page = await playground.open();
    const served = page.requests.filter((url) => !url.startsWith("blob:"));
    assert.deepEqual(served.sort(), [playground.address, `${playground.address}page.css`, `${playground.address}page.js`]);
    assert.deepEqual(beyondLoading(playground.address, [`${playground.address}other.js`]), [`${playground.address}other.js`]);
    await page.context().close();
  });
});
