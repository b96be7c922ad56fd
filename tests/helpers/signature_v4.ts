/**
 * Checks signatures (AWS, version 4) of requests to an object store, from its published rules and
 * not from the library that signs. s3rver knows the key's id only, and lets any signature pass.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";

const sha256 = (data: string | Uint8Array): string =>
  createHash("sha256").update(data).digest("hex");

/** What is wrong with a request's signature: an error code of S3, or `undefined` if it is right. */
export function signatureFault(
  request: Request,
  body: Uint8Array,
  key: { readonly accesskeyid: string; readonly secretaccesskey: string },
): string | undefined {
  const header = request.headers.get("authorization") ?? "";
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/
      .exec(header);
  if (match === null) return "AccessDenied";
  const [, id, day = "", region = "", names = "", signature] = match;
  if (id !== key.accesskeyid) return "InvalidAccessKeyId";
  const hash = request.headers.get("x-amz-content-sha256") ?? "";
  if (hash !== sha256(body)) return "XAmzContentSHA256Mismatch";
  const signed = names.split(";");
  // What decides over the request must be signed: else it could be changed on the way.
  const isCovered = [...request.headers.keys()].every((name) =>
    signed.includes(name) || !/^(x-amz-|if-)/.test(name)
  );
  if (!isCovered || !signed.includes("host")) return "AccessDenied";
  const canonical = canonicalRequest(request, signed, names, hash);
  const scope = `${day}/${region}/s3/aws4_request`;
  const time = request.headers.get("x-amz-date") ?? "";
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const hmac = (secret: string | Uint8Array, data: string): Uint8Array =>
    createHmac("sha256", secret).update(data).digest();
  const signing = [day, region, "s3", "aws4_request"].reduce<string | Uint8Array>(
    hmac,
    `AWS4${key.secretaccesskey}`,
  );
  const expected = createHmac("sha256", signing).update(text).digest("hex");
  return expected === signature ? undefined : "SignatureDoesNotMatch";
}

function canonicalRequest(
  request: Request,
  signed: readonly string[],
  names: string,
  hash: string,
): string {
  const url = new URL(request.url);
  const path = url.pathname.split("/").map((part) => encoded(decodeURIComponent(part))).join("/");
  const query = [...url.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join("&");
  const headers = signed.map((name) => {
    const value = name === "host" ? url.host : request.headers.get(name) ?? "";
    return `${name}:${value.trim().replace(/ +/g, " ")}\n`;
  });
  return [request.method, path, query, headers.join(""), names, hash].join("\n");
}

/** RFC 3986's unreserved characters stay. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
