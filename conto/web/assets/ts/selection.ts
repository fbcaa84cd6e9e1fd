// Row checkboxes of a list and the bar of bulk acts under it. Shift picks a range. Without script the same checkboxes post
// with the form around the table.
import { all, around, one } from "./dom";

let last: HTMLInputElement | null = null;

function refresh(list: HTMLElement): void {
  const picks = all<HTMLInputElement>(".pick", list);
  const picked = picks.filter((box) => box.checked);
  const head = one<HTMLInputElement>(".pick-all", list);
  if (head) {
    head.checked = picked.length > 0 && picked.length === picks.length;
    head.indeterminate = picked.length > 0 && picked.length < picks.length;
  }
  const bar = one(".bulk", list);
  if (bar) bar.hidden = picked.length === 0;
  const count = one(".bulk [data-count]", list);
  if (count) count.textContent = String(picked.length);
}

function range(list: HTMLElement, box: HTMLInputElement): void {
  const picks = all<HTMLInputElement>(".pick", list);
  const [from, to] = [picks.indexOf(last!), picks.indexOf(box)].sort((a, b) => a - b);
  if (from === undefined || from < 0) return;
  picks.slice(from, to! + 1).forEach((each) => { each.checked = box.checked; });
}

export function startSelection(): void {
  document.addEventListener("click", (event) => {
    const box = around<HTMLInputElement>(event, ".pick");
    const list = around(event, "[data-list]");
    if (box && list) {
      if ((event as MouseEvent).shiftKey && last) range(list, box);
      last = box;
      refresh(list);
    }
    if (around(event, "[data-unpick]") && list) {
      all<HTMLInputElement>(".pick", list).forEach((each) => { each.checked = false; });
      refresh(list);
    }
  });
  document.addEventListener("change", (event) => {
    const head = around<HTMLInputElement>(event, ".pick-all");
    const list = around(event, "[data-list]");
    if (head && list) {
      all<HTMLInputElement>(".pick", list).forEach((each) => { each.checked = head.checked; });
      refresh(list);
    }
  });
  all("[data-list]").forEach(refresh);
}
