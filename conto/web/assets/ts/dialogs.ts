// Native <dialog>: opened by any button with data-dialog="id", closed by data-close, Escape or a click on the veil.
// A dialog that htmx puts into #dialog-place opens by itself.
import { around, one } from "./dom";

/** The dialog of this id; those of the template of rarely opened ones are put onto the page when first asked for. */
export function dialogCalled(id: string): HTMLDialogElement | null {
  const overlays = document.getElementById("overlays");
  if (overlays instanceof HTMLTemplateElement && overlays.content.getElementById(id)) overlays.replaceWith(overlays.content);
  const dialog = document.getElementById(id);
  return dialog instanceof HTMLDialogElement ? dialog : null;
}

export function openDialog(dialog: HTMLDialogElement): void {
  if (!dialog.open) dialog.showModal();
}

export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    const opener = around(event, "[data-dialog]");
    if (opener) {
      const dialog = dialogCalled(opener.dataset["dialog"] ?? "");
      if (dialog) {
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
