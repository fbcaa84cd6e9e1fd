// htmx: the CSRF header, the hairline of progress, what happens when a request fails.
import htmx from "htmx.org";
import { csrfToken, word } from "./dom";
import { showToast } from "./toasts";

let open = 0;

function count(step: number): void {
  open = Math.max(0, open + step);
  document.documentElement.classList.toggle("is-working", open > 0);
}

export function startRequests(): void {
  (window as unknown as { htmx: typeof htmx }).htmx = htmx;
  document.addEventListener("htmx:configRequest", (event) => {
    const { headers, verb } = (event as CustomEvent<{ headers: Record<string, string>; verb: string }>).detail;
    if (verb !== "get") headers["X-CSRFToken"] = csrfToken();
  });
  document.addEventListener("htmx:beforeRequest", () => count(1));
  document.addEventListener("htmx:afterRequest", () => count(-1));
  document.addEventListener("htmx:sendError", () => showToast({ message: word("offline"), tone: "late" }));
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    if (!xhr.getResponseHeader("HX-Trigger")?.includes("toast")) showToast({ message: word("failed"), tone: "late" });
  });
}
