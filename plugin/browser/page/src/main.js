// The page: passes input to the worker and shows its answers.

import examples from "examples";

import { CaptureView } from "./capture-view.js";
import { Client } from "./client.js";
import { byId } from "./dom.js";
import { Progress, takeInput } from "./input.js";
import { MessageView } from "./message-view.js";
import { showOptions } from "./options.js";
import { Settings } from "./settings.js";
import { followTheme } from "./theme.js";
import { FORMATS, STATUSES } from "./words.js";

const FIRST_EXAMPLE = "threat";
const OPTIONS = ["raw", "heartbeats", "syslog", "limit", "all"];

async function start() {
  const client = new Client();
  const { version, fields } = await client.call("start");
  const types = fields.find(({ key }) => key === "event_type").eventTypes;
  const ids = examples.flatMap((group) => group.examples.map(({ id }) => id));
  const settings = new Settings({ status: STATUSES, format: FORMATS, type: types, example: ids });
  byId("version").textContent = `eset-filter ${version}`;
  followTheme(settings);
  showOptions(byId("options"), settings);

  const message = new MessageView({ client, settings, fields: new Map(fields.map((field) => [field.key, field])), version, showProblem });
  const capture = new CaptureView(client, settings, async (at) => {
    const wanted = (chosen += 1);
    try {
      const found = await client.call("message", { at });
      if (wanted === chosen) message.show(found);
    } catch (error) {
      showProblem(error);
    }
  }, showProblem);
  let chosen = 0;
  let given, reading = new AbortController();
  const progress = new Progress(() => reading.abort());

  /** @param {import("./input.js").Given} what @param {boolean} [isAgain] keeps the list filters, for changed options */
  async function open(what, isAgain = false) {
    reading.abort();
    reading = new AbortController();
    const { signal } = reading;
    const isLatest = () => signal === reading.signal;
    given = what;
    showProblem();
    if (!isAgain) settings.set("example", what.example ?? "");
    progress.start();
    try {
      await client.call("setOptions", { options: settings.options });
      const opened = await client.call("open", what, { signal, onProgress: (news) => isLatest() && progress.show(news) });
      if (!isLatest()) return;
      await capture.open(opened, what.name);
      if (opened.messages === 1) message.show({ ...await client.call("message", { at: 0 }), index: undefined });
      else if (!opened.messages) message.show();
    } catch (error) {
      if (!isLatest()) return;
      if (error.isCancelled) given = undefined;
      byId("capture").hidden = true;
      message.show();
      showProblem(error);
    } finally {
      if (isLatest()) progress.end();
    }
  }

  settings.addEventListener("change", (event) => {
    const { name } = /** @type {CustomEvent} */ (event).detail;
    const example = settings.get("example");
    if (name === "all" && example && example !== given?.example) openLinked(example);
    else if (OPTIONS.includes(name) && given) open(given, true);
  });
  let isLinked = false;
  const { openExample } = takeInput(examples, (what) => {
    if (!isLinked) capture.reset();
    isLinked = false;
    open(what);
  });
  /** Opens an example from the address, keeping the filters in the address. @param {string} id */
  function openLinked(id) {
    isLinked = true;
    openExample(id);
  }
  openLinked(settings.get("example") || FIRST_EXAMPLE);
  document.documentElement.dataset.ready = "true";
}

/** @param {any} [error] if absent, the last error is hidden */
function showProblem(error) {
  const place = byId("problem");
  place.hidden = !error;
  place.textContent = error?.message ?? "";
}

start().catch(showProblem);
