/** An endless texture: blocks are fetched ahead of what is heard, and cut where a change of the mix takes over. */
import { ask, post, remove } from "/static/api.js";
import { asWav } from "/static/wav.js";

const AHEAD_S = 6;
const START_S = 0.3;
const LATEST_CHANGE_S = 1.8;
/** What a change takes besides its first block, until it has been measured. */
const CHANGE_S = 0.7;
const RETRY_MS = 1000;
const MOST_REFUSALS = 5;
const LONGEST_RECORDING_S = 600;

export class Endless {
  /**
   * @param {(state: string) => void} onState
   * @param {import("./output.js").Output} output
   * @param {(sentence: string) => void} complain
   */
  constructor(onState, output, complain) {
    this.onState = onState;
    this.output = output;
    this.complain = complain;
    /** Blocks that are recorded, by their first sample. @type {Map<number, {samples: Float32Array, channels: number}> | null} */
    this.recorded = null;
    this.playing = false;
    this.gaps = 0;
    /** @type {{start: number, end: number, source: AudioBufferSourceNode, samples: Float32Array, channels: number}[]} */
    this.blocks = [];
    /** Seconds from the last change to where it was heard. */
    this.changedAfterS = null;
  }

  /** @param {object} request @param {string} path where streams of its kind begin */
  async start(request, path = "streams") {
    if (this.playing) return;
    Object.assign(this, { stoppedAt: null, refusals: 0, recorded: null, playing: true, gaps: 0, blocks: [], audio: null, end: 0, changes: 0 });
    Object.assign(this, { madeInS: 0.5, changeInS: CHANGE_S });
    this.onState("loading");
    try {
      this.id = (await post(path, request)).id;
      while (this.playing) {
        if (this.audio && this.aheadS > AHEAD_S && !this.isUrgent) await new Promise((done) => setTimeout(done, 50));
        else await this.next();
      }
    } catch (error) {
      const died = this.playing;
      this.playing = false;
      if (died) this.onState(`it has ended: ${error.message}`);
    }
    const { id } = this;
    this.id = null;
    if (id) await remove(`streams/${id}`).catch(() => {});
    await this.audio?.close();
  }

  stop() {
    this.stoppedAt = this.heard;
    this.playing = false;
    this.reading?.abort();
    this.onState("not playing");
  }

  get aheadS() {
    return this.zeroS + this.end / this.rateHz - this.audio.currentTime;
  }

  /** The sample that is heard now. */
  get heard() {
    return this.audio ? Math.round((this.audio.currentTime - this.zeroS) * this.rateHz) : 0;
  }

  async next() {
    this.isUrgent = false;
    const asked = performance.now();
    this.reading = new AbortController();
    const response = await ask(`streams/${this.id}/block`, { signal: this.reading.signal });
    const number = (name) => Number(response.headers.get(name));
    const [start, channels, rateHz] = [number("X-start"), number("X-channels"), number("X-rate-hz")];
    const changes = number("X-changes");
    const samples = new Float32Array(await response.arrayBuffer());
    if (!this.playing) return;
    const now = performance.now();
    if (changes > this.changes) this.changeInS = Math.max(0.2, (now - this.sentAt) / 1000 - this.madeInS);
    else this.madeInS = (now - asked) / 1000;
    if (!this.audio) this.open(rateHz);
    const whenS = this.schedule(start, samples, channels);
    if (changes > this.changes) {
      this.changes = changes;
      this.changedAfterS = whenS - this.askedS;
    }
    this.onState("playing");
  }

  open(rateHz) {
    this.rateHz = rateHz;
    this.audio = new AudioContext({ sampleRate: rateHz });
    ({ gain: this.out, meter: this.meter } = this.output.attach(this.audio));
    this.zeroS = this.audio.currentTime + START_S;
  }

  schedule(start, samples, channels) {
    const length = samples.length / channels;
    const buffer = new AudioBuffer({ numberOfChannels: channels, length, sampleRate: this.rateHz });
    for (let c = 0; c < channels; c++) {
      const line = buffer.getChannelData(c);
      for (let n = 0; n < length; n++) line[n] = samples[n * channels + c];
    }
    if (start < this.end) this.cut(start);
    let whenS = this.zeroS + start / this.rateHz;
    if (whenS < this.audio.currentTime) {
      this.gaps += 1;
      this.zeroS += this.audio.currentTime + START_S - whenS;
      whenS = this.zeroS + start / this.rateHz;
    }
    const source = new AudioBufferSourceNode(this.audio, { buffer });
    source.connect(this.out);
    source.start(whenS);
    this.end = start + length;
    this.keep(start, samples, channels);
    this.blocks = [...this.blocks.filter((block) => block.end > this.heard), { start, end: this.end, source, samples, channels }];
    return whenS;
  }

  /** What was scheduled from this sample on is not heard: a change has taken its place. */
  cut(sample) {
    const cutS = this.zeroS + sample / this.rateHz;
    for (const block of this.blocks) {
      if (block.start >= sample) block.source.disconnect();
      else if (block.end > sample) block.source.stop(cutS);
    }
    this.blocks = this.blocks.filter((block) => block.start < sample);
  }

  /** Records from what is heard now on. */
  record() {
    this.recordedFrom = this.heard;
    this.recorded = new Map(this.blocks.map(({ start, samples, channels }) => [start, { samples, channels }]));
  }

  /** How much is recorded by now, in words. */
  get recordedTime() {
    return `${Math.max(0, (this.heard - this.recordedFrom) / this.rateHz).toFixed(0)} s of ${LONGEST_RECORDING_S} s`;
  }

  keep(start, samples, channels) {
    if (!this.recorded) return;
    // A block with another mix takes the place of what was to come.
    for (const at of this.recorded.keys()) if (at >= start) this.recorded.delete(at);
    this.recorded.set(start, { samples, channels });
    if (this.end - this.recordedFrom > LONGEST_RECORDING_S * this.rateHz) this.onState("recorded");
  }

  /** What was heard since, as WAV; null where nothing was. @returns {Blob | null} */
  endRecording() {
    const blocks = [...(this.recorded ?? [])].sort(([one], [other]) => one - other);
    this.recorded = null;
    const [from, until] = [Math.max(0, this.recordedFrom), Math.min(this.stoppedAt ?? this.heard, this.end)];
    if (!blocks.length || until <= from) return null;
    const [, { channels }] = blocks[0];
    const lines = Array.from({ length: channels }, () => new Float32Array(until - from));
    for (const [start, { samples }] of blocks) {
      const last = Math.min(samples.length / channels, until - start);
      for (let n = Math.max(0, from - start); n < last; n++) {
        for (let c = 0; c < channels; c++) lines[c][start + n - from] = samples[n * channels + c];
      }
    }
    return asWav(lines, this.rateHz);
  }

  /** Asks for other weights, to be heard as soon as the machine can make them. @param {number[]} weights */
  change(weights) {
    this.send("weights", { weights });
  }

  /** Asks for other conditions of a model. @param {Record<string, number | string>} values */
  steer(values) {
    this.send("conditions", { values });
  }

  sent() {
    this.isUrgent = true;
    if (this.refusals) this.complain("");
    this.refusals = 0;
  }

  /** What was refused is asked for again, unless it is wrong or something newer is asked for. */
  refused(error, what) {
    if (!this.playing) return;
    this.refusals = (this.refusals ?? 0) + 1;
    const again = this.refusals <= MOST_REFUSALS && error.status !== 422;
    this.complain(`The change was refused (${error.message}); ${again ? "it is asked for again" : "move it once more"}.`);
    if (again) setTimeout(() => this.playing && !this.sending && this.send(what, this.wanted), RETRY_MS);
  }

  send(what, wanted) {
    if (!this.audio || !this.id) return;
    this.wanted = wanted;
    this.sending ??= setTimeout(() => {
      this.sending = undefined;
      if (!this.id) return;
      const aheadS = Math.min(LATEST_CHANGE_S, 1.4 * this.madeInS + 1.2 * this.changeInS + 0.1);
      this.askedS = this.audio.currentTime;
      this.sentAt = performance.now();
      const at = Math.max(0, this.heard + Math.round(aheadS * this.rateHz));
      const sent = post(`streams/${this.id}/${what}`, { ...this.wanted, at });
      sent.then(() => this.sent()).catch((error) => this.refused(error, what));
    }, 120);
  }
}
