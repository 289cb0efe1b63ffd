// Options and view, stored in the URL fragment. The link contains no data.

/** The values of each setting, the default first. */
const CHOICES = {
  raw: ["on_error", "always", "never"],
  heartbeats: ["drop", "keep"],
  syslog: ["hostname", "all"],
  limit: ["524288", "65536", "none"],
  view: ["table", "json"],
  theme: ["system", "light", "dark"],
};
const LISTS = ["status", "format", "type"];

export class Settings extends EventTarget {
  /** @type {Record<string, any>} */
  #values = {};
  #allowed;

  /** @param {{ status: string[], format: string[], type: string[], example: string[] }} allowed */
  constructor(allowed) {
    super();
    this.#allowed = allowed;
    this.#read();
    window.addEventListener("hashchange", () => {
      this.#read();
      this.dispatchEvent(new CustomEvent("change", { detail: { name: "all" } }));
    });
  }

  /** @param {string} name */
  get(name) {
    return this.#values[name];
  }

  /** @param {string} name @param {any} value */
  set(name, value) {
    if (String(this.#values[name]) === String(value)) return;
    this.#values[name] = value;
    history.replaceState(null, "", `#${this.#text()}`);
    this.dispatchEvent(new CustomEvent("change", { detail: { name } }));
  }

  /** The options in the form the filter expects. */
  get options() {
    const { raw, heartbeats, syslog, limit } = this.#values;
    return { raw, heartbeats, syslogFields: syslog, ...(limit === "none" ? {} : { recordLimit: Number(limit) }) };
  }

  #read() {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const [name, values] of Object.entries(CHOICES)) {
      const value = given.get(name);
      this.#values[name] = value !== null && values.includes(value) ? value : values[0];
    }
    for (const name of LISTS) {
      this.#values[name] = (given.get(name) ?? "").split(",").filter((value) => this.#allowed[name].includes(value));
    }
    const example = given.get("example") ?? "";
    this.#values.example = this.#allowed.example.includes(example) ? example : "";
  }

  /** Returns the settings that differ from the defaults. Event types that are not ESET's are data and omitted. */
  #text() {
    const text = new URLSearchParams();
    if (this.#values.example) text.set("example", this.#values.example);
    for (const [name, [usual]] of Object.entries(CHOICES)) if (this.#values[name] !== usual) text.set(name, this.#values[name]);
    for (const name of LISTS) {
      const values = this.#values[name].filter((value) => this.#allowed[name].includes(value));
      if (values.length) text.set(name, values.join(","));
    }
    return text.toString();
  }
}
