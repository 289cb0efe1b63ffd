// Creates elements. Text is always inserted as text: message content is never parsed as HTML.

/** @param {string} id */
export const byId = (id) => /** @type {any} */ (document.getElementById(id));

/**
 * @param {string} name @param {Record<string, any>} [properties] properties, attributes and `on…` listeners
 * @param {...any} children
 * @returns {any}
 */
export function element(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name @param {Record<string, any>} [properties] @param {...any} children @returns {any} */
export function svg(name, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

function fill(made, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

let announced = 0;

/** Announces a text to screen readers. @param {string} text */
function announce(text) {
  const place = byId("announcement");
  place.textContent = text;
  const turn = (announced += 1);
  setTimeout(() => turn === announced && (place.textContent = ""), 4000);
}

/** Returns a debounced function: it runs the action after a delay in milliseconds without further calls. */
export function settled(delay, action) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...given), delay);
  };
}

/** Returns a button that copies a text and confirms it. @param {string} label @param {() => string} text */
export function copyButton(label, text) {
  const button = element("button", { type: "button", class: "copy" }, label);
  button.addEventListener("click", async () => {
    const isCopied = await copy(text());
    button.textContent = isCopied ? "Copied" : "Copy failed: select and copy the text";
    announce(button.textContent);
    setTimeout(() => (button.textContent = label), 1600);
  });
  return button;
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Copies without the clipboard API, which exists only on pages served over HTTPS or loopback. */
function copyBySelection(text) {
  const place = element("textarea", { class: "hidden-label" });
  place.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(place);
  place.select();
  const isCopied = document.execCommand("copy");
  place.remove();
  return isCopied;
}
