/* Shows the page without a network, to those who chose answers on their device: what was loaded is kept in this browser. With a
   network the page is asked for as always, but for what carries its digest in its address. */
"use strict";

const KEPT = "page";
const PLACES = ["/assets/", "/_dash-component-suites/", "/_dash-layout", "/_dash-dependencies", "/device/"];
const DEVICE = /^\/device\/[^/]+\//;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const ours = pathname === "/" || PLACES.some((place) => pathname.startsWith(place));
  if (event.request.method !== "GET" || origin !== self.location.origin || !ours) return;
  event.respondWith(DEVICE.test(pathname) ? fromHere(event.request) : fromThere(event.request));
});

async function fromHere(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request, { ignoreVary: true });
  return kept ?? remembered(cache, request);
}

async function fromThere(request) {
  const cache = await caches.open(KEPT);
  try {
    return await remembered(cache, request);
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true, ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

/* The answer of the server, kept in the place of what was kept under the same name, or under another digest. */
async function remembered(cache, request) {
  const response = await fetch(request);
  if (response.status !== 200) return response;
  const { pathname } = new URL(request.url);
  const name = DEVICE.exec(pathname)?.[0];
  for (const old of await cache.keys()) {
    const place = new URL(old.url).pathname;
    if (place === pathname || (name && DEVICE.test(place) && !place.startsWith(name))) await cache.delete(old);
  }
  await cache.put(request, response.clone());
  return response;
}
