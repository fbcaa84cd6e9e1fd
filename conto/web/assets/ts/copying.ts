// Copy to the clipboard, answered in place and read out.
import { around, word } from "./dom";
import { showToast } from "./toasts";

export function startCopying(): void {
  document.addEventListener("click", (event) => {
    const button = around(event, "[data-copy]");
    if (!button) return;
    const done = (): void => {
      button.classList.add("is-done");
      showToast({ message: word("copied") });
      window.setTimeout(() => button.classList.remove("is-done"), 1600);
    };
    navigator.clipboard?.writeText(button.dataset["copy"] ?? "").then(done, () => undefined);
  });
}
