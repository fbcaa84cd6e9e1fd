// Small typed handles on the page.
export function one<T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T | null {
  return within.querySelector<T>(selector);
}

export function all<T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T[] {
  return [...within.querySelectorAll<T>(selector)];
}

/** The nearest element around the event's target that matches, or null. */
export function around<T extends HTMLElement = HTMLElement>(event: Event, selector: string): T | null {
  return event.target instanceof Element ? event.target.closest<T>(selector) : null;
}

export function isTyping(event: KeyboardEvent): boolean {
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  return at.isContentEditable || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement
    || (at instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "file"].includes(at.type));
}

export function remember(name: string, value: string): void {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax`;
}

/** Words that the server has put on the body in the reader's language. */
export function word(name: string): string {
  return document.body.dataset[`word${name[0]!.toUpperCase()}${name.slice(1)}`] ?? "";
}

export function csrfToken(): string {
  return one<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}
