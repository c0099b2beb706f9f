/** The page: what belongs to what. */
import { get, isOpen, patch, post, remove } from "/static/api.js";
import { Compare } from "/static/compare.js";
import { byId } from "/static/dom.js";
import { takeDrops } from "/static/drop.js";
import { Endless } from "/static/endless.js";
import { showExamples } from "/static/examples.js";
import { Form } from "/static/form.js";
import { Jobs } from "/static/jobs.js";
import { keys } from "/static/keys.js";
import { Listening } from "/static/listening.js";
import { Live } from "/static/live.js";
import { ModelView } from "/static/model-view.js";
import { Output } from "/static/output.js";
import { Mix } from "/static/pad.js";
import { PlayView } from "/static/play-view.js";
import { showResults, titleOf } from "/static/results.js";
import { Slots } from "/static/slots.js";
import { StreamView } from "/static/stream-view.js";
import { Undo } from "/static/undo.js";

const INTRO = {
  transfer: "One sound made of another: it moves like the content and is made of the style.",
  texture: "More of a sound: as long as you like, and never the same twice.",
  stream: "A sound without end. Move the balance and hear it change.",
  live: "Play through a sound: your voice or instrument in, the style out. Use headphones.",
};
const STEER_MS = 400;

class Studio {
  async open() {
    if (location.search) history.replaceState(null, "", location.pathname); // the token is in a cookie now
    const complain = (sentence) => this.complain(sentence);
    const [form, sounds, models] = await Promise.all([get("form"), get("sounds"), get("models").catch(() => [])]);
    this.keepS = form.limits.keep_s;
    this.sounds = new Map(sounds.map((sound) => [sound.id, sound]));
    this.output = new Output();
    this.undo = new Undo();
    this.jobs = new Jobs(() => this.jobsChanged());
    this.form = new Form(form, byId("few"), byId("rest"), () => this.changed(), (count) => (byId("changed").textContent = count ? `(${count} changed)` : ""));
    this.mix = new Mix(byId("weights"), () => this.mixed());
    this.live = new Live((job, state, reason) => this.onState(job, state, reason), (job) => this.onHeard(job));
    this.compare = new Compare(this.output, complain);
    const { compare, jobs, live } = this;
    this.listening = new Listening({ compare, jobs, live, sounds: this.sounds, request: () => this.request(), running: () => this.running(), changed: () => this.refresh() });
    this.endless = new Endless((state) => this.stream.show(state), this.output, complain);
    this.stream = new StreamView(this.endless, this.output, () => this.refresh());
    this.models = new ModelView(byId("model-fields"), models, (values) => this.endless.steer(values), () => this.modelChosen());
    this.player = new PlayView(byId("play-fields"), byId("play-view"), () => this.refresh(), this.output);
    this.slots = new Slots({ builtIn: form.built_in, keepS: this.keepS, undo: this.undo, changed: () => this.soundsChanged(), records: () => compare.player.pause(), complain });
    await this.jobs.reload();
    this.listenTo();
    this.mode("transfer");
    await this.restore();
    const examples = await fetch("/static/examples.json").then((answer) => answer.json());
    showExamples(examples, { hear: (one) => this.listening.hear(one, `example-${one.name}`, true), attempt: (one) => this.attemptExample(one) });
    byId("examples").open = !this.jobs.all.length && !this.slots.chosen.length;
    this.refresh();
    document.body.dataset.ready = "true";
  }

  listenTo() {
    const on = (id, act) => byId(id).addEventListener("click", act);
    for (const tab of document.querySelectorAll("[role=tab]")) tab.addEventListener("click", () => this.mode(tab.dataset.mode));
    on("make", () => this.make());
    on("take", () => this.takes(1));
    on("takes", () => this.takes(4));
    on("stop", () => this.stop());
    on("listen", () => this.listen());
    on("as-content", () => this.listening.useExcerpt(this.slots.content));
    on("as-style", () => this.listening.useExcerpt(this.slots.styles[0]));
    on("back", () => this.soundsChanged());
    on("help-button", () => byId("help").showModal());
    byId("volume").value = this.output.volume;
    byId("volume").addEventListener("input", (event) => this.output.set(Number(event.target.value)));
    takeDrops(() => this.slots.places(this.task));
    const { compare } = this;
    const acts = {
      m: () => this.make(),
      t: () => this.takes(1),
      s: () => this.stop(),
      l: () => this.listen(),
      o: () => compare.toggleLoop(),
      " ": () => (this.isPlayed ? this.make() : compare.toggle()),
      ArrowLeft: () => compare.skip(-1),
      ArrowRight: () => compare.skip(1),
      "[": () => compare.mark("begin"),
      "]": () => compare.mark("end"),
      Escape: () => compare.select(null),
      "?": () => byId("help").showModal(),
    };
    keys(acts, (n) => compare.choose(n));
  }

  /** Whether the mode has no results: what it makes is played at once. */
  get isPlayed() {
    return this.task === "stream" || this.task === "live";
  }

  /** Jobs of other tabs and programs may have sounds that are not known here. */
  async jobsChanged() {
    const used = this.jobs.all.flatMap(({ request }) => [request.content, ...request.styles]);
    if (used.some((id) => id && !this.sounds.has(id))) {
      for (const id of used) if (!this.sounds.has(id)) this.sounds.set(id, null); // it may have expired
      for (const sound of await get("sounds").catch(() => [])) this.sounds.set(sound.id, sound);
    }
    this.refresh();
  }

  mode(task) {
    this.task = task;
    document.body.dataset.mode = task;
    for (const tab of document.querySelectorAll("[role=tab]")) {
      const isChosen = tab.dataset.mode === task;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    byId("room").setAttribute("aria-labelledby", `tab-${task}`);
    byId("intro").textContent = INTRO[task];
    const isLive = task === "live";
    byId("content-slot").hidden = task !== "transfer" && !isLive;
    byId("model-fields").hidden = task !== "stream" || !this.models.models.length;
    byId("play-fields").hidden = byId("play-view").hidden = !isLive;
    byId("stream-view").hidden = task !== "stream";
    if (this.models.chosen) this.showMix();
    if (task !== "stream" && this.endless.playing) this.endless.stop();
    if (!isLive) this.player.end();
    if (this.isPlayed) this.compare.player.pause();
    if (!isLive) this.form.show(task);
    this.listening.subject = null;
    this.listening.show();
    this.refresh();
  }

  /** Puts the newest job's sounds and settings in, and follows one that has not ended. */
  async restore() {
    const [last] = this.jobs.all;
    if (last) await this.use(last);
    if (this.jobs.nextOpen) this.follow(this.jobs.nextOpen);
    else await this.listening.show();
  }

  /** @param {any} job @param {number} [durationS] */
  follow(job) {
    const { request } = job;
    const ids = request.content ? [request.content] : request.styles;
    const lengths = ids.map((id) => this.sounds.get(id)?.duration_s ?? 1);
    this.live.follow(job.id, request.duration_s ?? Math.max(...lengths));
  }

  async use(job) {
    const { request } = job;
    this.mode(request.task);
    this.form.fill(request);
    await this.slots.fill(request, this.sounds);
    this.soundsChanged();
    const shares = request.weights?.filter((one) => typeof one === "number");
    this.showMix(shares?.length ? shares : undefined);
  }

  /** @param {number[]} [shares] */
  showMix(shares) {
    this.mix.show(this.slots.chosen.map((sound) => sound.name), shares);
  }

  soundsChanged() {
    for (const sound of this.slots.all) this.sounds.set(sound.id, sound);
    if (this.slots.all.length) byId("examples").open = false;
    this.listening.subject = null;
    this.showMix();
    this.complain("");
    this.listening.show();
    this.refresh();
  }

  request() {
    const styles = this.slots.chosen.map((sound) => sound.id);
    if (this.task === "live") return { task: "live", styles };
    const { weights: ofNetwork, ...said } = this.form.values(this.task);
    const request = { task: this.task, styles, ...said };
    if (this.task === "transfer") request.content = this.slots.content.sound?.id;
    const shares = request.crossover_hz || request.morph ? [] : (this.mix.shares ?? []);
    const weights = ofNetwork ? [...shares, ofNetwork] : shares;
    if (weights.length) request.weights = weights;
    return request;
  }

  /** What there has to be before anything can be made; empty where nothing is missing. */
  get missing() {
    if (this.task === "stream" && this.models.chosen) return "";
    const parts = [];
    if (this.task === "transfer" && !this.slots.content.sound) parts.push("a content");
    if (!this.slots.chosen.length) parts.push("a style");
    return parts.length ? `Add ${parts.join(" and ")}: drop a file, record, or take a built-in sound.` : "";
  }

  /** @param {{begun?: string | null, steered?: boolean}} [from] a job to go on from; by default the last one with the same sounds */
  async make({ begun, steered } = {}) {
    if (this.missing) return;
    if (this.task === "stream") {
      const { chosen, values } = this.models;
      if (this.endless.playing) this.endless.stop();
      else if (chosen) this.endless.start({ values }, `models/${encodeURIComponent(chosen.name)}/streams`);
      else this.endless.start(this.request());
      return;
    }
    if (this.task === "live") {
      this.player.toggle(this.request().styles, this.mix.shares, this.slots.content.sound?.id ?? null);
      return;
    }
    const request = this.request();
    if (begun === undefined && byId("warm").checked) begun = this.results()[0]?.id;
    const from = begun && this.form.goesOn(request) ? { begun, ...(steered && { steered }) } : {};
    await this.attempt(async () => {
      const job = await post("jobs", { ...request, ...from });
      this.compare.player.pause();
      this.listening.subject = null;
      this.follow(job);
      await this.jobs.changed();
      await this.listening.show();
      this.bringStageIntoView();
    });
  }

  /** The same with the next seeds. @param {number} count */
  async takes(count) {
    if (this.missing || this.isPlayed) return;
    const request = this.request();
    const seed = this.jobs.nextSeed(request);
    await this.attempt(async () => {
      const made = [];
      for (let n = 0; n < count; n++) made.push(await post("jobs", { ...request, seed: seed + n }));
      this.listening.subject = null;
      if (!this.running()) this.follow(made[0]);
      await this.jobs.changed();
      await this.listening.show();
      this.bringStageIntoView();
    });
  }

  bringStageIntoView() {
    const { top, bottom } = byId("formed").getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) byId("stage").scrollIntoView({ block: "start" });
  }

  /** All results of the sounds that are chosen, the newest first. */
  results() {
    return this.jobs.resultsOf(this.request());
  }

  /** A setting was moved: what is being made goes on from there. */
  async changed() {
    this.refresh();
    const job = this.running();
    if (!job || job.request.task !== this.task) return;
    const { begun, steered, ...now } = job.request;
    if (JSON.stringify(sorted(now)) === JSON.stringify(sorted(this.request()))) return;
    clearTimeout(this.steering);
    this.steering = setTimeout(async () => {
      await this.attempt(() => post(`jobs/${job.id}/stop`).catch((error) => {
        if (error.status !== 409) throw error;
      }));
      await this.make({ begun: job.state === "queued" ? null : job.id, steered: true });
    }, STEER_MS);
  }

  mixed() {
    if (this.task === "stream") this.endless.change(this.mix.shares);
    else if (this.task === "live") this.player.mixed(this.mix.shares);
    else {
      clearTimeout(this.mixing);
      this.mixing = setTimeout(() => this.changed(), STEER_MS);
    }
  }

  running() {
    return this.jobs.all.find((job) => job.id === this.live.job && isOpen(job));
  }

  stop() {
    const job = this.running();
    if (job) this.attempt(() => post(`jobs/${job.id}/stop`));
  }

  listen() {
    const job = this.running();
    if (!job) return;
    this.wantsToHear = true;
    this.compare.player.context.resume();
    this.attempt(() => post(`jobs/${job.id}/listen`));
  }

  async onHeard(job) {
    if (!this.wantsToHear || job !== this.live.job) return;
    this.wantsToHear = false;
    await this.listening.show(`${job}-${this.live.heard}`);
    await this.compare.player.play();
  }

  async onState(job, state, reason) {
    await this.jobs.changed();
    if (state === "done" && !this.listening.subject) await this.listening.show(this.compare.player.playing ? undefined : job);
    if (state === "failed") this.complain(`It failed: ${reason}`);
    const next = this.jobs.nextOpen;
    if (job === this.live.job && next && next.id !== job && ["done", "failed", "cancelled"].includes(state)) this.follow(next);
  }

  async attemptExample({ request }) {
    this.mode(request.task);
    this.form.fill(request);
    byId("examples").open = false;
    await Promise.all([this.slots.content.useBuiltIn(request.content), this.slots.styles[0].useBuiltIn(request.styles[0])]);
  }

  modelChosen() {
    if (this.endless.playing) this.endless.stop();
    this.soundsChanged();
  }

  refresh() {
    if (!this.slots) return;
    const job = this.running();
    const byModel = this.task === "stream" && Boolean(this.models.chosen);
    const { isPlayed, missing } = this;
    byId("sounds").hidden = byModel;
    byId("few").hidden = byId("more").hidden = byModel || this.task === "live";
    if (byModel) byId("weights").hidden = true;
    const playing = this.task === "live" ? this.player.playing : this.endless.playing;
    byId("make").disabled = byId("take").disabled = byId("takes").disabled = Boolean(missing);
    byId("missing").textContent = missing;
    byId("make").firstChild.textContent = isPlayed ? (playing ? "Stop " : "Play ") : "Make ";
    byId("take").hidden = byId("takes").hidden = isPlayed;
    byId("stop").hidden = byId("listen").hidden = isPlayed || !job;
    byId("live").hidden = isPlayed || !this.live.job;
    byId("compare").hidden = (isPlayed && !this.listening.subject) || this.compare.tracks.length === 0;
    byId("back").hidden = !this.listening.subject || !this.slots.all.length;
    byId("as-content").hidden = this.task !== "transfer";
    const request = this.request();
    // It keeps its place: a button that moved away under the pointer could not be clicked.
    byId("weights").inert = Boolean(request.morph || request.crossover_hz);
    byId("warm-label").hidden = isPlayed || Boolean(job) || !this.results().length || !this.form.goesOn(request);
    const nameOf = (id) => this.sounds.get(id)?.name ?? "a sound";
    showResults(this.jobs.all, {
      nameOf,
      keepS: this.keepS,
      play: (one) => this.listening.hear(one, one.id, true),
      hear: (one) => this.listening.hear(one, one.id, false),
      again: (one) => this.use(one),
      change: (ones, change) => this.attempt(() => Promise.all(ones.map(({ id }) => patch(`jobs/${id}`, change))).then(() => this.jobs.changed()).then(() => this.listening.show())),
      remove: (run) => this.remove(run),
      copied: () => this.complain("The command is in the clipboard."),
    });
    this.compare.markHeard();
    document.title = job ? `${titleOf(job, nameOf)} - gramophone` : "gramophone studio";
  }

  /** @param {any[]} run jobs of one row */
  remove(run) {
    const ids = run.map((job) => job.id);
    if (ids.includes(this.listening.subject?.id)) this.listening.subject = null;
    this.undo.offer(`Removed ${run[0].title || "a result"}.`, {
      now: () => this.attempt(() => Promise.all(ids.map((id) => remove(`jobs/${id}`))).then(() => this.jobs.changed())),
      back: () => this.jobs.show(ids).then(() => this.listening.show()),
    });
    this.jobs.hide(ids);
    this.listening.show();
  }

  async attempt(act) {
    try {
      this.complain("");
      await act();
    } catch (error) {
      this.complain(error.message);
    }
  }

  complain(sentence) {
    byId("message").textContent = sentence;
  }
}

const sorted = (values) => Object.fromEntries(Object.entries(values).sort());

const studio = new Studio();
studio.open().catch((error) => studio.complain(error.message));
