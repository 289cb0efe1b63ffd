// The decompressed bytes of a capture, in bounded memory: the browser stores large blobs on disk.

const PART = 4 * 1024 * 1024;
/** The maximum number of bytes that are read, after decompression. */
const MAX_CAPTURE = 1024 * 1024 * 1024;

const FOREIGN = [
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: "Zstandard", command: "zstd -d" },
  { magic: [0x50, 0x4b, 0x03, 0x04], name: "ZIP", command: "unzip" },
  { magic: [0xfd, 0x37, 0x7a, 0x58], name: "xz", command: "xz -d" },
  { magic: [0x42, 0x5a, 0x68], name: "bzip2", command: "bzip2 -d" },
];

export class Source {
  /** The decompressed content, from which messages are read again. @type {Blob} */
  content;
  /** The bytes read from the file, before decompression. */
  read = 0;
  /** Warnings to show about the file. @type {string[]} */
  notes = [];
  #file;
  #isGzip;

  /** @param {Blob} file @param {boolean} isGzip */
  constructor(file, isGzip) {
    this.#file = file;
    this.#isGzip = isGzip;
    this.content = isGzip ? new Blob() : file;
  }

  /** @param {Blob} file */
  static async open(file) {
    const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
    const foreign = FOREIGN.find(({ magic }) => magic.every((byte, at) => start[at] === byte));
    if (foreign) throw new Error(`This is a ${foreign.name} file, which the page cannot read. Decompress it with ${foreign.command} first.`);
    return new Source(file, start[0] === 0x1f && start[1] === 0x8b);
  }

  /** Yields the parts of the capture, in order. @returns {AsyncGenerator<Uint8Array>} */
  async *parts() {
    const kept = [];
    let pending = [];
    let total = 0, pendingSize = 0;
    const keep = () => {
      kept.push(new Blob(pending));
      pending = [];
      pendingSize = 0;
    };
    try {
      for await (const part of chunks(this.#stream())) {
        const room = MAX_CAPTURE - total;
        const taken = part.length > room ? part.subarray(0, room) : part;
        total += taken.length;
        if (this.#isGzip) {
          pending.push(taken);
          pendingSize += taken.length;
          if (pendingSize >= PART) keep();
        }
        yield taken;
        if (taken.length < part.length) {
          this.notes.push("The capture is longer than 1 GiB. The page reads only the first GiB; the eset-filter command reads all of it.");
          break;
        }
      }
    } catch {
      this.#failed(total);
    }
    if (this.#isGzip) {
      keep();
      this.content = new Blob(kept);
    }
  }

  #stream() {
    const counted = new TransformStream({
      transform: (part, controller) => {
        this.read += part.length;
        controller.enqueue(part);
      },
      // An error at the end of a gzip file discards what is decompressed but not read yet. An empty part is only
      // processed once everything before it is read.
      flush: (controller) => this.#isGzip && controller.enqueue(new Uint8Array()),
    });
    const bytes = this.#file.stream().pipeThrough(counted);
    return this.#isGzip ? bytes.pipeThrough(new DecompressionStream("gzip")) : bytes;
  }

  /** @param {number} total the bytes read before the failure */
  #failed(total) {
    if (!this.#isGzip) throw new Error("The file cannot be read. It may have changed since it was opened: open it again.");
    if (!total) throw new Error("The gzip file is damaged at the beginning. Check it with gzip -t.");
    this.notes.push("The gzip file is damaged, ends early, or has several members. The page shows the part that it could decompress. Check the file with gzip -t; decompress all members with gzip -d.");
  }
}

/** @param {ReadableStream<Uint8Array>} stream */
async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
