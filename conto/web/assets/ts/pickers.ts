// Find one of many by typing: <input data-pick="/customers/pick"> asks the server for <… role="option" data-value data-text data-fill> and
// lists them below. A picked option writes its value into the field named by data-pick-into, its text into the input, and each entry
// of data-fill (JSON) into the neighbor field of that name: an item brings its price and tax into its line.
import { all, around } from "./dom";

const WAIT_MS = 140;
let timer = 0;
let asked = new AbortController();

function listOf(input: HTMLInputElement): HTMLElement {
  const known = document.getElementById(`${input.id}-options`);
  if (known) return known;
  const list = document.createElement("div");
  list.id = `${input.id}-options`;
  list.className = "pop pick-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent?.trim() ?? "");
  list.hidden = true;
  input.after(list);
  input.setAttribute("aria-controls", list.id);
  return list;
}

function options(input: HTMLInputElement): HTMLElement[] {
  return all("[role=option]", listOf(input));
}

function show(input: HTMLInputElement, visible: boolean): void {
  const list = listOf(input);
  list.hidden = !visible || !options(input).length;
  input.setAttribute("aria-expanded", String(!list.hidden));
  if (list.hidden) input.removeAttribute("aria-activedescendant");
}

function mark(input: HTMLInputElement, option: HTMLElement | undefined): void {
  options(input).forEach((each) => each.setAttribute("aria-selected", String(each === option)));
  if (!option) return;
  option.id ||= `${input.id}-o${options(input).indexOf(option)}`;
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

async function ask(input: HTMLInputElement): Promise<void> {
  asked.abort();
  asked = new AbortController();
  const url = new URL(input.dataset["pick"] ?? "", location.href);
  url.searchParams.set("q", input.value.trim());
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: asked.signal });
    if (!answer.ok) return;
    listOf(input).innerHTML = await answer.text();
    options(input).forEach((option) => option.classList.add("item"));
    show(input, document.activeElement === input);
    mark(input, input.dataset["pickFree"] === undefined ? options(input)[0] : undefined);
  } catch {
    // A newer question has replaced this one, or there is no network: typing goes on.
  }
}

function write(field: Element | null, value: string): void {
  if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement)) return;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function pick(input: HTMLInputElement, option: HTMLElement): void {
  const around = input.closest("[data-line]") ?? input.form ?? document;
  input.value = option.dataset["text"] ?? option.textContent?.trim() ?? "";
  show(input, false);
  const fill = JSON.parse(option.dataset["fill"] ?? "{}") as Record<string, string>;
  for (const [name, value] of Object.entries(fill)) write(around.querySelector(`[name="${name}"], [name$="-${name}"]`), value);
  const into = input.dataset["pickInto"];
  if (into) write(document.getElementById(into), option.dataset["value"] ?? "");
  else input.dispatchEvent(new Event("change", { bubbles: true }));
}

function onKey(event: KeyboardEvent): void {
  const input = around<HTMLInputElement>(event, "input[data-pick]");
  if (!input) return;
  const list = options(input);
  const at = list.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const isOpen = !listOf(input).hidden;
  if (event.key === "ArrowDown" && !isOpen && !event.altKey) { event.preventDefault(); void ask(input); }
  else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && isOpen && !event.altKey) {
    event.preventDefault();
    mark(input, list[(at + (event.key === "ArrowDown" ? 1 : -1) + list.length) % list.length]);
  } else if (event.key === "Enter" && isOpen && list[at]) {
    event.preventDefault();
    event.stopPropagation();
    pick(input, list[at]);
  } else if (event.key === "Escape" && isOpen) {
    event.preventDefault();
    event.stopPropagation();
    show(input, false);
  }
}

function forget(input: HTMLInputElement): void {
  const into = input.dataset["pickInto"];
  const kept = into ? document.getElementById(into) : null;
  if (kept instanceof HTMLInputElement && kept.value) write(kept, "");
}

export function startPickers(): void {
  document.addEventListener("input", (event) => {
    const input = around<HTMLInputElement>(event, "input[data-pick]");
    if (!input || !event.isTrusted) return;
    forget(input);
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(input), WAIT_MS);
  });
  document.addEventListener("focusin", (event) => {
    const input = around<HTMLInputElement>(event, "input[data-pick]");
    if (!input) return;
    listOf(input);
    if (input.dataset["pickFree"] === undefined && !input.value) void ask(input);
  });
  document.addEventListener("focusout", (event) => {
    const input = around<HTMLInputElement>(event, "input[data-pick]");
    if (input) show(input, false);
  });
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("mousedown", (event) => {
    const option = around(event, ".pick-list [role=option]");
    const input = option && document.querySelector<HTMLInputElement>(`input[aria-controls="${option.parentElement?.closest(".pick-list")?.id}"]`);
    if (!option || !input) return;
    event.preventDefault();
    pick(input, option);
  });
  document.querySelectorAll<HTMLInputElement>("input[data-pick][autofocus]").forEach((input) => { if (document.activeElement === input && !input.value) void ask(input); });
}
