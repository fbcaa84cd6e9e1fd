// The service worker: built files from the cache, a plain page when the network is gone. Nothing of the book is kept here.
const worker = self as unknown as { addEventListener(name: string, act: (event: any) => void): void; skipWaiting(): void; clients: { claim(): Promise<void> } };
const STORE = "conto-built-1";
const OFFLINE = "/offline";

worker.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STORE).then((store) => store.add(OFFLINE)).catch(() => undefined));
  worker.skipWaiting();
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== STORE).map((name) => caches.delete(name)))).then(() => worker.clients.claim()));
});

async function built(request: Request): Promise<Response> {
  const store = await caches.open(STORE);
  const kept = await store.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await store.put(request, answer.clone());
  return answer;
}

worker.addEventListener("fetch", (event) => {
  const request: Request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (/^\/static\/.+-[0-9A-Z]{8}\.\w+$/.test(url.pathname)) event.respondWith(built(request));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(async () => (await caches.match(OFFLINE)) ?? Response.error()));
});
