/** The controls of playing live, and what is said about it. */
import { byId, make } from "/static/dom.js";
import { Play } from "/static/play.js";

const db = (value) => `${value.toFixed(0)} dB`;

export class PlayView {
  /**
   * @param {HTMLElement} fields
   * @param {HTMLElement} view
   * @param {() => void} onChange when it begins or ends
   * @param {import("./output.js").Output} output
   */
  constructor(fields, view, onChange, output) {
    this.output = output;
    this.view = view;
    this.onChange = onChange;
    this.play = new Play((state) => this.onState(state), (facts) => this.onFacts(facts), output);
    this.state = byId("play-state");
    this.meters = byId("play-meters");
    this.warning = byId("play-warning");
    this.source = choice("play-input", { microphone: "microphone", content: "the content, over and over" });
    this.mode = choice("play-mode", { default: "precise (up to 200 ms)", fast: "fast (up to 60 ms)" });
    this.strength = range("play-strength", 0.6, (strength) => this.play.change({ strength }));
    this.mix = range("play-mix", 1, (mix) => this.play.change({ mix }));
    this.freeze = make("button", { type: "button", id: "play-freeze", text: "Freeze", "aria-pressed": "false", onclick: () => this.hold() });
    this.record = make("button", { type: "button", id: "play-record", text: "Record", "aria-pressed": "false", onclick: () => this.take() });
    this.heard = make("div", { id: "play-heard" });
    fields.append(
      field("Input", this.source), field("Mode", this.mode), field("Strength", this.strength, "0: all of you, 1: the style alone"),
      field("Dry to wet", this.mix, "0: your own sound, 1: the style"), make("div", { class: "actions" }, this.freeze, this.record),
    );
    view.append(this.heard);
    this.enable(false);
  }

  get playing() {
    return this.play.playing;
  }

  /** @param {string[]} styles ids @param {number[] | undefined} weights @param {string | null} content its id */
  toggle(styles, weights, content) {
    if (this.playing) {
      this.end();
      return;
    }
    const start = { styles, mode: this.mode.value, strength: Number(this.strength.value), mix: Number(this.mix.value) };
    if (weights) start.weights = weights;
    if (this.source.value === "content" && !content) this.onState("choose a content, or the microphone as input");
    else this.play.start(start, this.source.value === "content" ? `/api/sounds/${content}/audio` : null);
  }

  end() {
    if (!this.playing) return;
    if (this.play.recorded) this.take();
    this.play.stop();
  }

  /** @param {number[]} weights */
  mixed(weights) {
    this.play.change({ weights });
  }

  hold() {
    const freeze = this.freeze.getAttribute("aria-pressed") !== "true";
    this.freeze.setAttribute("aria-pressed", String(freeze));
    this.play.change({ freeze });
  }

  take() {
    const isRecording = Boolean(this.play.recorded);
    this.record.textContent = isRecording ? "Record" : "End recording";
    this.record.setAttribute("aria-pressed", String(!isRecording));
    if (!isRecording) {
      this.play.record();
      return;
    }
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = URL.createObjectURL(this.play.endRecording());
    const link = make("a", { href: this.address, download: "played.wav", text: "Save the recording" });
    this.heard.replaceChildren(make("audio", { controls: true, src: this.address, "aria-label": "What was played" }), link);
  }

  enable(isOn) {
    this.freeze.disabled = this.record.disabled = !isOn;
    this.source.disabled = this.mode.disabled = this.playing;
    if (!isOn) this.freeze.setAttribute("aria-pressed", "false");
  }

  onState(state) {
    if (state === "recorded") {
      if (this.play.recorded) this.take();
      return;
    }
    this.view.dataset.state = state;
    this.state.textContent = state === "opening" ? "the styles are being prepared ..." : state;
    if (state !== "playing") this.meters.textContent = this.warning.textContent = "";
    this.enable(state === "playing");
    this.onChange();
  }

  onFacts({ meters, roundTripMs, drops }) {
    this.output.draw(byId("meter"), byId("peak"));
    if (this.play.recorded) this.record.textContent = `End recording (${this.play.recordedTime})`;
    Object.assign(this.view.dataset, { drops, roundTripMs: roundTripMs ?? "" });
    const words = roundTripMs === undefined ? [] : [`${roundTripMs} ms from input to output`];
    if (meters) words.push(`in ${db(meters.in_db)}, out ${db(meters.out_db)}`, `load ${Math.round(100 * meters.load)} %`);
    if (meters) this.view.dataset.outDb = meters.out_db;
    words.push(drops ? `${drops} drop-out(s)` : "no drop-outs");
    this.meters.textContent = words.join(" · ");
    this.warning.textContent = meters?.is_ducking ? "The loudspeaker is heard by the microphone: turned down. Use headphones." : "";
  }
}

function choice(id, options) {
  return make("select", { id }, ...Object.entries(options).map(([value, text]) => make("option", { value, text })));
}

function range(id, value, onMove) {
  const input = make("input", { id, type: "range", min: 0, max: 1, step: 0.01, value });
  input.addEventListener("input", () => onMove(Number(input.value)));
  return input;
}

function field(words, input, help = "") {
  const output = input.type === "range" ? make("output", { for: input.id, text: input.value }) : "";
  if (output) input.addEventListener("input", () => (output.textContent = input.value));
  const small = help ? make("small", { id: `${input.id}-help`, text: help }) : "";
  if (help) input.setAttribute("aria-describedby", `${input.id}-help`);
  return make("div", { class: "field" }, make("label", { for: input.id, text: words }), input, output, small);
}
