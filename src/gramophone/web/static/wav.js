/** Samples to WAV files, and what only the browser can decode. */

/**
 * 32-bit float WAV.
 * @param {Float32Array[]} channels of equal length
 * @param {number} rateHz
 * @returns {Blob}
 */
export function asWav(channels, rateHz) {
  const [count, length] = [channels.length, channels[0].length];
  const bytes = 4 * count * length;
  const view = new DataView(new ArrayBuffer(44 + bytes));
  const text = (at, word) => [...word].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 3, true);
  view.setUint16(22, count, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, 4 * count * rateHz, true);
  view.setUint16(32, 4 * count, true);
  view.setUint16(34, 32, true);
  text(36, "data");
  view.setUint32(40, bytes, true);
  for (let n = 0; n < length; n++) {
    for (let c = 0; c < count; c++) view.setFloat32(44 + 4 * (n * count + c), channels[c][n], true);
  }
  return new Blob([view.buffer], { type: "audio/wav" });
}

/** @param {Float32Array[]} parts @returns {Float32Array} */
export function joined(parts) {
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}

/** @param {Blob} file @returns {Promise<Blob | null>} null where the browser cannot decode it either */
export async function decodedAsWav(file) {
  const context = new OfflineAudioContext(1, 1, 48000);
  try {
    const sound = await context.decodeAudioData(await file.arrayBuffer());
    const channels = Array.from({ length: sound.numberOfChannels }, (_, n) => sound.getChannelData(n));
    return asWav(channels, sound.sampleRate);
  } catch {
    return null;
  }
}
