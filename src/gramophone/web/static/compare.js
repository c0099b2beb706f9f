/** Listening: content, styles and results as tracks, of which one is heard. */
import { ask } from "/static/api.js";
import { byId, make } from "/static/dom.js";
import { Player } from "/static/player.js";

const LETTERS = "ABCDEFGHI";

/** @param {{audio: string}[]} tracks */
const ids = (tracks) => tracks.map((track) => track.audio).join();

/** @typedef {{id: string, name: string, role: string, audio: string, picture: string | null, lufs: number}} Heard */

export class Compare {
  /** @param {(sentence: string) => void} complain */
  constructor(complain) {
    this.complain = complain;
    this.player = new Player();
    /** @type {Heard[]} */
    this.tracks = [];
    this.loading = Promise.resolve();
    this.player.addEventListener("change", () => this.shown());
    byId("play").addEventListener("click", () => this.toggle());
    byId("equal").addEventListener("change", (event) => this.player.setEqual(event.target.checked));
    byId("position").addEventListener("input", (event) => this.player.seek(Number(event.target.value)));
  }

  /** @param {Heard[]} tracks @param {string} [chosen] */
  async show(tracks, chosen) {
    const isSame = ids(tracks) === ids(this.tracks);
    this.tracks = tracks;
    this.wished = chosen ?? this.wished;
    byId("compare").hidden = tracks.length === 0;
    if (!isSame) this.draw();
    // One after the other: what loads for long must not replace what was asked for later.
    this.loading = this.loading.then(() => tracks === this.tracks && this.load());
    await this.loading;
  }

  async load() {
    const { tracks } = this;
    try {
      if (ids(tracks) !== this.player.tracks.map((one) => one.id).join()) {
        await this.player.load(await Promise.all(tracks.map((track) => this.fetched(track))));
      }
    } catch (error) {
      this.complain(error.message);
      return;
    }
    const track = tracks.find((one) => one.id === this.wished);
    if (track) this.player.choose(track.audio);
    this.wished = undefined;
    this.shown();
  }

  /** @param {Heard} track */
  async fetched({ audio, lufs }) {
    const isThere = this.player.tracks.some((one) => one.id === audio);
    return { id: audio, lufs, data: isThere ? new ArrayBuffer(0) : await (await ask(audio)).arrayBuffer() };
  }

  draw() {
    const place = byId("tracks");
    place.replaceChildren(
      ...this.tracks.map((track, n) => {
        const drawn = track.picture ? [make("img", { class: "spectrogram", src: `/api/${track.picture}`, alt: "" })] : [];
        const picture = make("span", { class: "seen" }, ...drawn, make("span", { class: "head" }));
        return make(
          "button",
          { type: "button", role: "radio", class: "track", "data-audio": track.audio, "aria-checked": "false", onclick: () => this.choose(n) },
          make("kbd", { text: String(n + 1), "aria-hidden": "true" }),
          make("span", { class: "who" }, make("b", { text: LETTERS[n] }), ` ${track.name} `, make("span", { class: "quiet", text: track.role })),
          picture,
        );
      }),
    );
    place.onkeydown = (event) => {
      const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!way) return;
      event.preventDefault();
      const now = this.tracks.findIndex((track) => track.audio === this.player.heard);
      const next = (now + way + this.tracks.length) % this.tracks.length;
      this.choose(next);
      place.children[next].focus();
    };
  }

  /** @param {number} n */
  choose(n) {
    if (this.tracks[n]) this.player.choose(this.tracks[n].audio);
  }

  async toggle() {
    if (this.player.playing) this.player.pause();
    else await this.player.play();
  }

  /** @param {number} byS */
  async skip(byS) {
    await this.player.seek(this.player.positionS + byS);
  }

  shown() {
    const { player } = this;
    byId("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
    byId("compare").classList.toggle("playing", player.playing);
    byId("position").max = player.durationS || 1;
    for (const button of byId("tracks").children) {
      const isHeard = button.dataset.audio === player.heard;
      button.setAttribute("aria-checked", String(isHeard));
      button.tabIndex = isHeard ? 0 : -1;
    }
    this.moved();
    if (player.playing && !this.moving) this.follow();
  }

  follow() {
    this.moving = true;
    const frame = async () => {
      if (this.player.playing && this.player.positionS >= this.player.durationS) {
        this.player.pause();
        await this.player.seek(0);
      }
      this.moved();
      this.moving = this.player.playing;
      if (this.moving) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  moved() {
    const { positionS } = this.player;
    byId("position").value = positionS;
    byId("position").setAttribute("aria-valuetext", `${positionS.toFixed(1)} seconds`);
    byId("clock").textContent = `${positionS.toFixed(1)} s`;
    for (const button of byId("tracks").children) {
      const length = this.player.tracks.find((track) => track.id === button.dataset.audio)?.buffer.duration ?? 1;
      const head = button.querySelector(".head");
      if (head) head.style.left = `${Math.min(100, (100 * positionS) / length)}%`;
    }
  }
}
