// The line editor: add, remove and reorder rows of an invoice. The server owns the rows' fields and computes every total
// (htmx, after a pause in typing); this only moves rows and renumbers the form set. Without script the buttons submit the form.
import htmx from "htmx.org";
import { all, around, one } from "./dom";

function rows(editor: HTMLElement): HTMLElement[] {
  return all("[data-line]", editor).filter((row) => !row.hidden);
}

function announce(editor: HTMLElement): void {
  rows(editor).forEach((row, index) => {
    const order = one<HTMLInputElement>("input[name$='-ORDER'], input[name$='-position']", row);
    if (order) order.value = String(index + 1);
  });
  one<HTMLInputElement>("[name='lines-0-quantity']", editor);
  htmx.trigger(editor, "linesChanged", {});
}

function add(editor: HTMLElement): void {
  const shape = one<HTMLTemplateElement>("template[data-blank]", editor);
  const total = one<HTMLInputElement>("input[name$='-TOTAL_FORMS']", editor);
  const place = one("[data-rows-place]", editor);
  if (!shape || !total || !place) return;
  const made = document.createElement("div");
  made.innerHTML = shape.innerHTML.replaceAll("__prefix__", total.value);
  total.value = String(Number(total.value) + 1);
  const row = made.firstElementChild as HTMLElement;
  place.append(row);
  htmx.process(row);
  one("input:not([type=hidden]), select, textarea", row)?.focus();
  announce(editor);
}

function remove(editor: HTMLElement, row: HTMLElement): void {
  const gone = one<HTMLInputElement>("input[name$='-DELETE']", row);
  const near = rows(editor)[Math.max(0, rows(editor).indexOf(row) - 1)];
  if (gone) {
    gone.type === "checkbox" ? (gone.checked = true) : (gone.value = "on");
    row.hidden = true;
  } else row.remove();
  one("input:not([type=hidden])", near === row ? editor : near ?? editor)?.focus();
  announce(editor);
}

function shift(editor: HTMLElement, row: HTMLElement, step: number): void {
  const list = rows(editor);
  const other = list[list.indexOf(row) + step];
  if (!other) return;
  step < 0 ? other.before(row) : other.after(row);
  announce(editor);
}

function drag(event: PointerEvent): void {
  const grip = around(event, ".grip");
  const row = grip?.closest<HTMLElement>("[data-line]");
  const editor = grip?.closest<HTMLElement>("[data-lines]");
  if (!grip || !row || !editor || event.button !== 0) return;
  grip.setPointerCapture(event.pointerId);
  row.classList.add("is-moving");
  const onMove = (at: PointerEvent): void => {
    const other = rows(editor).find((each) => { const box = each.getBoundingClientRect(); return each !== row && at.clientY > box.top && at.clientY < box.bottom; });
    if (!other) return;
    const box = other.getBoundingClientRect();
    at.clientY < box.top + box.height / 2 ? other.before(row) : other.after(row);
  };
  const onEnd = (): void => {
    row.classList.remove("is-moving");
    grip.removeEventListener("pointermove", onMove);
    announce(editor);
  };
  grip.addEventListener("pointermove", onMove);
  grip.addEventListener("lostpointercapture", onEnd, { once: true });
}

function onKey(event: KeyboardEvent): void {
  const row = around(event, "[data-line]");
  const editor = around(event, "[data-lines]");
  if (!row || !editor) return;
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step && (event.altKey || around(event, ".grip"))) {
    event.preventDefault();
    const focused = document.activeElement as HTMLElement | null;
    shift(editor, row, step);
    focused?.focus();
  } else if (event.key === "Enter" && around(event, "input") && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (rows(editor).at(-1) === row) add(editor);
    else one("input:not([type=hidden]), select, textarea", rows(editor)[rows(editor).indexOf(row) + 1] ?? row)?.focus();
  }
}

export function startLines(): void {
  document.addEventListener("click", (event) => {
    const editor = around(event, "[data-lines]");
    if (!editor) return;
    const row = around(event, "[data-line]");
    if (around(event, "[data-add-line]") && one("template[data-blank]", editor)) { event.preventDefault(); add(editor); }
    if (around(event, "[data-remove-line]") && row) { event.preventDefault(); remove(editor, row); }
  });
  document.addEventListener("pointerdown", drag);
  document.addEventListener("keydown", onKey);
}
