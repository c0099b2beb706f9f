/** What can be heard beside each other: content, styles and results, each with its address. */
const MOST_HELD_S = 1200; // of one channel
const MOST_RESULTS = 4;

/**
 * @typedef {{id: string, name: string, role: string, audio: string, picture: string | null, lufs: number, rateHz: number,
 *   durationS: number, loops: boolean}} Heard
 */

/** @param {any} sound as /api/sounds tells @param {string} role @returns {Heard} */
export const soundTrack = (sound, role) => ({
  id: sound.id, name: sound.name, role, audio: `/api/sounds/${sound.id}/audio`, picture: `/api/sounds/${sound.id}/picture`,
  lufs: sound.loudness_lufs, rateHz: sound.rate_hz, durationS: sound.duration_s, loops: false,
});

/** @param {any} job that is done @returns {Heard} */
export function resultTrack(job) {
  const { result, request } = job;
  return {
    id: job.id, name: job.title || `result ${job.number}`, role: request.loop ? "result, a loop" : "result",
    audio: `/api/jobs/${job.id}/wav`, picture: `/api/jobs/${job.id}/picture`, lufs: result.loudness_lufs + result.gain_db,
    rateHz: result.rate_hz, durationS: result.duration_s, loops: Boolean(request.loop),
  };
}

/** What there is of a job so far. @param {string} job @param {{number: number, lufs: number, rateHz: number}} heard @param {number} durationS @returns {Heard} */
export const soFarTrack = (job, { number, lufs, rateHz }, durationS) => ({
  id: `${job}-${number}`, name: "so far", role: "result", audio: `/api/jobs/${job}/so-far?${number}`, picture: null,
  lufs, rateHz, durationS, loops: false,
});

/** @param {any} example of examples.json @returns {Heard[]} */
export function exampleTracks({ title, request, sounds }) {
  const names = [[request.content, "content"], [request.styles[0], "style"], [title, "result"]];
  return sounds.map((sound, n) => ({
    id: `example-${sound.file}`, name: names[n][0], role: names[n][1], audio: `/static/${sound.file}.ogg`, picture: `/static/${sound.file}.webp`,
    lufs: sound.loudness_lufs, rateHz: sound.rate_hz, durationS: sound.duration_s, loops: false,
  }));
}

/**
 * The newest results, and the chosen one, oldest first; decoded sounds fill memory: of long ones, few are held at once.
 * @param {any[]} jobs that are done, the newest first @param {string} [chosen]
 */
export function heardTogether(jobs, chosen) {
  const fitting = jobs.filter((job, n) => n < MOST_RESULTS || job.id === chosen);
  let left = MOST_HELD_S;
  const held = fitting.filter((job) => {
    left -= job.result.duration_s * job.result.channels;
    return left >= 0 || job.id === chosen || job === fitting[0];
  });
  return held.reverse();
}
