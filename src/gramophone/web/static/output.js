/** Where all sound of the page goes: one volume, and a meter of what is really heard. */

const FLOOR_DB = -60;
const STORED = "gramophone-volume";

export class Output {
  constructor() {
    const stored = Number(rememberedVolume());
    this.volume = stored >= 0 && stored <= 1 ? stored : 1;
    /** @type {Set<{context: BaseAudioContext, gain: GainNode, meter: AnalyserNode}>} */
    this.ends = new Set();
  }

  /** The way out of a context, to which its sources connect. @param {AudioContext} context */
  attach(context) {
    const end = { context, gain: new GainNode(context, { gain: this.volume }), meter: new AnalyserNode(context, { fftSize: 2048 }) };
    end.gain.connect(end.meter).connect(context.destination);
    this.ends.add(end);
    return end;
  }

  /** @param {number} volume 0 to 1 */
  set(volume) {
    this.volume = volume;
    for (const { context, gain } of this.ends) gain.gain.setTargetAtTime(volume, context.currentTime, 0.01);
    try {
      localStorage.setItem(STORED, String(volume));
    } catch {
      // it is forgotten where the browser keeps nothing
    }
  }

  /** Largest sample of the last 46 ms, in dB of full scale. */
  get peakDb() {
    let peak = 0;
    for (const end of this.ends) {
      if (end.context.state === "closed") this.ends.delete(end);
      else if (end.context.state === "running") {
        const samples = new Float32Array(end.meter.fftSize);
        end.meter.getFloatTimeDomainData(samples);
        for (const value of samples) peak = Math.max(peak, Math.abs(value));
      }
    }
    return 20 * Math.log10(Math.max(peak, 1e-6));
  }

  /** @param {HTMLElement} bar @param {HTMLElement} words */
  draw(bar, words) {
    const db = this.peakDb;
    bar.firstElementChild.style.width = `${100 * Math.min(1, Math.max(0, 1 - db / FLOOR_DB))}%`;
    bar.classList.toggle("clips", db > -0.1);
    bar.dataset.peakDb = db.toFixed(1);
    words.textContent = db <= FLOOR_DB ? "silent" : `${db.toFixed(0)} dB`;
  }
}

function rememberedVolume() {
  try {
    return localStorage.getItem(STORED) ?? 1;
  } catch {
    return 1;
  }
}
