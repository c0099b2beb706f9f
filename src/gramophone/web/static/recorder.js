/** Recording from the microphone, as WAV. */
import { asWav, joined } from "/static/wav.js";

const LONGEST_S = 60;
const LEVEL_SAMPLES = 2048;

/**
 * Begins; the returned function ends it and gives the recording.
 * @param {() => void} onLimit called after a minute
 * @param {(s: number, limitS: number, peak: number) => void} onLevel how much is recorded, and how loud it is now
 * @returns {Promise<() => Promise<Blob>>}
 */
export async function record(onLimit, onLevel) {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: plain });
  const context = new AudioContext();
  await context.audioWorklet.addModule("/static/recorder-worklet.js");
  const parts = [];
  const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  let [samples, peak] = [0, 0];
  node.port.onmessage = ({ data }) => {
    parts.push(data);
    for (const value of data) peak = Math.max(peak, Math.abs(value));
    if (Math.floor((samples + data.length) / LEVEL_SAMPLES) > Math.floor(samples / LEVEL_SAMPLES)) {
      onLevel((samples + data.length) / context.sampleRate, LONGEST_S, peak);
      peak = 0;
    }
    samples += data.length;
  };
  context.createMediaStreamSource(microphone).connect(node);
  const timer = setTimeout(onLimit, 1000 * LONGEST_S);
  return async () => {
    clearTimeout(timer);
    microphone.getTracks().forEach((track) => track.stop());
    await context.close();
    return asWav([joined(parts)], context.sampleRate);
  };
}
