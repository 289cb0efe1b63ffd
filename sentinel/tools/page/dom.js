// Creates elements from values. Text is inserted as text: values from events are never parsed as HTML.

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [name, text] of Object.entries(value)) made.style.setProperty(name, text);
    else if (key in made && !key.includes("-") && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// The subset of Markdown in the workbook's texts: headings, paragraphs, `code` and *emphasis*.
export function markdown(text) {
  return text.split(/\n(?=#)|\n{2,}/).flatMap((block) => {
    const [, marks, heading, rest] = /^(#{1,3}) (.*)\n?([^]*)$/.exec(block) ?? [];
    if (!marks) return [element("p", {}, ...spans(block))];
    return [element("h2", {}, heading), ...(rest ? [element("p", {}, ...spans(rest))] : [])];
  });
}

function spans(text) {
  return text.split(/(`[^`]*`|\*[^*]+\*)/).map((span) => {
    if (span.startsWith("`")) return element("code", {}, span.slice(1, -1));
    if (span.startsWith("*")) return element("em", {}, span.slice(1, -1));
    return span;
  });
}

export const isTime = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);

export const timeText = (value) => value.slice(0, 19).replace("T", " ");

export function numberText(value, format) {
  const digits = format?.options?.maximumSignificantDigits;
  const options = digits ? { maximumSignificantDigits: digits } : { maximumFractionDigits: 2 };
  return value.toLocaleString("en", options);
}
