/** Something is removed, and can be brought back for a while. */
import { byId } from "/static/dom.js";

const WHILE_MS = 20_000;

export class Undo {
  constructor() {
    this.place = byId("undo");
    this.place.querySelector("button").addEventListener("click", () => this.end(false));
    addEventListener("pagehide", () => this.end(true));
  }

  /**
   * @param {string} words what was removed
   * @param {{now: () => void, back: () => void}} acts done after a while, or taken back
   */
  offer(words, acts) {
    this.end(true);
    this.acts = acts;
    this.place.firstElementChild.textContent = words;
    this.place.hidden = false;
    this.timer = setTimeout(() => this.end(true), WHILE_MS);
  }

  /** @param {boolean} isMeant */
  end(isMeant) {
    clearTimeout(this.timer);
    const { acts } = this;
    this.acts = null;
    this.place.hidden = true;
    if (isMeant) acts?.now();
    else acts?.back();
  }
}
