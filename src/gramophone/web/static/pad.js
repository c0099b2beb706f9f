/** Shares of several styles: a slider for two, a pad with a corner for each of more. */
import { make } from "/static/dom.js";

const STEP = 0.05;

export class Mix {
  /** @param {HTMLElement} place @param {() => void} onChange */
  constructor(place, onChange) {
    this.place = place;
    this.onChange = onChange;
    /** @type {number[]} */
    this.weights = [];
  }

  /** @param {string[]} names of the styles @param {number[]} [weights] */
  show(names, weights) {
    const isSame = names.join("\n") === this.names?.join("\n") && !weights;
    if (isSame) return;
    this.names = names;
    this.weights = weights ?? names.map(() => 1 / names.length);
    this.place.hidden = names.length < 2;
    this.place.replaceChildren();
    if (names.length === 2) this.slider();
    if (names.length > 2) this.pad();
  }

  /** Shares to one hundredth. @returns {number[] | undefined} */
  get shares() {
    return this.weights.length < 2 ? undefined : this.weights.map((weight) => Math.round(100 * weight) / 100);
  }

  slider() {
    const [first, second] = this.names;
    const input = make("input", { id: "mix", type: "range", min: 0, max: 1, step: 0.01, value: this.weights[1] });
    const output = make("output", { for: "mix", text: this.words() });
    input.setAttribute("aria-valuetext", this.words());
    input.addEventListener("input", () => {
      this.weights = [1 - Number(input.value), Number(input.value)];
      output.textContent = this.words();
      input.setAttribute("aria-valuetext", this.words());
      this.onChange();
    });
    this.place.append(make("label", { for: "mix", text: `Mix: ${first} to ${second}` }), input, output);
  }

  pad() {
    const corners = this.names.map((_, n) => {
      const angle = (2 * Math.PI * n) / this.names.length - Math.PI / 2;
      return [0.5 + 0.42 * Math.cos(angle), 0.5 + 0.42 * Math.sin(angle)];
    });
    this.at = [0.5, 0.5];
    const knob = make("span", { class: "knob" });
    const pad = make("div", {
      class: "pad", id: "pad", role: "slider", tabindex: 0, "aria-label": `Mix of ${this.names.join(", ")}`,
      "aria-valuemin": 0, "aria-valuemax": 1, "aria-valuenow": 0.5,
    });
    const place = (element, [x, y]) => {
      element.style.left = `${100 * x}%`;
      element.style.top = `${100 * y}%`;
    };
    const move = (at) => {
      this.at = at.map((value) => Math.min(1, Math.max(0, value)));
      const near = corners.map(([x, y]) => 1 / ((x - this.at[0]) ** 2 + (y - this.at[1]) ** 2 + 1e-3));
      const sum = near.reduce((a, b) => a + b);
      this.weights = near.map((one) => one / sum);
      place(knob, this.at);
      pad.setAttribute("aria-valuetext", this.words());
      pad.setAttribute("aria-valuenow", this.at[0].toFixed(2));
      output.textContent = this.words();
      this.onChange();
    };
    const pointed = (event) => {
      const box = pad.getBoundingClientRect();
      move([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
    };
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      pointed(event);
    });
    pad.addEventListener("pointermove", (event) => event.buttons && pointed(event));
    pad.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      move([this.at[0] + STEP * way[0], this.at[1] + STEP * way[1]]);
    });
    const marks = this.names.map((name, n) => {
      const mark = make("span", { class: "corner", text: name });
      place(mark, corners[n]);
      return mark;
    });
    const output = make("output", { text: this.words() });
    place(knob, this.at);
    pad.setAttribute("aria-valuetext", this.words());
    pad.append(...marks, knob);
    this.place.append(make("span", { class: "label", text: "Mix" }), pad, output);
  }

  words() {
    return this.names.map((name, n) => `${name} ${Math.round(100 * this.weights[n])} %`).join(", ");
  }
}
