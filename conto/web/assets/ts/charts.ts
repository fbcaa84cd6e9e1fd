// Charts are drawn from the accessible table behind them; ECharts is fetched only by a page that has one.
import { all } from "./dom";

function look(root: ParentNode): void {
  const places = all("[data-chart]", root).filter((place) => !place.dataset["drawn"]);
  if (places.length) void import("./drawing").then(({ draw }) => places.forEach(draw));
}

export function startCharts(): void {
  look(document);
  document.addEventListener("htmx:load", (event) => { if (event.target instanceof HTMLElement) look(event.target); });
}
