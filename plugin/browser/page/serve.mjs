// Serves the page on this machine.
//
// usage: node serve.mjs [--port PORT] [DIRECTORY]

import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const USAGE = `Serves the playground on 127.0.0.1.

usage: node serve.mjs [--port PORT] [DIRECTORY]

  --port PORT  port to listen on; 0, the default, picks a free one
  --help       print this help
  DIRECTORY    directory to serve; dist/playground by default`;

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" };

/**
 * Returns a server for the files in a directory.
 * @param {string} directory
 */
export async function server(directory) {
  const root = await realpath(directory);
  return createServer(async (request, response) => {
    const isRead = request.method === "GET" || request.method === "HEAD";
    const file = isRead ? await fileOf(root, request.url ?? "/") : undefined;
    if (!file) {
      response.writeHead(isRead ? 404 : 405, { "Content-Type": "text/plain; charset=utf-8" });
      response.end(isRead ? "File not found.\n" : "Only GET and HEAD are allowed.\n");
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file.path)] ?? "application/octet-stream", "Content-Length": file.size,
      "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff",
    });
    if (request.method === "HEAD") response.end();
    else createReadStream(file.path).on("error", () => response.destroy()).pipe(response);
  });
}

/** Returns the file that a request path names, if it is inside the root after resolving all links. */
async function fileOf(root, address) {
  try {
    const name = decodeURIComponent(new URL(address, "http://127.0.0.1").pathname);
    const path = await realpath(join(root, name.endsWith("/") ? `${name}index.html` : name));
    const found = await stat(path);
    return path.startsWith(root + sep) && found.isFile() ? { path, size: found.size } : undefined;
  } catch {
    return undefined;
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: "string", default: "0" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) throw new Error(`--port is ${values.port}: expected a number from 0 to 65535`);
  const directory = resolve(positionals[0] ?? fileURLToPath(new URL("../../../dist/playground", import.meta.url)));
  const listening = await server(directory).catch(() => {
    throw new Error(`Directory ${directory} does not exist: build the page with make playground`);
  });
  listening.on("error", ({ code, message }) => fail(code === "EADDRINUSE" ? `Port ${port} is in use: choose another with --port, or with PORT for make playground; 0 picks a free one` : message));
  listening.listen(port, "127.0.0.1", () => {
    const address = listening.address();
    console.log(`The playground is at http://127.0.0.1:${typeof address === "object" && address?.port}/ until you press Ctrl-C.`);
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main().catch(({ message }) => fail(message));
