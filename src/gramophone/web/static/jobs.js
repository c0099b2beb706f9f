/** All jobs of the studio as the page knows them; other tabs are told of changes, and tell of theirs. */
import { get, isOpen } from "/static/api.js";

export class Jobs {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    /** The newest first. @type {any[]} */
    this.found = [];
    /** Removed, but this can still be taken back. @type {Set<string>} */
    this.hidden = new Set();
    this.tabs = new BroadcastChannel("gramophone-jobs");
    this.tabs.onmessage = () => this.reload();
    document.addEventListener("visibilitychange", () => document.hidden || this.reload());
  }

  get all() {
    return this.found.filter((job) => !this.hidden.has(job.id));
  }

  /** The oldest that has not ended. */
  get nextOpen() {
    return this.all.filter(isOpen).at(-1);
  }

  async reload() {
    this.found = await get("jobs").catch(() => this.found);
    this.onChange();
  }

  /** Something about them has changed here. */
  async changed() {
    this.tabs.postMessage("changed");
    await this.reload();
  }

  /** @param {string[]} ids */
  hide(ids) {
    for (const id of ids) this.hidden.add(id);
    this.onChange();
  }

  /** @param {string[]} ids */
  async show(ids) {
    for (const id of ids) this.hidden.delete(id);
    await this.reload();
  }

  /** Those with the sounds of a request that are done, the newest first. @param {any} request */
  resultsOf({ task, styles, content }) {
    const isSame = ({ request }) => request.task === task && request.content === content && request.styles.join() === styles.join();
    return this.all.filter((job) => job.state === "done" && isSame(job));
  }

  /** The seed after those with which the same was made. @param {any} request */
  nextSeed(request) {
    const seeds = this.all.filter((job) => plain(job.request) === plain(request)).map((job) => job.request.seed ?? 0);
    return seeds.length ? Math.max(...seeds) + 1 : (request.seed ?? 0);
  }
}

/** A request without what tells takes of the same from each other. */
function plain({ seed, begun, steered, ...rest }) {
  return JSON.stringify(Object.entries(rest).sort());
}
