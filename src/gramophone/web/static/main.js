/** The page: what belongs to what. */
import { get, isOpen, post, remove } from "/static/api.js";
import { Compare } from "/static/compare.js";
import { byId, seconds } from "/static/dom.js";
import { Endless } from "/static/endless.js";
import { Form } from "/static/form.js";
import { keys } from "/static/keys.js";
import { Live } from "/static/live.js";
import { ModelView } from "/static/model-view.js";
import { Mix } from "/static/pad.js";
import { PlayView } from "/static/play-view.js";
import { showResults, titleOf } from "/static/results.js";
import { drawScope } from "/static/scope.js";
import { Slot } from "/static/slot.js";

const INTRO = {
  transfer: "One sound made of another: it moves like the content and is made of the style.",
  texture: "More of a sound: as long as you like, and never the same twice.",
  stream: "A sound without end. Move the mix and hear it change.",
  live: "Play through a sound: your voice or instrument in, the style out. Use headphones.",
};
const MOST_STYLES = 4;
const MOST_HELD_S = 1200; // of one channel

class Studio {
  async open() {
    if (location.search) history.replaceState(null, "", location.pathname); // the token is in a cookie now
    const [form, jobs] = await Promise.all([get("form"), get("jobs")]);
    this.builtIn = form.built_in;
    this.sounds = new Map((await get("sounds")).map((sound) => [sound.id, sound]));
    this.form = new Form(form, byId("few"), byId("rest"), (name) => this.changed(name));
    this.mix = new Mix(byId("weights"), () => this.mixed());
    this.live = new Live((job, state, reason) => this.onState(job, state, reason), (job) => this.onHeard(job));
    this.compare = new Compare((sentence) => this.complain(sentence));
    this.endless = new Endless((state) => this.onStream(state));
    const models = await get("models").catch(() => []);
    this.models = new ModelView(byId("model-fields"), models, (values) => this.endless.steer(values), () => this.modelChosen());
    this.player = new PlayView(byId("play-fields"), byId("play-view"), () => this.refresh());
    /** @type {Slot[]} */
    this.styles = [];
    this.content = this.slot("content", null);
    byId("content-slot").append(this.content.element);
    this.addStyle();
    this.jobs = jobs;
    this.listenTo();
    this.mode("transfer");
    await this.restore();
    this.refresh();
    document.body.dataset.ready = "true";
  }

  listenTo() {
    for (const tab of document.querySelectorAll("[role=tab]")) tab.addEventListener("click", () => this.mode(tab.dataset.mode));
    byId("add-style").addEventListener("click", () => this.addStyle());
    byId("make").addEventListener("click", () => this.make());
    byId("stop").addEventListener("click", () => this.stop());
    byId("listen").addEventListener("click", () => this.listen());
    byId("help-button").addEventListener("click", () => byId("help").showModal());
    keys({ make: () => this.make(), stop: () => this.stop(), listen: () => this.listen(), compare: this.compare });
  }

  slot(role, onRemove) {
    return new Slot(role, this.builtIn, () => this.soundsChanged(), (sentence) => this.complain(sentence), onRemove);
  }

  addStyle() {
    if (this.styles.length >= MOST_STYLES) return;
    const number = this.styles.length + 1;
    const slot = this.slot(number === 1 ? "style" : `style ${number}`, number === 1 ? null : () => this.dropStyle(slot));
    this.styles.push(slot);
    byId("style-slots").append(slot.element);
    byId("add-style").hidden = this.styles.length >= MOST_STYLES;
  }

  dropStyle(slot) {
    slot.element.remove();
    this.styles = this.styles.filter((one) => one !== slot);
    byId("add-style").hidden = false;
    this.soundsChanged();
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
    if (this.models.chosen) this.mix.show(this.chosen.map((sound) => sound.name));
    if (task !== "stream" && this.endless.playing) this.endless.stop();
    if (!isLive) this.player.end();
    if (!isLive) this.form.show(task);
    this.refresh();
  }

  /** Puts the newest job's sounds and settings in, and follows it if it has not ended. */
  async restore() {
    const last = this.jobs[0];
    if (last) await this.use(last);
    const open = this.jobs.filter(isOpen).at(-1);
    if (open) this.live.follow(open.id);
    else this.showTracks();
  }

  async use(job) {
    const { request } = job;
    this.mode(request.task);
    this.form.fill(request);
    while (this.styles.length < Math.min(request.styles.length, MOST_STYLES)) this.addStyle();
    const pairs = request.styles.map((id, n) => [this.styles[n], id]);
    if (request.content) pairs.push([this.content, request.content]);
    await Promise.all(pairs.map(([slot, id]) => slot && this.sounds.has(id) && slot.show(this.sounds.get(id))));
    this.soundsChanged();
    const shares = request.weights?.filter((one) => typeof one === "number");
    this.mix.show(this.chosen.map((sound) => sound.name), shares?.length ? shares : undefined);
  }

  get chosen() {
    return this.styles.filter((slot) => slot.sound).map((slot) => slot.sound);
  }

  soundsChanged() {
    for (const slot of [this.content, ...this.styles]) if (slot.sound) this.sounds.set(slot.sound.id, slot.sound);
    this.mix.show(this.chosen.map((sound) => sound.name));
    this.complain("");
    this.showTracks();
    this.refresh();
  }

  request() {
    if (this.task === "live") return { task: "live", styles: this.chosen.map((sound) => sound.id) };
    const { weights: ofNetwork, ...said } = this.form.values(this.task);
    const request = { task: this.task, styles: this.chosen.map((sound) => sound.id), ...said };
    if (this.task === "transfer") request.content = this.content.sound?.id;
    const shares = request.crossover_hz || request.morph ? [] : (this.mix.shares ?? []);
    const weights = ofNetwork ? [...shares, ofNetwork] : shares;
    if (weights.length) request.weights = weights;
    return request;
  }

  /** @param {string | null} [begun] a job to go on from; by default the last one with the same sounds */
  async make(begun) {
    if (byId("make").disabled) return;
    if (this.task === "stream") {
      const { chosen, values } = this.models;
      if (this.endless.playing) this.endless.stop();
      else if (chosen) this.endless.start({ values }, `models/${encodeURIComponent(chosen.name)}/streams`);
      else this.endless.start(this.request());
      return;
    }
    if (this.task === "live") {
      this.player.toggle(this.request().styles, this.mix.shares, this.content.sound?.id ?? null);
      return;
    }
    const request = this.request();
    begun ??= byId("warm").checked ? this.results()[0]?.id : undefined;
    await this.attempt(async () => {
      const job = await post("jobs", begun && this.form.goesOn(request) ? { ...request, begun } : request);
      this.compare.player.pause();
      this.live.follow(job.id);
      await this.reload();
    });
  }

  /** All results of the sounds that are chosen, the newest first. */
  results() {
    const { task, styles, content } = this.request();
    const isSame = ({ request }) => request.task === task && request.content === content && request.styles.join() === styles.join();
    return this.jobs.filter((job) => job.state === "done" && isSame(job));
  }

  /** A setting was moved: what is being made goes on from there. */
  async changed() {
    this.refresh();
    const job = this.running();
    if (!job || this.live.job !== job.id || job.request.task !== this.task) return;
    const { begun, ...now } = job.request;
    const request = this.request();
    if (JSON.stringify(sorted(now)) === JSON.stringify(sorted(request))) return;
    clearTimeout(this.retuning);
    this.retuning = setTimeout(async () => {
      await this.attempt(() => post(`jobs/${job.id}/stop`).catch((error) => {
        if (error.status !== 409) throw error;
      }));
      if (job.state === "queued") await this.make(null);
      else await this.make(job.id);
    }, 400);
  }

  mixed() {
    if (this.task === "stream") this.endless.change(this.mix.shares);
    else if (this.task === "live") this.player.mixed(this.mix.shares);
    else {
      clearTimeout(this.mixing);
      this.mixing = setTimeout(() => this.changed(), 400);
    }
  }

  running() {
    return this.jobs.find((job) => job.id === this.live.job && isOpen(job));
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
    await this.showTracks(`${job}-${this.live.heard}`);
    await this.compare.player.play();
  }

  async onState(job, state, reason) {
    await this.reload();
    if (state === "done") await this.showTracks(job);
    if (state === "failed") this.complain(`It failed: ${reason}`);
  }

  onStream(state) {
    const words = state === "loading" ? "the first block is being made ..." : state;
    const gaps = this.endless.gaps ? `, ${this.endless.gaps} gap(s): this machine is too slow for it` : ", no gaps so far";
    byId("stream-state").textContent = state === "playing" ? `playing${gaps}` : words;
    byId("stream-view").dataset.gaps = this.endless.gaps;
    byId("stream-view").dataset.state = state;
    byId("stream-view").dataset.rateHz = this.endless.rateHz ?? "";
    byId("stream-view").dataset.changedAfterS = this.endless.changedAfterS?.toFixed(2) ?? "";
    drawScope(byId("scope"), this.endless);
    this.refresh();
  }

  async reload() {
    this.jobs = await get("jobs").catch(() => this.jobs);
    this.refresh();
  }

  /** Content, styles and up to three results as tracks. @param {string} [chosen] */
  async showTracks(chosen) {
    const sound = (role) => ({ sound }) => ({ id: sound.id, name: sound.name, role, audio: `sounds/${sound.id}/audio`, picture: `sounds/${sound.id}/picture`, lufs: sound.loudness_lufs });
    const tracks = this.task === "transfer" && this.content.sound ? [sound("content")(this.content)] : [];
    tracks.push(...this.styles.filter((slot) => slot.sound).map(sound("style")));
    const fitting = this.results();
    const done = this.jobs.filter((job) => fitting.includes(job) || (job.state === "done" && job.id === this.wanted)).slice(0, 3);
    for (const job of heardTogether(done, chosen).reverse()) {
      const about = this.task === "transfer" ? `strength ${job.request.strength ?? this.form.default("strength")}` : seconds(job.result.duration_s);
      tracks.push({ id: job.id, name: `result ${job.number}`, role: about, audio: `jobs/${job.id}/wav`, picture: `jobs/${job.id}/picture`, lufs: job.result.loudness_lufs + job.result.gain_db });
    }
    if (this.running() && this.live.heard) {
      const [job, number] = [this.live.job, this.live.heard];
      tracks.push({ id: `${job}-${number}`, name: "so far", role: "result", audio: `jobs/${job}/so-far?${number}`, picture: null, lufs: this.live.heardLufs });
    }
    await this.compare.show(tracks, chosen);
  }

  modelChosen() {
    if (this.endless.playing) this.endless.stop();
    this.soundsChanged();
  }

  refresh() {
    const job = this.running();
    const byModel = this.task === "stream" && Boolean(this.models.chosen);
    byId("sounds").hidden = byModel;
    byId("few").hidden = byId("more").hidden = byModel || this.task === "live";
    if (byModel) byId("weights").hidden = true;
    const isStream = this.task === "stream" || this.task === "live";
    const playing = this.task === "live" ? this.player.playing : this.endless.playing;
    byId("make").disabled = (!byModel && this.chosen.length === 0) || (this.task === "transfer" && !this.content.sound);
    byId("make").firstChild.textContent = isStream ? (playing ? "Stop " : "Play ") : "Make ";
    byId("stop").hidden = byId("listen").hidden = isStream || !job;
    byId("live").hidden = isStream || !this.live.job;
    byId("compare").hidden = isStream || this.compare.tracks.length === 0;
    const request = this.request();
    // It keeps its place: a button that moved away under the pointer could not be clicked.
    byId("weights").inert = Boolean(request.morph || request.crossover_hz);
    byId("warm-label").hidden = isStream || Boolean(job) || !this.results().length || !this.form.goesOn(request);
    const nameOf = (id) => this.sounds.get(id)?.name ?? "a sound";
    showResults(this.jobs, {
      nameOf,
      hear: async (one) => {
        await this.use(one);
        this.wanted = one.id;
        await this.showTracks(one.id);
        byId("compare").scrollIntoView({ block: "nearest" });
      },
      again: (one) => this.use(one),
      remove: (one) => this.attempt(async () => {
        await remove(`jobs/${one.id}`);
        await this.reload();
        await this.showTracks();
      }),
      copied: () => this.complain("The command is in the clipboard."),
    });
    document.title = job ? `${titleOf(job, nameOf)} - gramophone` : "gramophone studio";
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

/** Decoded sounds fill memory: of long results, only so many are held at once. */
function heardTogether(jobs, chosen) {
  let left = MOST_HELD_S;
  return jobs.filter((job) => {
    left -= job.result.duration_s * job.result.channels;
    return left >= 0 || job.id === chosen || job === jobs[0];
  });
}

const sorted = (values) => Object.fromEntries(Object.entries(values).sort());

const studio = new Studio();
studio.open().catch((error) => studio.complain(error.message));
