// The page that says "not reachable at the moment" asks again by itself, and leaves only when there is an answer.
export function startRetrying(): void {
  const seconds = Number(document.body.dataset["retry"] ?? 0);
  if (!seconds) return;
  window.setInterval(() => {
    fetch(location.href, { method: "HEAD" }).then((answer) => { if (answer.status !== 503) location.reload(); }, () => undefined);
  }, seconds * 1000);
}
