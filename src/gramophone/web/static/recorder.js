/** Recording from the microphone, as WAV. */
import { asWav } from "/static/wav.js";

const LONGEST_S = 60;

/**
 * Begins; the returned function ends it and gives the recording.
 * @param {() => void} onLimit called after a minute
 * @returns {Promise<() => Promise<Blob>>}
 */
export async function record(onLimit) {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: plain });
  const context = new AudioContext();
  await context.audioWorklet.addModule("/static/recorder-worklet.js");
  const parts = [];
  const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  node.port.onmessage = ({ data }) => parts.push(data);
  context.createMediaStreamSource(microphone).connect(node);
  const timer = setTimeout(onLimit, 1000 * LONGEST_S);
  return async () => {
    clearTimeout(timer);
    microphone.getTracks().forEach((track) => track.stop());
    await context.close();
    const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      samples.set(part, at);
      at += part.length;
    }
    return asWav([samples], context.sampleRate);
  };
}
