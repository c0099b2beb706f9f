/** Sounds that play together, of which one is heard: switching keeps the place, without a gap, at equal loudness. */
import { Output } from "/static/output.js";

const FADE_S = 0.012;
const LOUDNESS_LUFS = -20;

/**
 * @typedef {{id: string, buffer: AudioBuffer, lufs: number, peak: number, loops?: boolean, gain?: GainNode, source?: AudioBufferSourceNode}} Track
 */

export class Player extends EventTarget {
  /** @param {Output} [output] */
  constructor(output = new Output()) {
    super();
    this.output = output;
    /** @type {Track[]} */
    this.tracks = [];
    this.heard = "";
    this.equal = true;
    this.playing = false;
    this.looping = false;
    /** @type {[number, number] | null} start and end in seconds */
    this.region = null;
    this.offsetS = 0;
    this.beganS = 0;
  }

  get context() {
    if (!this.audio) {
      this.audio = new AudioContext();
      this.out = this.output.attach(this.audio).gain;
    }
    return this.audio;
  }

  get track() {
    return this.tracks.find((track) => track.id === this.heard);
  }

  get durationS() {
    return Math.max(0, ...this.tracks.map((track) => track.buffer.duration));
  }

  /** What is played over and over: the region, the whole, or a result that was made as a loop. @returns {[number, number] | null} */
  get span() {
    if (this.looping && this.region) return this.region;
    if (this.track?.loops) return [0, this.track.buffer.duration];
    return this.looping ? [0, this.durationS] : null;
  }

  get positionS() {
    const now = this.playing ? this.offsetS + Math.max(0, this.context.currentTime - this.beganS) : this.offsetS;
    const { played } = this;
    if (this.playing && played && now >= played[1]) return played[0] + ((now - played[0]) % (played[1] - played[0]));
    return Math.min(now, this.durationS);
  }

  /** Replaces what can be heard. @param {{id: string, data: ArrayBuffer, lufs: number, rateHz: number, loops: boolean}[]} sounds */
  async load(sounds) {
    const kept = new Map(this.tracks.map((track) => [track.id, track]));
    const tracks = await Promise.all(
      sounds.map(async ({ id, data, lufs, rateHz, loops }) => {
        const known = kept.get(id);
        return known ? { ...known } : { id, lufs, loops, ...measured(await decoded(data, rateHz)) };
      }),
    );
    // Something else is not played unasked.
    const [was, at] = [this.playing && tracks.some((track) => track.id === this.heard), this.positionS];
    this.pause();
    this.tracks = tracks;
    this.offsetS = Math.min(at, this.durationS);
    if (this.region && this.region[1] > this.durationS) this.region = null;
    if (!this.track) this.heard = tracks.at(-1)?.id ?? "";
    if (was) await this.play();
    this.changed();
  }

  async play() {
    if (this.playing || !this.tracks.length) return;
    await this.context.resume();
    this.played = this.span;
    const endS = this.played ? this.played[1] : this.durationS;
    if (this.offsetS >= endS - 0.01) this.offsetS = this.played ? this.played[0] : 0;
    // All begin at one moment of the context's clock, a little ahead.
    this.beganS = this.context.currentTime + 0.03;
    for (const track of this.tracks) {
      track.gain = new GainNode(this.context, { gain: this.gainOf(track) });
      track.source = this.sourceOf(track);
      track.source.connect(track.gain).connect(this.out);
      if (this.offsetS < track.source.buffer.duration) track.source.start(this.beganS, this.offsetS);
    }
    this.playing = true;
    this.changed();
  }

  /** @param {Track} track */
  sourceOf({ buffer }) {
    if (!this.played) return new AudioBufferSourceNode(this.context, { buffer });
    const [loopStart, loopEnd] = this.played;
    // What is shorter is silent until all begin again together.
    return new AudioBufferSourceNode(this.context, { buffer: lengthened(buffer, loopEnd), loop: true, loopStart, loopEnd });
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
    this.respan();
  }

  /** @param {boolean} looping */
  loop(looping) {
    this.looping = looping;
    this.respan();
    this.changed();
  }

  /** @param {[number, number] | null} region */
  select(region) {
    this.region = region;
    this.respan();
    this.changed();
  }

  /** Another span is played from the same place on. */
  respan() {
    if (this.playing && String(this.span) !== String(this.played)) this.seek(this.positionS);
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

/** At the rate of the file, so that a loop has the seam that it was made with. @param {ArrayBuffer} data @param {number} rateHz */
function decoded(data, rateHz) {
  return new OfflineAudioContext(1, 1, Math.min(96000, Math.max(8000, rateHz))).decodeAudioData(data);
}

/** @param {AudioBuffer} buffer */
function measured(buffer) {
  let peak = 0;
  for (let c = 0; c < buffer.numberOfChannels; c++) {
    for (const value of buffer.getChannelData(c)) peak = Math.max(peak, Math.abs(value));
  }
  return { buffer, peak };
}

/** @param {AudioBuffer} buffer @param {number} untilS */
function lengthened(buffer, untilS) {
  const length = Math.ceil(untilS * buffer.sampleRate);
  if (buffer.length >= length - 1) return buffer;
  const { numberOfChannels, sampleRate } = buffer;
  const longer = new AudioBuffer({ numberOfChannels, length, sampleRate });
  for (let c = 0; c < numberOfChannels; c++) longer.copyToChannel(buffer.getChannelData(c), c);
  return longer;
}
