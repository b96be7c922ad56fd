/**
 * Workers for worker_pool_test.ts; `serverName` says what is odd about them. It imports nothing: a
 * test that starts it would have all of that checked anew.
 */

globalThis.addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  const [port] = event.ports;
  if (port !== undefined) work(event.data.serverName, port);
}, { once: true });

/** Shows what it hears as labels of a counter. */
function work(oddity: string, port: MessagePort): void {
  const heard: string[] = [];
  if (oddity === "throws at once") throw new Error("thrown at once");
  if (oddity === "fails") {
    port.postMessage({ kind: "failed", message: "Cannot do it: no reason", exitCode: 66 });
    return;
  }
  port.onmessage = ({ data }): void => {
    if (data.kind === "forget") heard.push(`forget ${data.from}`);
    if (data.kind === "news") heard.push(`${data.news.kind} from ${data.from}`);
    if (data.kind === "news" && data.news.kind === "went") setTimeout(breakDown, 0);
    if (data.kind === "question") port.postMessage({ ...answer(data.question), id: data.id });
  };
  port.postMessage({ kind: "ready" });

  function answer(question: { readonly kind: string; readonly name?: string }): object {
    if (question.kind !== "reload") return { kind: "answer", families: families(heard) };
    const isCertificate = question.name === "certificate";
    if (isCertificate && oddity !== "kills") return { kind: "answer", error: "it is none" };
    const news = { kind: isCertificate ? "went" : "came", address: "192.0.2.1" };
    port.postMessage({ kind: "news", news });
    return { kind: "answer" };
  }
}

function families(heard: readonly string[]): readonly object[] {
  const samples = heard.map((what) => ({ labels: { what }, value: 1 }));
  return [
    { name: "odd_total", help: "odd", type: "counter", samples },
    { name: "level", help: "odd", type: "gauge", samples: [{ labels: {}, value: 1 }] },
  ];
}

function breakDown(): never {
  throw new Error("broken down");
}
