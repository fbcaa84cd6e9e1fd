// The command palette: acts known to the page, records found by the server (GET /search?q= answers with a fragment of .hit links).
import { dialogCalled } from "./dialogs";
import { all, around, one } from "./dom";

const WAIT_MS = 120;

class Palette {
  readonly #dialog: HTMLDialogElement;
  readonly #input: HTMLInputElement;
  readonly #acts: HTMLElement;
  readonly #found: HTMLElement;
  readonly #none: HTMLElement;
  readonly #list: HTMLElement;
  #timer = 0;
  #asked = new AbortController();

  constructor(dialog: HTMLDialogElement) {
    this.#dialog = dialog;
    this.#input = one<HTMLInputElement>("input", dialog)!;
    this.#acts = one("[data-acts]", dialog)!;
    this.#found = one("[data-found]", dialog)!;
    this.#none = one(".none", dialog)!;
    this.#list = one("[role=listbox]", dialog)!;
    this.#input.addEventListener("input", () => this.#typed());
    dialog.addEventListener("keydown", (event) => this.#key(event));
    dialog.addEventListener("mousemove", (event) => this.#select(around(event, ".hit")));
    dialog.addEventListener("close", () => this.#clear());
  }

  open(): void {
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    this.#input.focus();
    this.#typed();
  }

  #clear(): void {
    this.#input.value = "";
    this.#found.replaceChildren();
  }

  #hits(): HTMLElement[] {
    return all(".hit", this.#dialog).filter((hit) => hit.offsetParent !== null);
  }

  #select(hit: HTMLElement | null | undefined): void {
    if (!hit) return;
    all(".hit[aria-selected=true]", this.#dialog).forEach((old) => old.setAttribute("aria-selected", "false"));
    hit.id ||= `hit-${Math.random().toString(36).slice(2)}`;
    hit.setAttribute("aria-selected", "true");
    this.#input.setAttribute("aria-activedescendant", hit.id);
  }

  #filterActs(text: string): void {
    const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    for (const act of all(".hit", this.#acts)) {
      const label = `${act.textContent} ${act.dataset["also"] ?? ""}`.toLocaleLowerCase();
      act.hidden = !words.every((part) => label.includes(part));
    }
    const title = one(".group", this.#acts);
    if (title) title.hidden = all(".hit:not([hidden])", this.#acts).length === 0;
  }

  #typed(): void {
    const text = this.#input.value.trim();
    this.#filterActs(text);
    this.#settle();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(text), text ? WAIT_MS : 0);
  }

  async #ask(text: string): Promise<void> {
    this.#asked.abort();
    const url = this.#dialog.dataset["search"];
    if (!text || !url) {
      this.#found.replaceChildren();
      this.#settle();
      return;
    }
    this.#asked = new AbortController();
    try {
      const answer = await fetch(`${url}?q=${encodeURIComponent(text)}`, { headers: { "HX-Request": "true", "X-Palette": "1" }, signal: this.#asked.signal });
      if (!answer.ok) return;
      this.#found.innerHTML = await answer.text();
      this.#settle();
    } catch {
      // A newer question has replaced this one, or the network is gone: the acts stay usable.
    }
  }

  #settle(): void {
    this.#list.hidden = false;
    for (const hit of all("a", this.#found)) {
      hit.classList.add("hit");
      hit.setAttribute("role", "option");
      hit.tabIndex = -1;
    }
    const hits = this.#hits();
    this.#none.hidden = hits.length > 0;
    this.#list.hidden = hits.length === 0;
    this.#input.setAttribute("aria-expanded", String(hits.length > 0));
    this.#select(hits[0]);
  }

  #key(event: KeyboardEvent): void {
    const hits = this.#hits();
    const at = hits.findIndex((hit) => hit.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = hits[(at + step + hits.length) % hits.length];
      this.#select(next);
      next?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Escape") {
      // A search field would only empty itself at the first Escape.
      event.preventDefault();
      this.#dialog.close();
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const hit = hits[at];
      if (event.metaKey || event.ctrlKey) { if (hit instanceof HTMLAnchorElement) window.open(hit.href, "_blank", "noopener"); } else hit?.click();
    }
  }
}

let palette: Palette | undefined;

/** Open the palette; false on a page that has none. */
export function openPalette(): boolean {
  if (!palette) {
    const dialog = dialogCalled("palette");
    if (!dialog) return false;
    palette = new Palette(dialog);
  }
  palette.open();
  return true;
}

export function startPalette(): void {
  document.addEventListener("click", (event) => {
    if (around(event, "[data-palette]") && openPalette()) event.preventDefault();
  });
}
