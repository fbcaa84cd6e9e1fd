// A page that follows what happens: while it is in sight it asks whether anything did, and when so it fetches itself anew
// and puts its content in place. Nothing is replaced while somebody types, picks rows or has a menu or form open.
import htmx from "htmx.org";
import { all, one } from "./dom";

const EVERY_MS = 1000; // news shows within two seconds, with one left for the answer and the page
const MOST_MS = 30_000;
const CONTROLS = "textarea, select, input:not([type=hidden], [type=checkbox], [type=radio])";

let tag = "";
let wait = EVERY_MS;
let isStale = false;
let isAsking = false;
let controls = 0;

function isBusy(page: HTMLElement): boolean {
  const at = document.activeElement;
  if (at instanceof HTMLElement && page.contains(at) && at.matches(CONTROLS)) return true;
  if (one("details[open], dialog[open], .pick:checked, .htmx-request", page) || one("dialog[open]")) return true;
  if (all(CONTROLS, page).length > controls) return true;
  return all<HTMLInputElement | HTMLTextAreaElement>("textarea, input:not([type=hidden], [type=checkbox], [type=radio])", page)
    .some((each) => each.value !== each.defaultValue);
}

async function renew(page: HTMLElement): Promise<void> {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector<HTMLElement>("[data-live]");
  if (!fresh || isBusy(page)) return;
  const at = document.activeElement;
  const held = at instanceof HTMLInputElement && page.contains(at) && at.matches(".pick") ? at.value : "";
  page.innerHTML = fresh.innerHTML;
  if (held) all<HTMLInputElement>(".pick", page).find((each) => each.value === held)?.focus();
  page.dataset["liveSince"] = fresh.dataset["liveSince"];
  tag = "";
  isStale = false;
  controls = all(CONTROLS, page).length;
  htmx.process(page);
  page.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
}

async function ask(page: HTMLElement): Promise<void> {
  const address = page.dataset["live"] ?? "";
  const since = `${address.includes("?") ? "&" : "?"}since=${page.dataset["liveSince"] ?? ""}`;
  const answer = await fetch(tag ? address : address + since, tag ? { headers: { "If-None-Match": tag } } : {});
  if (answer.redirected || answer.status === 403) { wait = Infinity; return; }
  if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
  tag = answer.headers.get("ETag") ?? tag;
  if (answer.status === 200 && (await answer.text()) === "changed") isStale = true;
}

async function beat(): Promise<void> {
  const page = one("[data-live]");
  if (!page || isAsking || document.visibilityState !== "visible") return;
  isAsking = true;
  try {
    await ask(page);
    if (isStale && !isBusy(page)) await renew(page);
    if (wait !== Infinity) wait = EVERY_MS;
  } catch {
    wait = Math.min(wait * 2, MOST_MS);
  } finally {
    isAsking = false;
  }
}

export function startLive(): void {
  const page = one("[data-live]");
  if (!page) return;
  controls = all(CONTROLS, page).length;
  const next = (): void => {
    if (wait === Infinity) return;
    window.setTimeout(() => { void beat().then(next); }, wait * (0.9 + Math.random() * 0.2));
  };
  document.addEventListener("visibilitychange", () => { void beat(); });
  next();
}
