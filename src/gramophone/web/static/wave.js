/** Waveforms, drawn by wavesurfer.js from the outline that the studio computed. */
import WaveSurfer from "/static/wavesurfer.esm.js";

/**
 * @param {HTMLElement} container @param {number[]} peaks least and largest sample in turn @param {number} durationS
 * @returns {WaveSurfer}
 */
export function waveform(container, peaks, durationS) {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return WaveSurfer.create({
    container,
    peaks: [peaks],
    duration: durationS,
    height: 36,
    waveColor: colour("--quiet"),
    progressColor: colour("--accent"),
    cursorColor: colour("--ink"),
    normalize: true,
    interact: false,
    hideScrollbar: true,
    cspNonce: document.querySelector("meta[name=style-nonce]")?.getAttribute("content") ?? undefined,
  });
}
