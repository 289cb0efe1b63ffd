// Input: pasted, typed or dropped text, files, and examples.

import { element, byId, settled } from "./dom.js";
import { number, plural, size } from "./words.js";

/** The longest text kept in the text field, in UTF-16 code units. A longer one is read as a capture. */
const LONGEST_TEXT = 200_000;
const TYPING_DELAY = 150;
const decoder = new TextDecoder();

/** @typedef {{ file: Blob, name: string, mayBeWhole: boolean, example?: string }} Given `name` is empty unless a capture has one */

/**
 * @param {any[]} examples groups of examples
 * @param {(given: Given) => void} open opens the input
 */
export function takeInput(examples, open) {
  const text = byId("text"), file = byId("file"), example = byId("example");
  const given = (blob, name, mayBeWhole) => {
    example.value = "";
    open({ file: blob, name, mayBeWhole });
  };

  const typed = settled(TYPING_DELAY, () => given(new Blob([text.value]), "", true));
  text.addEventListener("input", () => {
    byId("input-note").textContent = "";
    typed();
  });
  text.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    if (pasted.length <= LONGEST_TEXT) return;
    event.preventDefault();
    text.value = "";
    byId("input-note").textContent = `Pasted text of ${plural(pasted.length, "character")}, read as a capture.`;
    given(new Blob([pasted]), "pasted text", false);
  });

  file.addEventListener("change", () => {
    const [chosen] = file.files;
    if (chosen) openFile(chosen);
    file.value = "";
  });
  const openFile = (chosen) => {
    text.value = "";
    byId("input-note").textContent = `${chosen.name}, ${size(chosen.size)}`;
    given(chosen, chosen.name, false);
  };
  takeDrops(openFile, (dropped) => {
    text.value = dropped;
    typed();
  });

  byId("clear").addEventListener("click", () => {
    text.value = "";
    byId("input-note").textContent = "";
    given(new Blob(), "", true);
    text.focus();
  });

  example.append(element("option", { value: "" }, "Choose…"), ...examples.map(({ group, examples: inner }) => element("optgroup", { label: group },
    ...inner.map(({ id, title }) => element("option", { value: id }, title)))));
  const openExample = (id) => {
    const chosen = examples.flatMap((group) => group.examples).find((one) => one.id === id);
    const bytes = Uint8Array.from(atob(chosen.base64), (character) => character.charCodeAt(0));
    text.value = chosen.isCapture ? "" : decoder.decode(bytes);
    example.value = id;
    byId("input-note").textContent = chosen.note ?? "";
    open({ file: new Blob([bytes]), name: chosen.name ?? "", mayBeWhole: !chosen.isCapture, example: id });
  };
  example.addEventListener("change", () => example.value && openExample(example.value));
  return { openExample };
}

function takeDrops(openFile, openText) {
  const shade = byId("drop");
  let depth = 0;
  const show = (change) => {
    depth = Math.max(depth + change, 0);
    shade.hidden = depth === 0;
  };
  window.addEventListener("dragenter", () => show(1));
  window.addEventListener("dragleave", () => show(-1));
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    show(-Infinity);
    const [dropped] = event.dataTransfer?.files ?? [];
    if (dropped) openFile(dropped);
    else openText(event.dataTransfer?.getData("text/plain") ?? "");
  });
}

/** The progress of reading a capture, with a cancel button. */
export class Progress {
  #timer;
  /** @param {() => void} cancel */
  constructor(cancel) {
    byId("cancel").addEventListener("click", cancel);
  }

  start() {
    byId("progress-bar").removeAttribute("value");
    byId("progress-text").textContent = "Reading…";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (byId("progress").hidden = false), 250);
  }

  /** @param {{ read: number, total: number, messages: number }} progress */
  show({ read, total, messages }) {
    byId("progress-bar").value = total ? read / total : 0;
    byId("progress-text").textContent = `${number(messages)} messages, ${size(read)} of ${size(total)}`;
  }

  end() {
    clearTimeout(this.#timer);
    byId("progress").hidden = true;
  }
}
