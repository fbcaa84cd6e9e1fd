// Menus are native <details class="menu">; this adds what people expect: one open at a time, Escape, arrows, a click outside.
import { all, around, one } from "./dom";

function close(menu: HTMLDetailsElement, refocus = false): void {
  menu.open = false;
  if (refocus) one("summary", menu)?.focus();
}

function items(menu: HTMLElement): HTMLElement[] {
  return all(".item:not([disabled])", menu).filter((item) => item.offsetParent !== null);
}

function walk(menu: HTMLDetailsElement, key: string): void {
  const list = items(menu);
  const at = list.indexOf(document.activeElement as HTMLElement);
  const step: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at < 0 ? list.length - 1 : at - 1, Home: 0, End: list.length - 1 };
  list[((step[key] ?? 0) + list.length) % list.length]?.focus();
}

function onKey(event: KeyboardEvent): void {
  const menu = around<HTMLDetailsElement>(event, "details.menu, details.filter");
  if (!menu) return;
  if (event.key === "Escape" && menu.open) {
    event.preventDefault();
    close(menu, true);
  } else if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) && !around(event, "input, textarea, select")) {
    event.preventDefault();
    menu.open = true;
    walk(menu, event.key);
  }
}

export function startMenus(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const inside = around(event, "details.menu, details.filter");
    const picked = around(event, ".pop .item");
    all<HTMLDetailsElement>("details.menu[open], details.filter[open]").forEach((menu) => {
      if (menu !== inside || (picked && !picked.matches("label, [data-stay]"))) close(menu);
    });
  });
  document.addEventListener("focusout", (event) => {
    const menu = around<HTMLDetailsElement>(event, "details.menu");
    const to = event.relatedTarget;
    if (menu?.open && to instanceof Node && !menu.contains(to)) close(menu);
  });
}
