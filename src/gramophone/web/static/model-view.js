/** Models that make streams without a recording: which, and a slider for each of its conditions. */
import { make } from "/static/dom.js";

const STEPS = 100;

export class ModelView {
  /**
   * @param {HTMLElement} place
   * @param {{name: string, conditions: {name: string, classes: string[], low: number, high: number}[]}[]} models
   * @param {(values: Record<string, number | string>) => void} onChange when a condition is moved
   * @param {() => void} onChoose when another model is chosen, or none
   */
  constructor(place, models, onChange, onChoose) {
    this.models = models;
    this.onChange = onChange;
    /** @type {[string, HTMLInputElement | HTMLSelectElement][]} */
    this.inputs = [];
    const options = [make("option", { value: "", text: "recordings (styles)" })];
    options.push(...models.map(({ name }) => make("option", { value: name, text: `model ${name}` })));
    this.choice = make("select", { id: "model" }, ...options);
    this.sliders = make("div", { id: "conditions", class: "fields" });
    place.append(make("div", { class: "field" }, make("label", { for: "model", text: "Made of" }), this.choice), this.sliders);
    this.choice.addEventListener("change", () => {
      this.show();
      onChoose();
    });
  }

  /** The model that is chosen; undefined where recordings are. */
  get chosen() {
    return this.models.find(({ name }) => name === this.choice.value);
  }

  get values() {
    return Object.fromEntries(this.inputs.map(([name, input]) => [name, input.type === "range" ? Number(input.value) : input.value]));
  }

  show() {
    this.inputs = (this.chosen?.conditions ?? []).map((one) => [one.name, this.input(one)]);
    this.sliders.replaceChildren(...this.inputs.map(([name, input]) => field(name, input)));
  }

  input({ name, classes, low, high }) {
    const id = `condition-${name}`;
    const input = classes.length
      ? make("select", { id }, ...classes.map((text) => make("option", { value: text, text })))
      : make("input", { id, type: "range", min: low, max: high, step: (high - low) / STEPS || 1, value: (low + high) / 2 });
    input.addEventListener("input", () => this.onChange(this.values));
    return input;
  }
}

function field(name, input) {
  const output = input.type === "range" ? make("output", { for: input.id, text: shown(input.value) }) : "";
  if (output) input.addEventListener("input", () => (output.textContent = shown(input.value)));
  return make("div", { class: "field" }, make("label", { for: input.id, text: name }), input, output);
}

const shown = (value) => String(Number(Number(value).toPrecision(3)));
