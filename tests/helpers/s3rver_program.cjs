// Run by Node for a test: s3rver (from npm, found on PATH), which pays no attention to conditions,
// with a layer before it that keeps them. Ends with its standard input.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const bin = process.env.PATH.split(path.delimiter)
  .map((folder) => path.join(folder, "s3rver"))
  .find((file) => fs.existsSync(file));
const S3rver = require(path.dirname(path.dirname(fs.realpathSync(bin))));

const app = new S3rver({
  address: "127.0.0.1",
  port: 0,
  silent: true,
  directory: process.argv[2],
  configureBuckets: [{ name: "mail" }],
});

/** What is there, by path: all of it was put through here. */
const etags = new Map();
let last = Promise.resolve();

/** One request that writes after the other, so that no other comes between test and change. */
app.middleware.unshift((ctx, next) => {
  if (ctx.method === "GET" || ctx.method === "HEAD") return next();
  const turn = last.then(() => handle(ctx, next));
  last = turn.catch(() => {});
  return turn;
});

async function handle(ctx, next) {
  const isWhole = ctx.query.partNumber === undefined && ctx.query.uploads === undefined;
  const there = etags.get(ctx.path);
  const refused = isWhole && ctx.method !== "DELETE" &&
    ((ctx.get("if-none-match") === "*" && there !== undefined) ||
      (ctx.get("if-match") !== "" && ctx.get("if-match") !== there));
  if (refused) {
    ctx.status = 412;
    ctx.type = "application/xml";
    ctx.body = "<Error><Code>PreconditionFailed</Code></Error>";
    for await (const _ of ctx.req);
    return;
  }
  await next();
  if (ctx.status >= 300 || !isWhole) return;
  if (ctx.method === "PUT" || ctx.method === "POST") etags.set(ctx.path, ctx.response.get("etag"));
  else if (ctx.query.uploadId === undefined) etags.delete(ctx.path);
}

app.run().then(({ port }) => console.log(port));
process.stdin.on("end", () => process.exit()).resume();
