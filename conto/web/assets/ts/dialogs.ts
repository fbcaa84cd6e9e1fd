// Native <dialog>: opened by any button with data-dialog="id", closed by data-close, Escape or a click on the veil.
// A dialog that htmx puts into #dialog-place opens by itself.
import { around, one } from "./dom";

export function openDialog(dialog: HTMLDialogElement): void {
  if (!dialog.open) dialog.showModal();
}

export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    const opener = around(event, "[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset["dialog"] ?? "");
      if (dialog instanceof HTMLDialogElement) {
        event.preventDefault();
        openDialog(dialog);
      }
      return;
    }
    const dialog = around<HTMLDialogElement>(event, "dialog");
    if (dialog && (event.target === dialog || around(event, "[data-close]"))) dialog.close();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const place = event.target;
    if (!(place instanceof HTMLElement) || place.id !== "dialog-place") return;
    const dialog = one<HTMLDialogElement>("dialog", place);
    if (dialog) openDialog(dialog);
  });
  document.addEventListener("closeDialog", () => document.querySelectorAll<HTMLDialogElement>("dialog[open]").forEach((dialog) => dialog.close()));
}
