/** The shelf: one row a run, with what can be done with its result. */
import { isOpen } from "/static/api.js";
import { byId, make, seconds } from "/static/dom.js";

/**
 * @typedef {{play: (job: any) => void, hear: (job: any) => void, again: (job: any) => void, remove: (run: any[]) => void,
 *   change: (jobs: any[], change: {title?: string, kept?: boolean}) => void, copied: () => void,
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
  const open = new Set([...byId("results").querySelectorAll("details[open]")].map((one) => one.dataset.run));
  byId("results").replaceChildren(...runs(jobs).map((run) => entry(run, acts, open)));
}

/** @param {any} job @param {(sound: string) => string} nameOf */
export function titleOf(job, nameOf) {
  const styles = job.request.styles.map(nameOf).join(" and ");
  return job.request.task === "transfer" ? `${nameOf(job.request.content)} made of ${styles}` : `more ${styles}`;
}

function entry(run, acts, open) {
  const job = run.find((one) => one.state === "done") ?? run[0];
  const latest = run[0];
  const isDone = job.state === "done";
  const name = fileName(job);
  const picture = isDone
    ? make("img", { class: "spectrogram", src: `/api/jobs/${job.id}/picture`, alt: "", loading: "lazy" })
    : make("span", { class: "spectrogram" });
  const words = make("div", { class: "words" }, make("span", { class: "title", text: name }), make("span", { class: "quiet", text: about(job, run, acts) }));
  if (latest.state !== "done") words.append(make("span", { class: `state ${latest.state}`, text: latest.reason ? `${latest.state}: ${latest.reason}` : latest.state }));
  const number = make("span", { class: "place quiet", text: String(job.number) });
  const parts = [number, picture, playButton(job, acts), words, tools(job, run, name, acts)];
  return make("li", { "data-job": job.id, "data-state": latest.state }, ...parts, ...versions(job, run, acts, open));
}

function playButton(job, acts) {
  const isDone = job.state === "done";
  return make("button", { type: "button", class: "hear", "data-hears": job.id, text: "Play", "aria-label": `Play ${fileName(job)}`, disabled: !isDone, onclick: () => acts.play(job) });
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

/** What there was each time before a setting was moved; a run that was not steered has none. */
function versions(job, run, acts, open) {
  const earlier = run.filter((one) => one !== job && one.state === "done");
  if (!earlier.length) return [];
  const key = run.at(-1).id;
  const version = (one) => {
    const name = fileName(one);
    const said = [...differences(one.request, job.request), `${one.result.steps} steps`].join(", ");
    const words = make("span", { class: "words" }, make("span", { class: "title", text: name }), make("span", { class: "quiet", text: said }));
    const place = make("span", { class: "tools" }, button("Compare", name, () => acts.hear(one)), link("WAV", one, "wav", ".wav"), button("Use these settings", name, () => acts.again(one)));
    return make("li", { "data-version": one.id }, playButton(one, acts), words, place);
  };
  const summary = make("summary", { text: `Earlier versions (${earlier.length})` });
  return [make("details", { class: "versions", "data-run": key, open: open.has(key) }, summary, make("ol", {}, ...earlier.map(version)))];
}

/** Settings of a request that are others than those of another one. @param {any} request @param {any} other */
function differences(request, other) {
  const names = new Set([...Object.keys(request), ...Object.keys(other)].filter((name) => name !== "begun" && name !== "steered"));
  const isOther = (name) => JSON.stringify(request[name]) !== JSON.stringify(other[name]);
  return [...names].filter(isOther).map((name) => `${name} ${request[name] ?? "by default"}`);
}

const button = (text, name, act, more = {}) => make("button", { type: "button", text, "aria-label": `${text}: ${name}`, onclick: act, ...more });

function link(text, job, what, suffix) {
  const name = fileName(job);
  return make("a", { href: `/api/jobs/${job.id}/${what}`, download: name.replace(/\.wav$/, suffix), text, "aria-label": `${text}: ${name}` });
}

const KEPT = { true: "Kept until it is removed; press to let it go after a week", false: "Keep until it is removed; without the star it goes after a week" };

function tools(job, run, name, acts) {
  const place = make("span", { class: "tools" });
  if (job.state === "done") {
    const done = run.filter((one) => one.state === "done");
    const star = { class: "star", "aria-label": `Keep: ${name}`, "aria-pressed": String(job.kept), title: KEPT[job.kept] };
    place.append(
      button(`${job.kept ? "\u2605" : "\u2606"} Keep`, name, () => acts.change(done, { kept: !job.kept }), star),
      button("Compare", name, () => acts.hear(job)),
      button("Rename", name, () => rename(place.parentElement, job, acts)),
      link("WAV", job, "wav", ".wav"),
      link("FLAC", job, "flac", ".flac"),
      link("Record", job, "record", ".json"),
      link("Report", job, "report", ".html"),
      button("Copy as command", name, () => copy(quoted(job.result.command)).then(acts.copied)),
    );
  }
  place.append(button("Use these settings", name, () => acts.again(job)));
  if (!isOpen(run[0])) place.append(button("Remove", name, () => acts.remove(run)));
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
    if (isMeant && title && title !== job.title) acts.change([job], { title });
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
