// The colour theme: light, dark, or the system's.

import { byId } from "./dom.js";

/** @param {import("./settings.js").Settings} settings */
export function followTheme(settings) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = byId("theme");
  const isDark = () => (settings.get("theme") === "system" ? system.matches : settings.get("theme") === "dark");
  const apply = () => {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
  };
  button.addEventListener("click", () => settings.set("theme", isDark() ? "light" : "dark"));
  system.addEventListener("change", apply);
  settings.addEventListener("change", apply);
  apply();
}
