// A button with data-print prints the page; without script the browser's own menu does.
import { around } from "./dom";

export function startPrinting(): void {
  document.addEventListener("click", (event) => {
    if (around(event, "[data-print]")) window.print();
  });
}
