// The keyboard: Ctrl/⌘ K and / find, c creates, j k move through the rows of a list, o or Enter opens, x picks, e edits,
// ? lists the keys, g then a letter goes to an area. Single keys are silent while someone types or a dialog is open.
import { all, isTyping, one } from "./dom";
import { dialogCalled, openDialog } from "./dialogs";
import { openPalette } from "./palette";

let going = 0;

function rows(): HTMLElement[] {
  return all("[data-rows] > tbody > tr, [data-rows] > li, tbody[data-rows] > tr").filter((row) => row.offsetParent !== null && one("a, button, input", row));
}

function move(step: number): void {
  const list = rows();
  if (!list.length) return;
  const at = list.findIndex((row) => row.classList.contains("is-at"));
  list[at]?.classList.remove("is-at");
  const next = list[Math.min(Math.max(at + step, 0), list.length - 1)]!;
  next.classList.add("is-at");
  const target = one("a.row-link, td.main a, a, button", next);
  target?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function pick(): void {
  one<HTMLInputElement>(".is-at .pick")?.click();
}

function press(selector: string): void {
  const target = one(selector);
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    one(".item", target)?.focus();
  } else target?.click();
}

function go(key: string): void {
  going = 0;
  all<HTMLAnchorElement>("a[data-go]").find((link) => link.dataset["go"] === key)?.click();
}

function showKeys(): void {
  const dialog = dialogCalled("keys");
  if (dialog) openDialog(dialog);
}

const acts: Record<string, () => void> = {
  "/": () => { const field = one<HTMLInputElement>("[data-find]"); if (field) { field.focus(); field.select(); } else openPalette(); },
  c: () => press("#create-menu"),
  j: () => move(1),
  k: () => move(-1),
  o: () => one(".is-at a.row-link, .is-at td.main a, .is-at a")?.click(),
  x: pick,
  e: () => press("[data-edit]"),
  "?": showKeys,
  g: () => { going = Date.now(); },
};

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (document.querySelector("dialog[open]") || document.querySelector("details.menu[open]")) return;
    if (Date.now() - going < 1200) { event.preventDefault(); go(event.key); return; }
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
