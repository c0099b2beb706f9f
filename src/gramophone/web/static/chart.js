/** The loss terms over the steps, on a logarithmic axis, as a small drawing. */

const SPACE = "http://www.w3.org/2000/svg";
const [LEFT, RIGHT, TOP, BOTTOM] = [6, 294, 8, 152];
const DECADES = 6;

export class Chart {
  /** @param {SVGSVGElement} svg @param {HTMLElement} legend */
  constructor(svg, legend) {
    this.svg = svg;
    this.legend = legend;
    this.clear();
  }

  clear() {
    /** @type {Map<string, [number, number][]>} */
    this.lines = new Map();
    this.of = 1;
    this.svg.replaceChildren();
    this.legend.replaceChildren();
  }

  /** @param {{index: number, of: number, losses: Record<string, number>}} step */
  add(step) {
    this.of = step.of;
    for (const [name, value] of Object.entries(step.losses)) {
      if (!this.lines.has(name)) this.lines.set(name, []);
      this.lines.get(name).push([step.index, value]);
    }
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      this.draw();
    });
  }

  draw() {
    const every = [...this.lines.values()].flat().map(([, value]) => value);
    const highest = Math.log10(Math.max(...every, 1e-12));
    const lowest = Math.max(highest - DECADES, Math.log10(Math.max(1e-12, Math.min(...every.filter((one) => one > 0), 10 ** highest))) - 0.1);
    const y = (value) => {
      const along = (Math.log10(Math.max(value, 1e-12)) - lowest) / Math.max(highest - lowest, 0.1);
      return BOTTOM - (BOTTOM - TOP) * Math.min(1, Math.max(0, along));
    };
    const x = (index) => LEFT + ((RIGHT - LEFT) * index) / this.of;
    this.svg.replaceChildren();
    for (let decade = Math.ceil(lowest); decade <= highest; decade++) {
      this.put("line", { x1: LEFT, x2: RIGHT, y1: y(10 ** decade), y2: y(10 ** decade), class: "rule" });
    }
    this.legend.replaceChildren();
    [...this.lines].forEach(([name, points], n) => {
      const path = points.map(([index, value]) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      this.put("polyline", { points: path, class: `line line-${n % 4}` });
      const key = document.createElement("span");
      key.className = `key key-${n % 4}`;
      key.textContent = `${name} ${points.at(-1)[1].toPrecision(2)}`;
      this.legend.append(key);
    });
  }

  put(name, attributes) {
    const element = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    this.svg.append(element);
  }
}
