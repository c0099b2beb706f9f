/** The sounds that are chosen: a content and up to four styles. */
import { byId } from "/static/dom.js";
import { Slot } from "/static/slot.js";

const MOST_STYLES = 4;

export class Slots {
  /** @param {{builtIn: string[], keepS: number, undo: import("./undo.js").Undo, changed: () => void, records: () => void, complain: (sentence: string) => void}} about */
  constructor(about) {
    this.about = about;
    /** @type {Slot[]} */
    this.styles = [];
    this.content = new Slot("content", about, null);
    byId("content-slot").append(this.content.element);
    byId("add-style").addEventListener("click", () => this.add());
    this.add();
  }

  /** The sounds of all styles that have one. */
  get chosen() {
    return this.styles.filter((slot) => slot.sound).map((slot) => slot.sound);
  }

  get all() {
    return [this.content, ...this.styles].filter((slot) => slot.sound).map((slot) => slot.sound);
  }

  add() {
    if (this.styles.length >= MOST_STYLES) return null;
    const taken = this.styles.map((slot) => slot.role);
    const number = [1, 2, 3, 4].find((one) => !taken.includes(nameOf(one)));
    const slot = new Slot(nameOf(number), this.about, number === 1 ? null : () => this.remove(slot));
    this.styles.push(slot);
    byId("style-slots").append(slot.element);
    byId("add-style").hidden = this.styles.length >= MOST_STYLES;
    return slot;
  }

  /** @param {Slot} slot */
  remove(slot) {
    const { sound } = slot;
    slot.element.remove();
    this.styles = this.styles.filter((one) => one !== slot);
    byId("add-style").hidden = false;
    this.about.changed();
    if (!sound) return;
    const back = async () => {
      await this.add()?.show(sound);
      this.about.changed();
    };
    this.about.undo.offer(`${sound.name} is no style any more.`, { now: () => {}, back });
  }

  /** @param {any} request @param {Map<string, any>} sounds by id */
  async fill(request, sounds) {
    while (this.styles.length < Math.min(request.styles.length, MOST_STYLES)) this.add();
    const pairs = this.styles.map((slot, n) => [slot, request.styles[n]]);
    if (request.content) pairs.push([this.content, request.content]);
    await Promise.all(pairs.map(([slot, id]) => (sounds.get(id) ? slot.show(sounds.get(id)) : slot.clear())));
  }

  /** Where a file can be dropped. @param {string} task */
  places(task) {
    const own = [...(task === "transfer" || task === "live" ? [this.content] : []), ...this.styles];
    const found = own.map((slot) => ({ name: slot.role, take: (file) => slot.take(file) }));
    if (this.styles.length < MOST_STYLES) found.push({ name: "another style", take: (file) => this.add()?.take(file) });
    return found;
  }
}

/** @param {number} number */
const nameOf = (number) => (number === 1 ? "style" : `style ${number}`);
