/** Playing through a sound: the microphone or a file goes to the studio block by block, and comes back as a style. */
import { asWav, joined } from "/static/wav.js";

const PLAIN = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const LONGEST_RECORDING_S = 600;
const MOST_UNSENT_BYTES = 200_000;

export class Play {
  /** @param {(state: string) => void} onState @param {(facts: object) => void} onFacts @param {import("./output.js").Output} output */
  constructor(onState, onFacts, output) {
    this.output = output;
    this.onState = onState;
    this.onFacts = onFacts;
    this.playing = false;
    /** @type {Float32Array[] | null} */
    this.recorded = null;
  }

  /**
   * @param {object} start what the first message says, without the rate
   * @param {string | null} file address of a file to be played instead of the microphone
   */
  async start(start, file) {
    if (this.playing) return;
    Object.assign(this, { playing: true, latency: 0, facts: { drops: 0 }, refusal: null });
    this.onState("opening");
    try {
      await this.open(file);
      await this.connect({ ...start, rate_hz: this.audio.sampleRate });
    } catch (error) {
      this.stop(error.message);
    }
  }

  async open(file) {
    this.audio = new AudioContext({ latencyHint: "interactive" });
    this.rateHz = this.audio.sampleRate;
    await this.audio.audioWorklet.addModule("/static/play-worklet.js");
    this.node = new AudioWorkletNode(this.audio, "player", { numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [2] });
    this.node.port.onmessage = ({ data }) => (data.block ? this.send(data.block) : this.tell(data));
    this.node.connect(this.output.attach(this.audio).gain);
    if (file) {
      const buffer = await this.audio.decodeAudioData(await (await fetch(file)).arrayBuffer());
      this.source = new AudioBufferSourceNode(this.audio, { buffer, loop: true });
      this.source.start();
    } else {
      try {
        this.microphone = await navigator.mediaDevices.getUserMedia({ audio: PLAIN });
      } catch (error) {
        throw new Error(`The microphone cannot be used (${error.message}); allow it for this page, or play the content.`);
      }
      this.source = this.audio.createMediaStreamSource(this.microphone);
    }
    if (!this.playing) this.close();
  }

  /** Resolves when the studio is ready for blocks. */
  connect(start) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${location.origin.replace("http", "ws")}/api/live`);
      this.socket = socket;
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send(JSON.stringify(start));
      socket.onclose = () => {
        const sentence = this.refusal ?? "The studio ended it, or cannot play live; pip install 'gramophone[web]' again.";
        reject(new Error(sentence));
        if (this.playing) this.stop(sentence);
      };
      socket.onmessage = ({ data }) => {
        if (typeof data !== "string") {
          const samples = new Float32Array(data);
          this.recorded?.push(samples.slice());
          this.node.port.postMessage(samples, [samples.buffer]);
          return;
        }
        const said = JSON.parse(data);
        if (said.error) this.refusal = said.error;
        if (said.latency_samples) {
          this.latency = said.latency_samples;
          this.source.connect(this.node);
          this.node.port.postMessage("begin");
          this.ready = true;
          this.onState("playing");
          resolve();
        }
        if (said.meters) this.tell({ meters: said.meters });
      };
    });
  }

  send(block) {
    if (!this.ready || this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount < MOST_UNSENT_BYTES) this.socket.send(block);
  }

  /** @param {object} facts from the worklet or the studio */
  tell(facts) {
    if (!this.ready) return;
    if (facts.delay !== undefined) {
      const outside = (this.audio.baseLatency ?? 0) + (this.audio.outputLatency ?? 0);
      facts.roundTripMs = Math.round(1000 * ((facts.delay + this.latency) / this.rateHz + outside));
    }
    Object.assign(this.facts, facts);
    this.onFacts(this.facts);
  }

  /** @param {object} change of strength, mix, freeze or weights */
  change(change) {
    if (this.ready && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(change));
  }

  record() {
    this.recorded = [];
    this.recording = setTimeout(() => this.onState("recorded"), 1000 * LONGEST_RECORDING_S);
  }

  /** How much is recorded by now, in words. */
  get recordedTime() {
    const samples = this.recorded.reduce((sum, part) => sum + part.length, 0);
    return `${(samples / this.rateHz).toFixed(0)} s of ${LONGEST_RECORDING_S} s`;
  }

  /** @returns {Blob} */
  endRecording() {
    clearTimeout(this.recording);
    const parts = this.recorded ?? [];
    this.recorded = null;
    return asWav([joined(parts)], this.rateHz);
  }

  stop(reason = "not playing") {
    this.playing = false;
    this.close();
    this.onState(reason);
  }

  close() {
    this.ready = false;
    if (this.socket) this.socket.onclose = null;
    this.socket?.close();
    this.microphone?.getTracks().forEach((track) => track.stop());
    this.audio?.close().catch(() => {});
    Object.assign(this, { socket: null, microphone: null, audio: null });
  }
}
