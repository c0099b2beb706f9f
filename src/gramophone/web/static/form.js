/** The controls, made from what /api/form says: the names, limits and words are those of Python and the flags. */
import { make } from "/static/dom.js";

const FEW = ["keep", "strength", "duration_s", "preset"];
const ELSEWHERE = ["task", "styles", "content", "begun", "steered"];
const LABELS = {
  duration_s: "Duration in seconds", span_ms: "Spans in ms", crossover_hz: "Crossovers in Hz", weights: "Weights of the network",
  transpose_range: "Transpose range in semitones", mix: "Styles together",
};
const GROUPS = { ours: "Ours", published: "Published systems", rivals: "Rivals without a network" };

/** @param {string} name */
const label = (name) => LABELS[name] ?? name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");

export class Form {
  /**
   * @param {any} description what /api/form gave
   * @param {HTMLElement} few @param {HTMLElement} rest
   * @param {(name: string) => void} onChange
   * @param {(count: number) => void} onCount how many of the rest differ from their defaults
   */
  constructor(description, few, rest, onChange, onCount) {
    this.onCount = onCount;
    /** @type {Map<string, {field: any, row: HTMLElement, input: any, reset: HTMLElement}>} */
    this.rows = new Map();
    /** What was said for the tasks that are not shown. @type {Map<string, Record<string, any>>} */
    this.said = new Map();
    this.presets = description.presets;
    this.longS = description.long_s;
    for (const described of description.fields) {
      const field = described.name === "weights" ? ofNetwork(described) : described;
      if (ELSEWHERE.includes(field.name)) continue;
      const row = this.row(field, onChange);
      (FEW.includes(field.name) ? few : rest).append(row);
    }
  }

  row(field, onChange) {
    const id = `field-${field.name}`;
    const input = control(field, id);
    if (field.name === "preset") groupPresets(input, this.presets);
    input.addEventListener("input", () => this.mark());
    input.addEventListener("change", () => {
      if (field.name === "network") this.showWeights();
      this.mark();
      onChange(field.name);
    });
    const reset = make("button", { type: "button", class: "reset plain", text: "Reset", "aria-label": `Reset ${label(field.name)}`, hidden: true });
    reset.addEventListener("click", () => {
      put(field, input, field.default);
      input.dispatchEvent(new Event("change"));
      input.focus();
    });
    const words = make("small", { id: `${id}-help`, text: field.help });
    const shown = field.name === "strength" ? make("output", { for: id, text: field.default }) : "";
    if (shown) input.addEventListener("input", () => (shown.textContent = input.value));
    const row = make("div", { class: `field ${field.kind}` }, make("label", { for: id, text: label(field.name) }), input, shown, reset, words);
    this.rows.set(field.name, { field, row, input, reset });
    return row;
  }

  /** Shows what is of use for a task, with what was last said for it. @param {string} task */
  show(task) {
    if (this.task && this.task !== task) {
      this.said.set(this.task, this.values(this.task));
      this.fill(this.said.get(task) ?? {});
    }
    this.task = task;
    for (const { field, row } of this.rows.values()) row.hidden = !field.tasks.includes(task);
    const preset = this.rows.get("preset")?.input;
    for (const option of preset.options) {
      option.disabled = !this.presets.find((one) => one.name === option.value).tasks.includes(task);
    }
    if (preset.selectedOptions[0]?.disabled) preset.value = preset.querySelector("option:not([disabled])").value;
    this.showWeights();
    this.mark();
  }

  /** Marks what differs from its default. */
  mark() {
    let count = 0;
    for (const { field, row, input, reset } of this.rows.values()) {
      const value = read(field, input);
      const differs = value !== null && value !== field.default;
      row.classList.toggle("changed", differs);
      reset.hidden = !differs;
      if (differs && !row.hidden && !FEW.includes(field.name)) count += 1;
    }
    const preset = this.rows.get("preset");
    const chosen = this.presets.find((one) => one.name === preset.input.value);
    if (chosen) preset.row.querySelector("small").textContent = `${chosen.help}; ${costOf(chosen)} for a transfer of 3 s`;
    this.onCount(count);
  }

  /** Weights are chosen of a network only. */
  showWeights() {
    const [network, weights] = [this.rows.get("network"), this.rows.get("weights")];
    weights.row.hidden = network.row.hidden || network.input.value === "";
  }

  /** Whether what is asked for can go on from an earlier result: neither is it published so, nor made in blocks. */
  goesOn(request) {
    const isLong = request.morph || (request.duration_s > this.longS && !request.loop);
    return !isLong && (this.presets.find((one) => one.name === this.rows.get("preset").input.value)?.goes_on ?? false);
  }

  /** What differs from the defaults, for a request. @param {string} task @returns {Record<string, any>} */
  values(task) {
    const found = {};
    for (const { field, input } of this.rows.values()) {
      if (!field.tasks.includes(task) || (field.name === "weights" && !found.network)) continue;
      const value = read(field, input);
      if (value !== null && value !== field.default) found[field.name] = value;
    }
    return found;
  }

  /** Puts the values of a request in. @param {Record<string, any>} request */
  fill(request) {
    for (const { field, input } of this.rows.values()) {
      let value = request[field.name] ?? field.default;
      if (field.name === "weights") value = value?.find((one) => field.choices.includes(one));
      put(field, input, value);
    }
    this.showWeights();
    this.mark();
  }
}

/** Of the weights, the words are chosen here; the shares of the styles are moved on the pad. */
const ofNetwork = (field) => ({ ...field, kind: "text", choices: field.bounds.words, bounds: null, tasks: ["transfer"] });

const NONE = { network: "none", weights: "trained" };

/** What an empty field stands for. */
const meaningOfNone = (field) => NONE[field.name] ?? (field.is_change ? "as the preset has it" : "automatic");

function control(field, id) {
  const about = { id, name: field.name, "aria-describedby": `${id}-help` };
  const limits = field.bounds && { min: field.bounds.least, max: field.bounds.most, step: field.bounds.step };
  if (field.choices.length) {
    const none = field.default === null ? [make("option", { value: "", text: meaningOfNone(field) })] : [];
    const options = field.choices.map((one) => make("option", { value: one, text: one, selected: one === field.default }));
    return make("select", about, ...none, ...options);
  }
  if (field.kind === "flag") return make("input", { ...about, type: "checkbox", checked: field.default });
  if (field.kind === "list") return make("input", { ...about, type: "text", inputmode: "decimal", placeholder: "numbers, with commas" });
  if (field.name === "strength") return make("input", { ...about, type: "range", ...limits, value: field.default });
  if (field.kind === "text") return make("input", { ...about, type: "text", placeholder: field.name === "morph" ? "0:1,0 10:0,1" : undefined });
  const placeholder = field.default === null ? meaningOfNone(field) : undefined;
  return make("input", { ...about, type: "number", ...limits, value: field.default ?? "", placeholder });
}

/** @param {{cost_s: number}} preset */
export function costOf({ cost_s: s }) {
  if (s < 90) return `about ${Math.round(s)} s`;
  return `about ${Math.round(s / 60)} minutes`;
}

function groupPresets(select, presets) {
  const groups = Object.entries(GROUPS).map(([group, text]) => {
    const options = presets.filter((one) => one.group === group);
    return make("optgroup", { label: text }, ...options.map((one) => make("option", { value: one.name, text: `${one.name}: ${one.help}; ${costOf(one)}` })));
  });
  select.replaceChildren(...groups);
}

function put(field, input, value) {
  if (field.kind === "flag") input.checked = Boolean(value);
  else input.value = Array.isArray(value) ? value.join(", ") : (value ?? "");
  input.dispatchEvent(new Event("input"));
}

function read(field, input) {
  if (field.kind === "flag") return input.checked;
  const text = input.value.trim();
  if (text === "") return null;
  if (field.kind === "list") return text.split(/[\s,;]+/).filter(Boolean).map(Number);
  return field.kind === "text" ? text : Number(text);
}
