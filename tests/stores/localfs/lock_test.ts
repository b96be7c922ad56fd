import { permitted } from "../../helpers/permissions.ts";
import { FILES, Folder } from "./folder.ts";

permitted(
  { ...FILES, programs: ["true"] },
  "a lock that was given back is free, while other threads start programs",
  async () => {
    await using folder = await Folder.make();
    await using store = await folder.open();
    const starter = new Worker(new URL("./starter.ts", import.meta.url), { type: "module" });
    const { port1, port2 } = new MessageChannel();
    let isOver = false;
    port1.onmessage = () => isOver = true;
    starter.postMessage("begin", [port2]);
    while (!isOver) {
      for (let time = 0; time < 10; time++) await (await store.lock("me"))[Symbol.asyncDispose]();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    port1.close();
    starter.terminate();
  },
);
