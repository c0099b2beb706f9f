/** Listening: content, styles and results as tracks on one timeline, of which one is heard. */
import { bytes } from "/static/api.js";
import { byId } from "/static/dom.js";
import { Player } from "/static/player.js";
import { Timeline } from "/static/timeline.js";

/** @typedef {import("./tracks.js").Heard} Heard */

/** @param {Heard[]} tracks */
const ids = (tracks) => tracks.map((track) => track.audio).join();

const time = (s) => `${s.toFixed(s < 10 ? 2 : 1)} s`;

export class Compare {
  /** @param {import("./output.js").Output} output @param {(sentence: string) => void} complain */
  constructor(output, complain) {
    this.complain = complain;
    this.output = output;
    this.player = new Player(output);
    /** @type {Heard[]} */
    this.tracks = [];
    this.loading = Promise.resolve();
    this.timeline = new Timeline({
      choose: (n) => this.choose(n),
      seek: (s) => this.player.seek(s),
      select: (region) => this.select(region),
    });
    this.player.addEventListener("change", () => this.shown());
    byId("play").addEventListener("click", () => this.toggle());
    byId("loop").addEventListener("click", () => this.toggleLoop());
    byId("clear-region").addEventListener("click", () => this.select(null));
    byId("equal").addEventListener("change", (event) => this.player.setEqual(event.target.checked));
    byId("position").addEventListener("input", (event) => this.player.seek(Number(event.target.value)));
    byId("tracks").addEventListener("keydown", (event) => this.moveChoice(event));
  }

  /** @param {Heard[]} tracks @param {string} [chosen] */
  async show(tracks, chosen) {
    const isSame = ids(tracks) === ids(this.tracks);
    this.tracks = tracks;
    this.wished = chosen ?? this.wished;
    byId("compare").hidden = tracks.length === 0;
    if (!isSame) this.timeline.draw(tracks);
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
  async fetched({ audio, lufs, rateHz, loops }) {
    const isThere = this.player.tracks.some((one) => one.id === audio);
    return { id: audio, lufs, rateHz, loops, data: isThere ? new ArrayBuffer(0) : await bytes(audio) };
  }

  /** Id of the track that is heard. */
  get heardId() {
    return this.tracks.find((one) => one.audio === this.player.heard)?.id;
  }

  /** Buttons that play one sound say what they do now. */
  markHeard() {
    for (const button of document.querySelectorAll("[data-hears]")) {
      const isHeard = this.player.playing && button.dataset.hears === this.heardId;
      button.textContent = isHeard ? "Pause" : "Play";
      button.setAttribute("aria-pressed", String(isHeard));
    }
  }

  /** @param {number} n */
  choose(n) {
    if (this.tracks[n]) this.player.choose(this.tracks[n].audio);
  }

  moveChoice(event) {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const now = this.tracks.findIndex((track) => track.audio === this.player.heard);
    const next = (now + way + this.tracks.length) % this.tracks.length;
    this.choose(next);
    byId("tracks").children[next].focus();
  }

  async toggle() {
    if (this.player.playing) this.player.pause();
    else await this.player.play();
  }

  toggleLoop() {
    this.player.loop(!this.player.looping);
  }

  /** @param {[number, number] | null} region in seconds */
  select(region) {
    this.player.select(region);
    if (region) this.player.seek(region[0]);
  }

  /** Begins or ends the region where the playhead is. @param {"begin" | "end"} which */
  mark(which) {
    const { positionS, region, durationS } = this.player;
    const ends = which === "begin" ? [positionS, region?.[1] ?? durationS] : [region?.[0] ?? 0, positionS];
    if (ends[1] - ends[0] >= 0.05) this.player.select(ends);
  }

  /** @param {number} byS */
  async skip(byS) {
    await this.player.seek(this.player.positionS + byS);
  }

  /** What is heard, or the region of it, as channels of samples. @returns {{name: string, channels: Float32Array[], rateHz: number} | null} */
  excerpt() {
    const { track, region } = this.player;
    const heard = this.tracks.find((one) => one.audio === this.player.heard);
    if (!track || !heard) return null;
    const { buffer } = track;
    const ends = (region ?? [0, buffer.duration]).map((s) => Math.min(buffer.length, Math.round(s * buffer.sampleRate)));
    if (ends[1] <= ends[0]) return null;
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, n) => buffer.getChannelData(n).slice(...ends));
    const stem = heard.name.replace(/\.\w{1,5}$/, "");
    const name = region ? `${stem}-${region[0].toFixed(1)}-to-${region[1].toFixed(1)}s.wav` : `${stem}.wav`;
    return { name, channels, rateHz: buffer.sampleRate };
  }

  shown() {
    const { player } = this;
    byId("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
    byId("compare").classList.toggle("playing", player.playing);
    byId("position").max = player.durationS || 1;
    byId("loop").setAttribute("aria-pressed", String(player.looping));
    byId("clear-region").hidden = !player.region;
    byId("region").textContent = player.region
      ? `Region ${time(player.region[0])} to ${time(player.region[1])}`
      : "Drag over a picture to select a region.";
    byId("about").textContent = player.track?.loops ? "made as a loop, plays as one" : "";
    this.timeline.mark(player.heard);
    this.markHeard();
    this.timeline.showRegion(player.region);
    this.moved();
    if (player.playing && !this.moving) this.follow();
  }

  follow() {
    this.moving = true;
    const frame = async () => {
      if (this.player.playing && !this.player.played && this.player.positionS >= this.player.durationS) {
        this.player.pause();
        await this.player.seek(0);
      }
      this.moved();
      this.output.draw(byId("meter"), byId("peak"));
      this.moving = this.player.playing;
      if (this.moving) requestAnimationFrame(frame);
      else setTimeout(() => this.output.draw(byId("meter"), byId("peak")), 100);
    };
    requestAnimationFrame(frame);
  }

  moved() {
    const { positionS } = this.player;
    byId("position").value = positionS;
    byId("position").setAttribute("aria-valuetext", `${positionS.toFixed(1)} seconds`);
    byId("clock").textContent = `${positionS.toFixed(1)} s`;
    this.timeline.movePlayhead(positionS);
  }
}
