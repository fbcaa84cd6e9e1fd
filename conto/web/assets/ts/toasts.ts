// A toast says what has been done and offers to undo it. It comes with an htmx answer (HX-Trigger: toast) or, after a
// redirect, in a cookie that lives for seconds.
import { all, csrfToken, one, word } from "./dom";

export interface Toast { message: string; undo_url?: string | null; tone?: "late" | "settled" }

const LIFE_MS = 7000;

function undo(url: string): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrfmiddlewaretoken";
  token.value = csrfToken();
  form.append(token);
  document.body.append(form);
  form.submit();
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

export function showToast(toast: Toast): void {
  const box = one(".toasts");
  if (!box || !toast.message) return;
  all(".toast", box).slice(2).forEach((old) => old.remove());
  const shown = document.createElement("div");
  shown.className = toast.tone === "late" ? "toast is-late" : "toast";
  const text = document.createElement("span");
  text.textContent = toast.message;
  shown.append(text);
  const url = toast.undo_url;
  if (url?.startsWith("/") && !url.startsWith("//")) shown.append(button(word("undo"), () => undo(url)));
  shown.append(button(word("close"), () => shown.remove()));
  if (box.showPopover && !box.matches(":popover-open")) box.showPopover();
  box.append(shown);
  let timer = 0;
  const start = (): void => { timer = window.setTimeout(() => shown.remove(), toast.tone === "late" ? LIFE_MS * 2 : LIFE_MS); };
  const stay = (): void => window.clearTimeout(timer);
  shown.addEventListener("mouseenter", stay);
  shown.addEventListener("focusin", stay);
  shown.addEventListener("mouseleave", start);
  shown.addEventListener("focusout", start);
  start();
}

function fromCookie(): void {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith("conto_toast="));
  if (!found) return;
  document.cookie = "conto_toast=; path=/; max-age=0; samesite=lax";
  try {
    showToast(JSON.parse(decodeURIComponent(found.slice("conto_toast=".length))) as Toast);
  } catch {
    // A cookie that is not ours to read is dropped.
  }
}

export function startToasts(): void {
  document.addEventListener("toast", (event) => showToast((event as CustomEvent<Toast>).detail));
  fromCookie();
}
