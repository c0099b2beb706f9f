/** Hands the input to the page in blocks, and plays the blocks that come back, with a lead that grows if one is late. */
const BLOCK = 512;
const LEAD = 1024;
const LONGEST_LEAD = 4096;
const ROOM = 1 << 16;
const MOST_WAITING = 4096;

class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(BLOCK);
    this.filled = 0;
    this.lead = LEAD;
    this.ring = new Float32Array(ROOM);
    Object.assign(this, { read: 0, written: 0, heard: 0, drops: 0, playing: false, told: 0 });
    this.begun = false;
    this.port.onmessage = ({ data }) => (data === "begin" ? (this.begun = true) : this.take(data));
  }

  take(samples) {
    for (const sample of samples) this.ring[this.written++ % ROOM] = sample;
    if (this.written - this.read > this.lead + MOST_WAITING) this.read = this.written - this.lead;
  }

  process([heard], [played]) {
    if (!this.begun) return true;
    const line = heard[0];
    const out = played[0];
    for (let n = 0; n < out.length; n++) {
      this.block[this.filled++] = line ? line[n] : 0;
      if (this.filled < BLOCK) continue;
      this.port.postMessage({ block: this.block.slice() });
      this.filled = 0;
    }
    this.heard += out.length;
    if (!this.playing && this.written - this.read >= this.lead) {
      this.playing = true;
      // After a pause of the machine much comes at once: what is too old is left out.
      this.read = this.written - this.lead;
    }
    if (this.playing && this.written - this.read < out.length) {
      this.playing = false;
      this.drops += 1;
      this.lead = Math.min(LONGEST_LEAD, this.lead + BLOCK);
    }
    for (let n = 0; n < out.length; n++) out[n] = this.playing ? this.ring[this.read++ % ROOM] : 0;
    for (const other of played.slice(1)) other.set(out);
    if (this.heard - this.told > sampleRate / 4) {
      this.told = this.heard;
      // Sample `read` of the answer is sample `read` of the input, played now.
      this.port.postMessage({ delay: this.heard - this.read, drops: this.drops, playing: this.playing });
    }
    return true;
  }
}
registerProcessor("player", Player);
