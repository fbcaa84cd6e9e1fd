// The board of deals: cards are dragged between columns with the mouse. The server decides: a refusal comes back in words
// and the card goes back to where it was. Keyboard and thumb move a card by the dialog of its button.
import htmx from "htmx.org";
import { all, around, csrfToken, one, word } from "./dom";
import { showToast } from "./toasts";

interface Held { card: HTMLElement; from: HTMLElement; next: Element | null }

let held: Held | null = null;
let isStale = false;

/** Ask for the board anew, but never while a card is in the hand: it would be taken out of it. */
function refresh(): void {
  isStale = held !== null;
  if (!isStale) void htmx.ajax("get", location.pathname + location.search, { target: "#board", swap: "innerHTML" });
}

function cardBelow(list: HTMLElement, y: number): HTMLElement | null {
  return all("[data-card]:not(.is-moving)", list).find((card) => {
    const box = card.getBoundingClientRect();
    return y < box.top + box.height / 2;
  }) ?? null;
}

async function drop({ card, from, next }: Held, list: HTMLElement): Promise<void> {
  const back = (): void => {
    if (from.isConnected) from.insertBefore(card, next?.parentNode === from ? next : null);
    else refresh();
  };
  const stage = (of: HTMLElement): string => of.closest<HTMLElement>("[data-stage]")?.dataset["stage"] ?? "";
  const above = card.previousElementSibling as HTMLElement | null;
  const body = new URLSearchParams({ stage: stage(list), from: stage(from), below: above?.dataset["card"] ?? "" });
  try {
    const answer = await fetch(`/deals/${card.dataset["card"]}/drop`, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
    if (answer.ok) {
      if (stage(list) !== stage(from)) refresh();
      return;
    }
    back();
    const said = await answer.json().catch(() => ({})) as { message?: string };
    showToast({ message: said.message || word("failed"), tone: "late" });
  } catch {
    back();
    showToast({ message: word("offline"), tone: "late" });
  }
}

export function startBoard(): void {
  document.addEventListener("dragstart", (event) => {
    const card = around(event, "[data-board] [data-card]");
    const from = card?.closest<HTMLElement>("[data-cards]");
    if (!card || !from) return;
    held = { card, from, next: card.nextElementSibling };
    event.dataTransfer?.setData("text/plain", one(".name", card)?.textContent ?? "");
    requestAnimationFrame(() => card.classList.add("is-moving"));
  });
  document.addEventListener("dragover", (event) => {
    const column = around(event, "[data-stage]");
    const list = column && one("[data-cards]", column);
    if (!held || !list) return;
    event.preventDefault();
    all(".board-column.is-target").forEach((other) => other !== column && other.classList.remove("is-target"));
    column.classList.add("is-target");
    list.insertBefore(held.card, cardBelow(list, event.clientY) ?? one(".more", list));
  });
  document.addEventListener("drop", (event) => {
    const list = held?.card.closest<HTMLElement>("[data-cards]");
    if (!held || !list || !around(event, "[data-stage]")) return;
    event.preventDefault();
    const moved = held;
    held = null;
    moved.card.classList.remove("is-moving");
    if (list !== moved.from || moved.card.nextElementSibling !== moved.next) void drop(moved, list);
  });
  document.addEventListener("dragend", () => {
    all(".board-column.is-target").forEach((column) => column.classList.remove("is-target"));
    if (held) {
      held.card.classList.remove("is-moving");
      held.from.insertBefore(held.card, held.next);
      held = null;
    }
    if (isStale) refresh();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const swap = (event as CustomEvent<{ target: Element; shouldSwap: boolean }>).detail;
    if (!held || swap.target.id !== "board") return;
    swap.shouldSwap = false;
    isStale = true;
  });
}
