// One look for every chart, in both themes, read from the page's own tokens. Bars start at zero, series are labelled at
// their end rather than in a legend, one point is drawn as a dot, a bar opens the list behind it.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";
import { all, one } from "./dom";

use([BarChart, LineChart, GridComponent, TooltipComponent, AriaComponent, LabelLayout, CanvasRenderer]);

interface Read { labels: string[]; links: (string | null)[]; series: { name: string; values: (number | null)[]; texts: string[] }[] }

/** A probe turns any CSS colour, light-dark() included, into one that a canvas knows. */
function color(name: string, place: HTMLElement): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  place.append(probe);
  const pen = document.createElement("canvas").getContext("2d")!;
  pen.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
  return `rgba(${r}, ${g}, ${b}, ${(a ?? 255) / 255})`;
}

function read(figure: HTMLElement, digits: number): Read {
  const body = all<HTMLTableRowElement>("tbody tr", figure);
  const names = all("thead th", figure).slice(1).map((cell) => cell.textContent?.trim() ?? "");
  const cells = body.map((row) => all<HTMLTableCellElement>("td", row));
  return {
    labels: body.map((row) => one("th", row)?.textContent?.trim() ?? ""),
    links: body.map((row) => one<HTMLAnchorElement>("th a", row)?.href ?? null),
    series: names.map((name, at) => ({
      name,
      values: cells.map((row) => (row[at]?.dataset["value"] ? Number(row[at].dataset["value"]) / 10 ** digits : null)),
      texts: cells.map((row) => row[at]?.textContent?.trim() ?? ""),
    })),
  };
}

const TONES = ["brand", "open", "soon", "disputed", "late"];

function compact(value: number): string {
  return new Intl.NumberFormat(document.documentElement.lang || "en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

function option(place: HTMLElement, table: Read): Record<string, unknown> {
  const [ink, soft, line, sheet] = ["ink", "soft", "line", "sheet"].map((name) => color(name, place)) as [string, string, string, string];
  const bars = place.dataset["chart"] === "bar";
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const text = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 };
  return {
    animation: !still, animationDuration: 300, textStyle: text, aria: { enabled: false },
    grid: { left: 4, right: bars ? 4 : table.series.length > 1 ? 88 : 16, top: 16, bottom: 2, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: ink, borderWidth: 0, padding: [7, 10], textStyle: { color: sheet, ...text }, axisPointer: { type: bars ? "shadow" : "line", lineStyle: { color: line }, shadowStyle: { color: line, opacity: 0.35 } },
      formatter: (points: { dataIndex: number; seriesIndex: number }[]) => [table.labels[points[0]?.dataIndex ?? 0], ...points.map((at) => `${table.series.length > 1 ? `${table.series[at.seriesIndex]?.name}  ` : ""}${table.series[at.seriesIndex]?.texts[at.dataIndex] ?? ""}`)].join("\n") },
    xAxis: { type: "category", data: table.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: { color: soft, hideOverlap: true } },
    yAxis: { type: "value", splitNumber: 3, axisLabel: { color: soft, formatter: compact }, splitLine: { lineStyle: { color: line, opacity: 0.7 } } },
    series: table.series.map((each, at) => {
      const tone = color(place.dataset["tone"] && at === 0 ? place.dataset["tone"] : TONES[at % TONES.length]!, place);
      return bars
        ? { type: "bar", name: each.name, data: each.values, barMaxWidth: 34, stack: place.dataset["stacked"] ? "all" : undefined, itemStyle: { color: tone, borderRadius: place.dataset["stacked"] ? 0 : [3, 3, 0, 0] }, cursor: table.links.some(Boolean) ? "pointer" : "default" }
        : { type: "line", name: each.name, data: each.values, showSymbol: each.values.filter((value) => value !== null).length === 1, symbolSize: 8, lineStyle: { width: 2 }, itemStyle: { color: tone }, endLabel: { show: table.series.length > 1, formatter: "{a}", color: tone, ...text } };
    }),
  };
}

export function draw(place: HTMLElement): void {
  place.dataset["drawn"] = "1";
  const figure = place.closest<HTMLElement>("figure");
  if (!figure) return;
  const table = read(figure, Number(place.dataset["digits"] ?? 0));
  const chart = init(place, null, { renderer: "canvas" });
  const paint = (): void => chart.setOption(option(place, table), true);
  paint();
  chart.on("click", (at) => { const link = table.links[(at as { dataIndex: number }).dataIndex]; if (link) location.assign(link); });
  new ResizeObserver(() => chart.resize()).observe(place);
  document.addEventListener("themeChanged", paint);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}
