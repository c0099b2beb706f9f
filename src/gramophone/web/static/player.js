/** Sounds that play together, of which one is heard: switching keeps the place, without a gap, at equal loudness. */

const FADE_S = 0.012;
const LOUDNESS_LUFS = -20;

/** @typedef {{id: string, buffer: AudioBuffer, lufs: number, peak: number, gain?: GainNode, source?: AudioBufferSourceNode}} Track */

export class Player extends EventTarget {
  constructor() {
    super();
    /** @type {Track[]} */
    this.tracks = [];
    this.heard = "";
    this.equal = true;
    this.playing = false;
    this.offsetS = 0;
    this.beganS = 0;
  }

  get context() {
    this.audio ??= new AudioContext();
    return this.audio;
  }

  get durationS() {
    return Math.max(0, ...this.tracks.map((track) => track.buffer.duration));
  }

  get positionS() {
    const now = this.playing ? this.offsetS + this.context.currentTime - this.beganS : this.offsetS;
    return Math.min(now, this.durationS);
  }

  /** Replaces what can be heard. @param {{id: string, data: ArrayBuffer, lufs: number}[]} sounds */
  async load(sounds) {
    const kept = new Map(this.tracks.map((track) => [track.id, track]));
    const tracks = await Promise.all(
      sounds.map(async ({ id, data, lufs }) => {
        const known = kept.get(id);
        return known ? { ...known } : { id, lufs, ...measured(await this.context.decodeAudioData(data)) };
      }),
    );
    const [was, at] = [this.playing, this.positionS];
    this.pause();
    this.tracks = tracks;
    this.offsetS = Math.min(at, this.durationS);
    if (!tracks.some((track) => track.id === this.heard)) this.heard = tracks.at(-1)?.id ?? "";
    if (was) await this.play();
    this.changed();
  }

  async play() {
    if (this.playing || !this.tracks.length) return;
    await this.context.resume();
    if (this.offsetS >= this.durationS - 0.01) this.offsetS = 0;
    // All begin at one moment of the context's clock, a little ahead.
    this.beganS = this.context.currentTime + 0.03;
    for (const track of this.tracks) {
      track.gain = new GainNode(this.context, { gain: this.gainOf(track) });
      track.source = new AudioBufferSourceNode(this.context, { buffer: track.buffer });
      track.source.connect(track.gain).connect(this.context.destination);
      if (this.offsetS < track.buffer.duration) track.source.start(this.beganS, this.offsetS);
    }
    this.playing = true;
    this.changed();
  }

  pause() {
    if (!this.playing) return;
    this.offsetS = this.positionS;
    this.playing = false;
    for (const track of this.tracks) {
      track.gain?.gain.setTargetAtTime(0, this.context.currentTime, FADE_S / 3);
      const { source } = track;
      try {
        source?.stop(this.context.currentTime + 2 * FADE_S);
      } catch {
        // it had ended before this place, and was never started
      }
    }
    this.changed();
  }

  /** @param {number} positionS */
  async seek(positionS) {
    const was = this.playing;
    this.pause();
    this.offsetS = Math.min(Math.max(0, positionS), this.durationS);
    if (was) await this.play();
    this.changed();
  }

  /** @param {string} id of the track that is heard from now on */
  choose(id) {
    this.heard = id;
    this.setGains();
  }

  /** @param {boolean} equal */
  setEqual(equal) {
    this.equal = equal;
    this.setGains();
  }

  setGains() {
    for (const track of this.tracks) {
      track.gain?.gain.setTargetAtTime(this.gainOf(track), this.context.currentTime, FADE_S / 3);
    }
    this.changed();
  }

  /** Equal loudness never clips: the loudest peak after it decides the level of all. @param {Track} track */
  gainOf(track) {
    if (track.id !== this.heard) return 0;
    if (!this.equal) return 1;
    const room = (one) => one.lufs + 20 * Math.log10(0.98 / Math.max(one.peak, 1e-6));
    const target = Math.min(LOUDNESS_LUFS, ...this.tracks.map(room));
    return 10 ** ((target - track.lufs) / 20);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {AudioBuffer} buffer */
function measured(buffer) {
  let peak = 0;
  for (let c = 0; c < buffer.numberOfChannels; c++) {
    for (const value of buffer.getChannelData(c)) peak = Math.max(peak, Math.abs(value));
  }
  return { buffer, peak };
}
