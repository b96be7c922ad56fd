// Run by Node for a test: s3rver (from npm, found on PATH) with a layer before it, for three things
// that S3 does and it does not:
// - it pays no attention to conditions (If-None-Match, If-Match);
// - it writes an object and what belongs to it (metadata, ETag) one after the other, and who reads
//   between the two sees an object without its metadata. S3 shows a PUT as a whole or not at all.
// - it makes an object, empty, as soon as it is to be put, and leaves that where the body is cut.
// Ends with its standard input.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { Readable } = require("node:stream");

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

/** So much of an object is read within the turn; what is larger is never put twice here. */
const SMALL = 65536;

/** One request after the other, so that none sees what another has half done. */
app.middleware.unshift((ctx, next) => {
  const isRead = ctx.method === "GET" || ctx.method === "HEAD";
  const turn = last.then(() => orLeft(ctx, () => isRead ? read(ctx, next) : handle(ctx, next)));
  last = turn.catch(() => {});
  return turn;
});

/** What began is ended in this time, ms; who was killed while he sent will never send the rest. */
const PATIENCE = 500;

/** Who is killed while he sends, or waits for his turn, keeps nobody else waiting for long. */
async function orLeft(ctx, work) {
  const { socket } = ctx.req;
  let leave;
  const left = new Promise((resolve) => leave = () => setTimeout(resolve, PATIENCE));
  if (socket.destroyed) leave();
  socket.once("close", leave);
  try {
    await Promise.race([work(), left]);
  } finally {
    socket.removeListener("close", leave);
  }
}

async function read(ctx, next) {
  await next();
  const { body } = ctx;
  if (typeof body?.pipe !== "function" || !(ctx.length <= SMALL)) return;
  const parts = [];
  for await (const part of body) parts.push(part);
  const { type, length } = ctx;
  ctx.body = Buffer.concat(parts);
  Object.assign(ctx, { type, length });
}

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
  if (isWhole && ctx.method === "PUT" && !(await takeWhole(ctx))) return;
  await next();
  if (ctx.status >= 300 || !isWhole) return;
  if (ctx.method === "PUT" || ctx.method === "POST") etags.set(ctx.path, ctx.response.get("etag"));
  else if (ctx.query.uploadId === undefined) etags.delete(ctx.path);
}

/** Reads the body and gives it to who comes next; `false` where it was cut. */
async function takeWhole(ctx) {
  const { req } = ctx;
  const parts = [];
  try {
    for await (const part of req) parts.push(part);
  } catch {
    return false;
  }
  if (!req.complete) return false;
  const again = Readable.from(parts);
  for (const name of ["headers", "rawHeaders", "method", "url", "originalUrl", "socket"]) {
    again[name] = req[name];
  }
  ctx.req = ctx.request.req = again;
  return true;
}

app.run().then(({ port }) => console.log(port));
process.stdin.on("end", () => process.exit()).resume();
