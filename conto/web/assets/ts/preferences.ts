// Theme and sidebar are remembered in cookies, so that the server draws the first frame right.
import { all, around, remember } from "./dom";

function chooseTheme(theme: string): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  remember("conto_theme", theme);
  all("[data-choose-theme]").forEach((item) => item.setAttribute("aria-checked", String(item.dataset["chooseTheme"] === theme)));
  document.dispatchEvent(new Event("themeChanged"));
}

function foldSide(button: HTMLElement): void {
  const root = document.documentElement;
  const folded = root.dataset["side"] !== "icons";
  if (folded) root.dataset["side"] = "icons";
  else delete root.dataset["side"];
  button.setAttribute("aria-expanded", String(!folded));
  remember("conto_side", folded ? "icons" : "full");
}

export function startPreferences(): void {
  document.addEventListener("click", (event) => {
    const theme = around(event, "[data-choose-theme]");
    if (theme) chooseTheme(theme.dataset["chooseTheme"] ?? "system");
    const fold = around(event, "[data-fold]");
    if (fold) foldSide(fold);
    const back = around(event, "[data-back]");
    if (back && history.length > 1) { event.preventDefault(); history.back(); }
  });
  // A choice that sends its form: language, sort order, a filter.
  document.addEventListener("change", (event) => around<HTMLSelectElement>(event, "[data-sends]")?.form?.requestSubmit());
}
