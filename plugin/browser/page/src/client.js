// Calls to the worker.

import workerSource from "worker-source";

/** @typedef {{ onProgress?: (progress: any) => void, signal?: AbortSignal }} How */

export class Client {
  #worker;
  #calls = new Map();
  #last = 0;

  constructor() {
    // A worker created from a blob inherits the page's Content-Security-Policy, which forbids every request.
    const address = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
    this.#worker = new Worker(address);
    this.#worker.onmessage = ({ data }) => this.#answered(data);
    this.#worker.onerror = ({ message }) => this.#failed(message);
  }

  /** @param {string} method @param {object} [given] @param {How} [how] @returns {Promise<any>} */
  call(method, given, { onProgress, signal } = {}) {
    const id = (this.#last += 1);
    signal?.addEventListener("abort", () => this.#worker.postMessage({ cancel: id }), { once: true });
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, onProgress });
      this.#showBusy();
      this.#worker.postMessage({ id, method, given });
    });
  }

  #answered({ id, result, problem, progress }) {
    const call = this.#calls.get(id);
    if (!call) return;
    if (progress) {
      call.onProgress?.(progress);
      return;
    }
    this.#calls.delete(id);
    // Deferred, so that the code awaiting this answer can make its next call first.
    setTimeout(() => this.#showBusy());
    if (problem) call.reject(Object.assign(new Error(problem.message), { isCancelled: problem.isCancelled }));
    else call.resolve(result);
  }

  /** Publishes the number of pending calls, for styles and tests. */
  #showBusy() {
    document.documentElement.dataset.busy = String(this.#calls.size);
  }

  #failed(message) {
    const error = new Error(`The filter cannot run in this browser: ${message || "the worker stopped"}. Reload the page, or use a newer browser.`);
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
    this.#showBusy();
  }
}
