// Splits a capture into messages: one per line, or octet-counted frames (RFC 6587).

const NEWLINE = 10;
const LONGEST_COUNT = "12345678 <191>".length;
/** The longest message in bytes. A longer one is cut at this length. */
export const MAX_MESSAGE = 16 * 1024 * 1024;

/** @typedef {{ start: number, bytes: Uint8Array }} Message its offset in the capture, and its bytes */
/** @typedef {{ end: number, after: number } | "incomplete" | undefined} Part where a message ends, and where the next one begins */

export class Splitter {
  #rest = new Uint8Array(0);
  #position = 0;
  #isInsideCutLine = false;

  /**
   * Returns the messages completed by this part of the capture.
   * @param {Uint8Array} part
   * @returns {Message[]}
   */
  push(part) {
    return this.#split(joined(this.#rest, part), false);
  }

  /** Returns the messages left at the end of the capture. */
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
 * Returns a frame only if another frame, a newline or the end of the capture follows it: lines may keep the octet count
 * of a frame they were in.
 * @param {Uint8Array} bytes @param {number} start @param {boolean} isEnd @returns {Part}
 */
function frame(bytes, start, isEnd) {
  const count = countAt(bytes, start);
  if (!count) return undefined;
  const end = count.text + count.length;
  if (end - start > MAX_MESSAGE || (end > bytes.length && isEnd)) return undefined;
  if (end + LONGEST_COUNT > bytes.length && !isEnd) return "incomplete";
  const endsLine = bytes[end - 1] === NEWLINE;
  if (bytes[end] === NEWLINE) return { end: end - Number(endsLine), after: end + Number(!endsLine) };
  if (endsLine) return { end: end - 1, after: end };
  return end === bytes.length || countAt(bytes, end) ? { end, after: end } : undefined;
}

/**
 * Returns the count of `123 <14>…` and the offset of the text after it.
 * @param {Uint8Array} bytes @param {number} start
 */
function countAt(bytes, start) {
  const text = String.fromCharCode(...bytes.subarray(start, start + LONGEST_COUNT));
  const [, digits, pri] = /^(\d{1,8}) (<\d{1,3}>)/.exec(text) ?? [];
  const length = Number(digits);
  return pri && length >= pri.length ? { text: start + digits.length + 1, length } : undefined;
}

/** @param {Uint8Array} first @param {Uint8Array} second */
function joined(first, second) {
  if (!first.length) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
