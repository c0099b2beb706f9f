/** A place for one sound: chosen, dropped, recorded or built in; seen as waveform and spectrogram, and heard. */
import { ask, post, upload } from "/static/api.js";
import { make, seconds } from "/static/dom.js";
import { day } from "/static/results.js";
import { waveform } from "/static/wave.js";

const EMPTY = "drop a file anywhere";
const SILENT_DB = -60;

export class Slot {
  /**
   * @param {string} role `content` or `style 2`
   * @param {{builtIn: string[], keepS: number, changed: () => void, records: () => void, complain: (sentence: string) => void}} about
   * @param {(() => void) | null} onRemove
   */
  constructor(role, { builtIn, keepS, changed, records, complain }, onRemove) {
    this.role = role;
    this.keepS = keepS;
    this.onChange = changed;
    this.onRecord = records;
    this.complain = complain;
    /** @type {any} */
    this.sound = null;
    this.isOpening = false;
    const id = `slot-${role.replace(" ", "-")}`;
    this.input = make("input", { type: "file", id, accept: "audio/*,.wav,.flac,.ogg,.mp3,.aiff,.safetensors", class: "unseen" });
    this.input.addEventListener("change", () => this.input.files[0] && this.take(this.input.files[0]));
    this.which = make("select", { "aria-label": `Built-in sound for the ${role}` });
    this.which.append(make("option", { value: "", text: "built-in sound" }));
    this.which.append(...builtIn.map((name) => make("option", { value: name, text: name })));
    this.which.addEventListener("change", () => this.which.value && this.useBuiltIn(this.which.value));
    this.recording = make("button", { type: "button", text: "Record", onclick: () => this.record(), "aria-pressed": "false" });
    this.name = make("span", { class: "name", text: EMPTY });
    this.recorded = make("p", { class: "recorded", hidden: true }, make("span", { class: "meter" }, make("span")), make("span"));
    this.body = make("div", { class: "body" });
    const tools = make("div", { class: "tools" }, make("label", { for: id, class: "button", text: "Choose a file" }), this.input, this.recording, this.which);
    if (onRemove) tools.append(make("button", { type: "button", class: "plain", text: "Remove", "aria-label": `Remove ${role}`, onclick: onRemove }));
    this.element = make("div", { class: "slot", role: "group", "aria-label": role }, make("div", { class: "slot-head" }, make("span", { class: "role", text: role }), this.name), tools, this.recorded, this.body);
  }

  /** @param {File} file */
  take(file) {
    return this.work(`reading ${file.name}`, async () => {
      const sound = await upload(file, file.name);
      if (sound.notes.length) this.complain(sound.notes.join(" "));
      return sound;
    });
  }

  /** @param {string} which */
  useBuiltIn(which) {
    return this.work(`making ${which}`, () => post(`sounds/built-in/${which}`));
  }

  async record() {
    if (this.isOpening) return; // the browser still asks for the microphone
    if (this.endRecording) {
      const end = this.endRecording;
      this.endRecording = null;
      this.recording.textContent = "Record";
      this.recording.setAttribute("aria-pressed", "false");
      this.recorded.hidden = true;
      const blob = await end();
      await this.work("reading the recording", () => upload(blob, "recording.wav"));
      return;
    }
    this.isOpening = true;
    try {
      this.onRecord();
      const { record } = await import("/static/recorder.js");
      this.endRecording = await record(() => this.record(), (...level) => this.showLevel(...level));
      this.recording.textContent = "End recording";
      this.recording.setAttribute("aria-pressed", "true");
    } catch (error) {
      this.complain(`The microphone cannot be used (${error.message}); allow it for this page, or choose a file.`);
    } finally {
      this.isOpening = false;
    }
  }

  /** @param {number} s so far @param {number} limitS @param {number} peak 0 to 1 */
  showLevel(s, limitS, peak) {
    const [bar, words] = this.recorded.children;
    this.recorded.hidden = !this.endRecording;
    const db = 20 * Math.log10(Math.max(peak, 1e-4));
    bar.firstElementChild.style.width = `${Math.max(0, 100 * (1 - db / SILENT_DB))}%`;
    bar.classList.toggle("clips", peak > 0.99);
    words.textContent = `${s.toFixed(1)} s of ${limitS} s, ${peak > 0.99 ? "too loud" : db <= SILENT_DB ? "silent" : `${db.toFixed(0)} dB`}`;
  }

  clear() {
    this.sound = null;
    this.wave?.destroy();
    this.wave = undefined;
    this.name.textContent = EMPTY;
    this.body.replaceChildren();
  }

  /** @param {string} words @param {() => Promise<any>} get */
  async work(words, get) {
    this.name.textContent = `${words} ...`;
    this.element.setAttribute("aria-busy", "true");
    try {
      await this.show(await get());
      this.onChange();
    } catch (error) {
      this.name.textContent = this.sound?.name ?? EMPTY;
      this.complain(error.message);
    } finally {
      this.element.removeAttribute("aria-busy");
      this.input.value = "";
      this.which.value = "";
    }
  }

  /** @param {any} sound as /api/sounds tells */
  async show(sound) {
    this.sound = sound;
    this.name.textContent = sound.name;
    const kind = sound.kind === "style" ? "a style file, " : "";
    const facts = `${kind}${seconds(sound.duration_s)}, ${sound.rate_hz / 1000} kHz, ${sound.channels === 1 ? "mono" : `${sound.channels} channels`}, stays until ${day(Date.now() / 1000 + this.keepS)}`;
    const wave = make("div", { class: "wave", "aria-hidden": "true" });
    const picture = make("img", { class: "spectrogram", src: `/api/sounds/${sound.id}/picture`, alt: `Spectrogram of ${sound.name}` });
    this.body.replaceChildren(wave, picture, make("span", { class: "quiet facts", text: facts }));
    const peaks = await (await ask(`sounds/${sound.id}/peaks`)).json();
    this.wave?.destroy();
    this.wave = waveform(wave, peaks, sound.duration_s);
  }
}
