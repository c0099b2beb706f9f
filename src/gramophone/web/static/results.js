/** The history: every job with its settings, what can be done with its result. */
import { isOpen } from "/static/api.js";
import { byId, make, seconds } from "/static/dom.js";

/**
 * @param {any[]} jobs as /api/jobs gives them
 * @param {{hear: (job: any) => void, again: (job: any) => void, remove: (job: any) => void, copied: () => void,
 *   nameOf: (sound: string) => string}} acts
 */
export function showResults(jobs, acts) {
  byId("history").hidden = jobs.length === 0;
  byId("results").replaceChildren(...jobs.map((job) => entry(job, acts)));
}

/** @param {any} job @param {(sound: string) => string} nameOf */
export function titleOf(job, nameOf) {
  const styles = job.request.styles.map(nameOf).join(" and ");
  return job.request.task === "transfer" ? `${nameOf(job.request.content)} made of ${styles}` : `more ${styles}`;
}

function entry(job, acts) {
  const title = titleOf(job, acts.nameOf);
  const { task, styles, content, begun, ...settings } = job.request;
  const said = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  if (begun) said.push("went on from an earlier result");
  if (job.result) said.push(`${job.result.steps} steps in ${seconds(job.result.seconds)}`);
  if (job.result && job.result.stopped !== "finished") said.push("stopped early");
  const line = make("span", { class: "title", text: title });
  const item = make("li", { "data-job": job.id, "data-state": job.state }, line, make("span", { class: "quiet", text: said.join(", ") }));
  if (job.state !== "done") item.append(make("span", { class: `state ${job.state}`, text: job.reason ? `${job.state}: ${job.reason}` : job.state }));
  item.append(tools(job, title, acts));
  return item;
}

function tools(job, title, acts) {
  const place = make("span", { class: "tools" });
  const button = (text, act) => place.append(make("button", { type: "button", text, "aria-label": `${text}: ${title}`, onclick: act }));
  const link = (text, what, name) =>
    place.append(make("a", { href: `/api/jobs/${job.id}/${what}`, download: name, text, "aria-label": `${text}: ${title}` }));
  if (job.state === "done") {
    button("Compare", () => acts.hear(job));
    const { command } = job.result;
    const stem = command[command.indexOf("-o") + 1].replace(/\.wav$/, "");
    link("WAV", "wav", `${stem}.wav`);
    link("FLAC", "flac", `${stem}.flac`);
    link("Record", "record", `${stem}.json`);
    link("Report", "report", `${stem}.html`);
    button("Copy as command", () => copy(quoted(job.result.command)).then(acts.copied));
  }
  button("Use these settings", () => acts.again(job));
  if (!isOpen(job)) button("Remove", () => acts.remove(job));
  return place;
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
