/** A job as it happens: the picture of what forms, the losses, what is left. */
import { isOpen } from "/static/api.js";
import { byId, seconds } from "/static/dom.js";
import { Chart } from "/static/chart.js";
import { drawHz, drawSeconds } from "/static/timeline.js";

export class Live {
  /**
   * @param {(job: string, state: string, reason: string) => void} onState
   * @param {(job: string, number: number) => void} onHeard the sound so far is there
   */
  constructor(onState, onHeard) {
    this.chart = new Chart(byId("chart"), byId("legend"));
    this.onState = onState;
    this.onHeard = onHeard;
    /** @type {string | null} */
    this.job = null;
    this.heard = 0;
  }

  /**
   * Follows a job from its beginning; the browser reconnects by itself, after the last event that came.
   * @param {string} job @param {number} durationS of what it makes
   */
  follow(job, durationS) {
    this.leave();
    this.job = job;
    drawSeconds(byId("forming-ruler"), durationS);
    this.heard = 0;
    this.chart.clear();
    byId("live").hidden = false;
    byId("forming").hidden = true;
    byId("progress").value = 0;
    byId("live-note").textContent = "";
    byId("live-note").hidden = true;
    this.source = new EventSource(`/api/jobs/${job}/events`);
    const on = (kind, act) => this.source.addEventListener(kind, (event) => act(JSON.parse(event.data), event));
    on("state", ({ state, reason }) => this.state(state, reason));
    on("begun", ({ device, rate_hz }) => {
      this.rateHz = rate_hz;
      drawHz(byId("forming-hz"), rate_hz);
      this.say(`setting up on ${device}`);
    });
    on("note", ({ text }) => this.note(text));
    on("step", (step) => this.step(step));
    on("picture", (_, event) => this.picture(event.lastEventId));
    on("heard", ({ number, loudness_lufs }) => {
      this.heard = number;
      this.heardLufs = loudness_lufs;
      this.onHeard(job, number);
    });
    on("end", () => this.source.close());
  }

  leave() {
    this.source?.close();
    this.job = null;
  }

  note(text) {
    const said = byId("live-note");
    said.textContent = said.textContent ? `${said.textContent}; ${text}` : text;
    said.hidden = false;
  }

  step(step) {
    byId("progress").value = step.index / step.of;
    byId("chart").parentElement.hidden = Object.keys(step.losses).length === 0;
    this.chart.add(step);
    this.say(`step ${step.index} of ${step.of}, ${seconds(step.remaining_s)} left`);
  }

  picture(version) {
    const [job, image] = [this.job, byId("forming")];
    if (this.drawing) {
      this.next = version;
      return;
    }
    this.drawing = true;
    const shown = new Image();
    shown.onload = shown.onerror = () => {
      this.drawing = false;
      if (job === this.job && shown.naturalWidth) {
        image.src = shown.src;
        image.hidden = false;
        image.dataset.version = version;
      }
      const next = this.next;
      this.next = undefined;
      if (next && job === this.job) this.picture(next);
    };
    shown.src = `/api/jobs/${job}/forming?${version}`;
  }

  state(state, reason) {
    if (state === "queued") this.say(reason || "waiting for its turn");
    if (state === "running") this.say("beginning");
    if (state === "done") {
      byId("progress").value = 1;
      this.say("done");
    }
    if (state === "failed" || state === "cancelled") this.say(`${state}: ${reason}`);
    byId("live").dataset.state = state;
    byId("formed").open = isOpen({ state });
    byId("live-title").textContent = isOpen({ state }) ? "Forming" : "How it formed";
    this.onState(this.job, state, reason);
  }

  say(words) {
    byId("live-state").textContent = words;
  }
}
