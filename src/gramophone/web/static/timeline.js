/** One time axis for all sounds: their spectrograms with axes, one playhead, one region. */
import { byId, make } from "/static/dom.js";

const LOWEST_HZ = 40;
const DECADES = [[100, "100"], [1000, "1k"], [10000, "10k"]];
const TIME_STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300];
const MOST_TICKS = 8;
const DRAG_PX = 5;
const SHORTEST_REGION_S = 0.05;

/** Marks of a picture from 40 Hz to half the rate. @param {HTMLElement} place @param {number} rateHz */
export function drawHz(place, rateHz) {
  const octaves = Math.log(rateHz / 2 / LOWEST_HZ);
  const marks = DECADES.filter(([hz]) => hz < 0.8 * (rateHz / 2));
  const shown = marks.map(([hz, text], n) => {
    const mark = make("span", { text: n ? text : `${text} Hz` });
    mark.style.bottom = `${(100 * Math.log(hz / LOWEST_HZ)) / octaves}%`;
    return mark;
  });
  place.replaceChildren(...shown);
}

/** @param {HTMLElement} place @param {number} durationS */
export function drawSeconds(place, durationS) {
  const step = TIME_STEPS_S.find((one) => durationS / one <= MOST_TICKS) ?? durationS / MOST_TICKS;
  const ticks = [];
  for (let n = 0; n * step <= durationS * 0.97; n++) {
    const tick = make("span", { text: `${Number((n * step).toFixed(1))}${n ? "" : " s"}` });
    tick.style.left = `${(100 * n * step) / durationS}%`;
    ticks.push(tick);
  }
  place.replaceChildren(...ticks);
}

export class Timeline {
  /** @param {{choose: (n: number) => void, seek: (s: number) => void, select: (region: [number, number] | null) => void}} acts */
  constructor(acts) {
    this.acts = acts;
    this.durationS = 1;
    this.place = byId("tracks");
    this.place.addEventListener("pointerdown", (event) => this.pressed(event));
    this.place.addEventListener("pointermove", (event) => this.dragged(event));
    this.place.addEventListener("pointerup", (event) => this.released(event));
    this.place.addEventListener("pointercancel", () => (this.press = null));
  }

  /** @param {import("./tracks.js").Heard[]} tracks */
  draw(tracks) {
    this.durationS = Math.max(0.1, ...tracks.map((track) => track.durationS));
    this.place.replaceChildren(...tracks.map((track, n) => this.row(track, n)));
    drawSeconds(byId("ruler"), this.durationS);
  }

  row(track, n) {
    const hz = make("span", { class: "hz", "aria-hidden": "true" });
    drawHz(hz, track.rateHz);
    const drawn = track.picture ? [make("img", { class: "spectrogram", src: track.picture, alt: "", draggable: "false" })] : [];
    const plot = make("span", { class: "plot" }, ...drawn);
    if (drawn.length) drawn[0].style.width = `${(100 * track.durationS) / this.durationS}%`;
    const who = make("span", { class: "who" }, make("kbd", { text: String(n + 1), "aria-hidden": "true" }), make("b", { text: track.name }), " ", make("span", { class: "quiet", text: track.role }));
    const row = make("div", { role: "radio", class: "track", "data-audio": track.audio, "aria-checked": "false", tabindex: "-1" }, who, hz, plot);
    row.addEventListener("click", (event) => event.target.closest(".plot") || this.acts.choose(n));
    return row;
  }

  pressed(event) {
    const plot = event.target.closest(".plot");
    if (!plot || event.button) return;
    this.press = { plot, x: event.clientX, row: [...this.place.children].indexOf(plot.parentElement), isDrag: false };
    this.place.setPointerCapture(event.pointerId);
  }

  dragged(event) {
    const { press } = this;
    if (!press) return;
    press.isDrag ||= Math.abs(event.clientX - press.x) > DRAG_PX;
    if (!press.isDrag) return;
    const ends = [this.secondsAt(press.plot, press.x), this.secondsAt(press.plot, event.clientX)].sort((a, b) => a - b);
    press.region = ends[1] - ends[0] >= SHORTEST_REGION_S ? ends : null;
    this.showRegion(press.region);
  }

  released(event) {
    const { press } = this;
    this.press = null;
    if (!press) return;
    this.acts.choose(press.row);
    if (!press.isDrag) this.acts.seek(this.secondsAt(press.plot, event.clientX));
    else this.acts.select(press.region ?? null);
  }

  secondsAt(plot, x) {
    const { left, width } = plot.getBoundingClientRect();
    return this.durationS * Math.min(1, Math.max(0, (x - left) / width));
  }

  /** @param {[number, number] | null | undefined} region */
  showRegion(region) {
    const place = byId("selection");
    place.hidden = !region;
    if (!region) return;
    place.style.left = `${(100 * region[0]) / this.durationS}%`;
    place.style.width = `${(100 * (region[1] - region[0])) / this.durationS}%`;
  }

  /** @param {number} positionS */
  movePlayhead(positionS) {
    byId("playhead").style.left = `${(100 * Math.min(positionS, this.durationS)) / this.durationS}%`;
  }

  /** @param {string} heard address of the track */
  mark(heard) {
    for (const row of this.place.children) {
      const isHeard = row.dataset.audio === heard;
      row.setAttribute("aria-checked", String(isHeard));
      row.tabIndex = isHeard ? 0 : -1;
    }
  }
}
