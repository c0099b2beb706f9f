/** Shares of several styles: a slider for two, a pad with a corner for each of more. */
import { make } from "/static/dom.js";

const STEP = 0.05;
const RADIUS = 0.36;
const SPACE = "http://www.w3.org/2000/svg";

/** The point of a convex figure that is nearest to a point. @param {number[]} at @param {number[][]} corners in turn, clockwise */
export function inside(at, corners) {
  const edges = corners.map((corner, n) => [corner, corners[(n + 1) % corners.length]]);
  const isOutside = ([[ax, ay], [bx, by]]) => (bx - ax) * (at[1] - ay) - (by - ay) * (at[0] - ax) < 0;
  if (!edges.some(isOutside)) return at;
  const near = edges.map(([[ax, ay], [bx, by]]) => {
    const [dx, dy] = [bx - ax, by - ay];
    const along = Math.min(1, Math.max(0, ((at[0] - ax) * dx + (at[1] - ay) * dy) / (dx * dx + dy * dy)));
    return [ax + along * dx, ay + along * dy];
  });
  const far = ([x, y]) => (x - at[0]) ** 2 + (y - at[1]) ** 2;
  return near.reduce((best, one) => (far(one) < far(best) ? one : best));
}

function shape(corners) {
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", "0 0 1 1");
  svg.setAttribute("aria-hidden", "true");
  const figure = document.createElementNS(SPACE, "polygon");
  figure.setAttribute("points", corners.map((corner) => corner.join(",")).join(" "));
  svg.append(figure);
  return svg;
}

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
    this.place.append(make("label", { for: "mix", text: `Balance: ${first} to ${second}` }), input, output);
  }

  pad() {
    const corners = this.names.map((_, n) => {
      const angle = (2 * Math.PI * n) / this.names.length - Math.PI / 2;
      return [0.5 + RADIUS * Math.cos(angle), 0.5 + RADIUS * Math.sin(angle)];
    });
    this.at = [0.5, 0.5];
    const knob = make("span", { class: "knob" });
    const pad = make("div", {
      class: "pad", id: "pad", role: "slider", tabindex: 0, "aria-label": `Balance of ${this.names.join(", ")}`,
      "aria-valuemin": 0, "aria-valuemax": 1, "aria-valuenow": 0.5,
    });
    const place = (element, [x, y]) => {
      element.style.left = `${100 * x}%`;
      element.style.top = `${100 * y}%`;
    };
    const move = (at) => {
      this.at = inside(at, corners);
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
      event.preventDefault(); // no text is selected
      pad.focus();
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
      const [x, y] = corners[n];
      const side = Math.abs(x - 0.5) < 0.01 ? (y < 0.5 ? "above" : "below") : x < 0.5 ? "left" : "right";
      const mark = make("span", { class: `corner ${side}`, text: name });
      place(mark, corners[n]);
      return mark;
    });
    const output = make("output", { text: this.words() });
    place(knob, this.at);
    pad.setAttribute("aria-valuetext", this.words());
    pad.append(shape(corners), ...marks, knob);
    this.place.append(make("span", { class: "label", text: "Balance" }), pad, output);
  }

  words() {
    return this.names.map((name, n) => `${name} ${Math.round(100 * this.weights[n])} %`).join(", ");
  }
}
