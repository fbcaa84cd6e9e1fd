// A file field that also takes a drop, and says which files it holds.
import { around, one } from "./dom";

function say(drop: HTMLElement): void {
  const input = one<HTMLInputElement>("input[type=file]", drop);
  const names = one("[data-names]", drop);
  if (input?.files?.length && names) names.textContent = [...input.files].map((file) => file.name).join(", ");
}

export function startFiles(): void {
  for (const name of ["dragenter", "dragover", "dragleave", "drop"] as const) {
    document.addEventListener(name, (event) => {
      const drop = around(event, ".file-drop");
      if (!drop) return;
      event.preventDefault();
      drop.classList.toggle("is-over", name === "dragenter" || name === "dragover");
      const input = one<HTMLInputElement>("input[type=file]", drop);
      if (name === "drop" && input && event.dataTransfer?.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }
  document.addEventListener("change", (event) => {
    const drop = around(event, ".file-drop");
    if (drop) say(drop);
  });
}
