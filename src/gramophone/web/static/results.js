/** The shelf: one row a run, with what can be done with its result. */
import { isOpen } from "/static/api.js";
import { byId, make, seconds } from "/static/dom.js";

/**
 * @typedef {{play: (job: any) => void, hear: (job: any) => void, again: (job: any) => void, remove: (run: any[]) => void,
 *   change: (job: any, change: {title?: string, kept?: boolean}) => void, copied: () => void,
 *   nameOf: (sound: string) => string, keepS: number}} Acts
 */

/** Jobs by run, the newest first in each: where one went on for another whose settings were moved, both are one run. @param {any[]} jobs */
export function runs(jobs) {
  const heads = new Map();
  const found = [];
  for (const job of jobs) {
    const run = heads.get(job.id) ?? [];
    if (!run.length) found.push(run);
    run.push(job);
    if (job.request.steered && job.request.begun) heads.set(job.request.begun, run);
  }
  return found;
}

/** @param {any[]} jobs as /api/jobs gives them @param {Acts} acts */
export function showResults(jobs, acts) {
  if (byId("results").querySelector("input")) return; // a name is being typed
  byId("history").hidden = jobs.length === 0;
  byId("all").hidden = !jobs.some((job) => job.state === "done");
  byId("results").replaceChildren(...runs(jobs).map((run) => entry(run, acts)));
}

/** @param {any} job @param {(sound: string) => string} nameOf */
export function titleOf(job, nameOf) {
  const styles = job.request.styles.map(nameOf).join(" and ");
  return job.request.task === "transfer" ? `${nameOf(job.request.content)} made of ${styles}` : `more ${styles}`;
}

function entry(run, acts) {
  const job = run.find((one) => one.state === "done") ?? run[0];
  const latest = run[0];
  const isDone = job.state === "done";
  const name = fileName(job);
  const picture = isDone
    ? make("img", { class: "spectrogram", src: `/api/jobs/${job.id}/picture`, alt: "", loading: "lazy" })
    : make("span", { class: "spectrogram" });
  const play = make("button", { type: "button", class: "hear", "data-hears": job.id, text: "Play", "aria-label": `Play ${name}`, disabled: !isDone, onclick: () => acts.play(job) });
  const words = make("div", { class: "words" }, make("span", { class: "title", text: name }), make("span", { class: "quiet", text: about(job, run, acts) }));
  if (latest.state !== "done") words.append(make("span", { class: `state ${latest.state}`, text: latest.reason ? `${latest.state}: ${latest.reason}` : latest.state }));
  const number = make("span", { class: "place quiet", text: String(job.number) });
  return make("li", { "data-job": job.id, "data-state": latest.state }, number, picture, play, words, tools(job, run, name, acts));
}

const fileName = (job) => `${job.title || `result-${job.number}`}.wav`;

function about(job, run, { nameOf, keepS }) {
  const { task, styles, content, begun, steered, ...settings } = job.request;
  const said = [titleOf(job, nameOf), ...Object.entries(settings).map(([name, value]) => `${name} ${value}`)];
  if (run.length > 1) said.push(`steered ${run.length - 1} ${run.length === 2 ? "time" : "times"}`);
  else if (begun) said.push("went on from an earlier result");
  if (job.result) said.push(`${job.result.steps} steps in ${seconds(job.result.seconds)}`);
  if (job.result && job.result.stopped !== "finished") said.push("stopped early");
  if (!isOpen(job)) said.push(job.kept ? "kept" : `stays until ${day(job.used_s + keepS)}`);
  return said.join(", ");
}

/** @param {number} s since 1970 */
export const day = (s) => new Date(1000 * s).toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short" });

function tools(job, run, name, acts) {
  const place = make("span", { class: "tools" });
  const button = (text, act, more = {}) => place.append(make("button", { type: "button", text, "aria-label": `${text}: ${name}`, onclick: act, ...more }));
  const link = (text, what, suffix) =>
    place.append(make("a", { href: `/api/jobs/${job.id}/${what}`, download: name.replace(/\.wav$/, suffix), text, "aria-label": `${text}: ${name}` }));
  if (job.state === "done") {
    button(job.kept ? "\u2605 Kept" : "\u2606 Keep", () => acts.change(job, { kept: !job.kept }), { class: "star", "aria-pressed": String(job.kept) });
    button("Compare", () => acts.hear(job));
    button("Rename", () => rename(place.parentElement, job, acts));
    link("WAV", "wav", ".wav");
    link("FLAC", "flac", ".flac");
    link("Record", "record", ".json");
    link("Report", "report", ".html");
    button("Copy as command", () => copy(quoted(job.result.command)).then(acts.copied));
  }
  button("Use these settings", () => acts.again(job));
  if (!isOpen(run[0])) button("Remove", () => acts.remove(run));
  return place;
}

function rename(item, job, acts) {
  const input = make("input", { type: "text", value: job.title, maxlength: 80, "aria-label": "New name" });
  let isEnded = false;
  const end = (isMeant) => {
    if (isEnded) return;
    isEnded = true;
    const title = input.value.trim();
    input.replaceWith(make("span", { class: "title", text: fileName(job) }));
    if (isMeant && title && title !== job.title) acts.change(job, { title });
  };
  input.addEventListener("keydown", ({ key }) => {
    if (key === "Enter" || key === "Escape") end(key === "Enter");
  });
  input.addEventListener("blur", () => end(true));
  item.querySelector(".title").replaceWith(input);
  input.select();
}

/** Words as a POSIX shell takes them. @param {string[]} words */
export const quoted = (words) => words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`)).join(" ");

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { class: "unseen" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
