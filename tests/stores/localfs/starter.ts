/** A thread beside a test's own that starts program after program, and says when it is done. */
globalThis.addEventListener("message", async (event) => {
  if (!(event instanceof MessageEvent)) return;
  for (let time = 0; time < 60; time++) await new Deno.Command("true").output();
  event.ports[0]?.postMessage("done");
}, { once: true });
