// Tells the messages of a capture apart: a message a line, or frames that say how long they are (RFC 6587).

const NEWLINE = 10, SPACE = 32, LESS_THAN = 60, ZERO = 48, NINE = 57;
const MOST_COUNT_DIGITS = 7;
const LONGEST_COUNT = MOST_COUNT_DIGITS + 2;
/** A message that is longer is cut there, in bytes. */
export const MAX_MESSAGE = 16 * 1024 * 1024;

/** @typedef {{ start: number, bytes: Uint8Array }} Message where it starts in the capture, and what it is */
/** @typedef {{ end: number, after: number } | "incomplete" | undefined} Part where it ends, and where the next begins */

export class Splitter {
  #rest = new Uint8Array(0);
  #position = 0;
  #isInsideCutLine = false;

  /**
   * The messages that are complete with this part of the capture.
   * @param {Uint8Array} part
   * @returns {Message[]}
   */
  push(part) {
    return this.#split(joined(this.#rest, part), false);
  }

  /** The messages that are left at the capture's end. */
  end() {
    return this.#split(this.#rest, true);
  }

  /** @param {Uint8Array} bytes @param {boolean} isEnd @returns {Message[]} */
  #split(bytes, isEnd) {
    const messages = [];
    let at = this.#isInsideCutLine ? this.#skipLine(bytes) : 0;
    while (at < bytes.length) {
      const next = frame(bytes, at, isEnd) ?? line(bytes, at, isEnd);
      if (next === "incomplete" || !next) {
        if (bytes.length - at <= MAX_MESSAGE) break;
        messages.push(this.#message(bytes, at, at + MAX_MESSAGE));
        this.#isInsideCutLine = true;
        at = bytes.length;
      } else {
        messages.push(this.#message(bytes, at, Math.min(next.end, at + MAX_MESSAGE)));
        at = next.after;
      }
    }
    this.#position += at;
    this.#rest = bytes.slice(at);
    return messages;
  }

  #message(bytes, start, end) {
    return { start: this.#position + start, bytes: bytes.subarray(start, end) };
  }

  #skipLine(bytes) {
    const end = bytes.indexOf(NEWLINE);
    this.#isInsideCutLine = end < 0;
    return end < 0 ? bytes.length : end + 1;
  }
}

/** @param {Uint8Array} bytes @param {number} start @param {boolean} isEnd @returns {Part} */
function line(bytes, start, isEnd) {
  const end = bytes.indexOf(NEWLINE, start);
  if (end >= 0) return { end, after: end + 1 };
  return isEnd ? { end: bytes.length, after: bytes.length } : "incomplete";
}

/**
 * A frame counts if another one, a line end or the capture's end is right behind it: some relays get the length wrong.
 * @param {Uint8Array} bytes @param {number} start @param {boolean} isEnd @returns {Part}
 */
function frame(bytes, start, isEnd) {
  const count = countAt(bytes, start);
  if (!count) return undefined;
  const end = count.text + count.length;
  if (end + LONGEST_COUNT > bytes.length && !isEnd) return "incomplete";
  if (end === bytes.length || countAt(bytes, end)) return { end, after: end };
  return bytes[end] === NEWLINE ? { end, after: end + 1 } : undefined;
}

/** The count of `123 <14>…`. @param {Uint8Array} bytes @param {number} start */
function countAt(bytes, start) {
  let at = start;
  let length = 0;
  while (at - start < MOST_COUNT_DIGITS && bytes[at] >= ZERO && bytes[at] <= NINE) {
    length = 10 * length + bytes[at] - ZERO;
    at += 1;
  }
  const isCount = at > start && bytes[start] !== ZERO && bytes[at] === SPACE && bytes[at + 1] === LESS_THAN;
  return isCount ? { text: at + 1, length } : undefined;
}

/** @param {Uint8Array} first @param {Uint8Array} second */
function joined(first, second) {
  if (!first.length) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
