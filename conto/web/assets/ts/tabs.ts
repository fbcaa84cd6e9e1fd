// On a phone a strip of tabs is wider than the window: the one that is open shall be in sight.
import { all, one } from "./dom";

export function startTabs(): void {
  for (const strip of all(".tabs")) {
    const open = one("[aria-current], [aria-selected='true']", strip);
    if (open && strip.scrollWidth > strip.clientWidth) {
      strip.scrollLeft = open.offsetLeft - strip.offsetLeft - (strip.clientWidth - open.offsetWidth) / 2;
    }
  }
}
