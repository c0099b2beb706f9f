"use strict";
(() => {
  const runs = [...document.querySelectorAll(".run")].map((element) => ({ element, tracks: [] }));
  const all = [];
  let now = null;

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const byId = (id) => document.getElementById(id);

  class Track {
    constructor(element, run) {
      this.element = element;
      this.run = run;
      this.audio = element.querySelector("audio");
      this.button = element.querySelector(".toggle");
      this.panel = element.querySelector(".seek");
      this.head = element.querySelector(".head");
      this.levelDb = Number(element.dataset.levelDb);
      this.dress();
      this.listen();
    }

    get lengthS() {
      return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.panel.dataset.durationS);
    }

    dress() {
      this.audio.controls = false;
      this.button.hidden = false;
      const states = { role: "slider", tabindex: "0", "aria-label": this.panel.dataset.label, "aria-valuemin": "0" };
      for (const [name, value] of Object.entries(states)) this.panel.setAttribute(name, value);
      this.show();
    }

    listen() {
      this.button.addEventListener("click", () => this.toggle());
      this.audio.addEventListener("play", () => this.began());
      for (const kind of ["pause", "ended"]) this.audio.addEventListener(kind, () => this.rested());
      for (const kind of ["timeupdate", "seeked", "loadedmetadata"]) {
        this.audio.addEventListener(kind, () => this.show());
      }
      this.panel.addEventListener("pointerdown", (event) => this.grab(event));
      this.panel.addEventListener("pointermove", (event) => {
        if (this.panel.hasPointerCapture(event.pointerId)) this.point(event);
      });
    }

    grab(event) {
      if (event.button !== 0) return;
      this.panel.setPointerCapture(event.pointerId);
      choose(this, true);
      this.point(event);
    }

    point(event) {
      const box = this.panel.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.lengthS);
    }

    seek(moment) {
      this.audio.currentTime = clamp(moment, 0, Math.max(0, this.lengthS - 0.01));
      this.show();
    }

    toggle() {
      choose(this, false);
      if (this.audio.paused) this.play();
      else this.audio.pause();
    }

    play() {
      for (const other of all) if (other !== this) other.audio.pause();
      this.audio.play().catch((error) => say(`This sound cannot be played here: ${error.message}`));
    }

    began() {
      this.element.classList.add("playing");
      this.button.setAttribute("aria-label", `Pause ${this.button.dataset.name}`);
      this.follow();
    }

    rested() {
      this.element.classList.remove("playing");
      this.button.setAttribute("aria-label", `Play ${this.button.dataset.name}`);
      this.show();
    }

    follow() {
      this.show();
      if (!this.audio.paused) requestAnimationFrame(() => this.follow());
    }

    show() {
      const at = this.audio.currentTime;
      this.head.style.left = `${(100 * at) / this.lengthS}%`;
      this.panel.setAttribute("aria-valuemax", this.lengthS.toFixed(2));
      this.panel.setAttribute("aria-valuenow", at.toFixed(2));
      this.panel.setAttribute("aria-valuetext", `${at.toFixed(1)} of ${this.lengthS.toFixed(1)} seconds`);
    }
  }

  function choose(track, keepsMoment) {
    if (track === now) return;
    const before = now;
    now = track;
    for (const one of all) one.element.classList.toggle("now", one === track);
    if (before === null) return;
    const wasPlaying = !before.audio.paused;
    before.audio.pause();
    if (!keepsMoment || before.run !== track.run) return;
    track.seek(before.audio.currentTime % track.lengthS);
    if (wasPlaying) track.play();
  }

  function level() {
    const isEqual = byId("level").checked;
    for (const run of runs) {
      const quietest = Math.min(...run.tracks.map((track) => track.levelDb).filter((db) => db > -100));
      for (const track of run.tracks) {
        const gainDb = isEqual && track.levelDb > -100 ? quietest - track.levelDb : 0;
        track.audio.volume = clamp(10 ** (gainDb / 20), 0, 1);
      }
    }
  }

  function step(by) {
    const place = runs.indexOf(now ? now.run : runs[0]);
    const next = runs[clamp(place + by, 0, runs.length - 1)];
    if (next.tracks.length) choose(next.tracks[0], false);
    next.element.scrollIntoView();
  }

  function say(words) {
    byId("said").textContent = words;
  }

  async function copy(button) {
    const code = button.parentElement.querySelector("code");
    let isCopied = false;
    try {
      await navigator.clipboard.writeText(code.textContent);
      isCopied = true;
    } catch {
      getSelection().selectAllChildren(code);
      isCopied = document.execCommand("copy");
    }
    button.textContent = isCopied ? "Copied" : "Press Ctrl+C";
    say(isCopied ? "The command is copied." : "The command is selected; copy it with Ctrl+C.");
    setTimeout(() => { button.textContent = "Copy"; }, 2500);
  }

  const keys = {
    " ": (track) => track.toggle(),
    ArrowLeft: (track, event) => track.seek(track.audio.currentTime - (event.shiftKey ? 0.1 : 1)),
    ArrowRight: (track, event) => track.seek(track.audio.currentTime + (event.shiftKey ? 0.1 : 1)),
    l: () => byId("level").click(),
    n: () => step(1),
    p: () => step(-1),
    "?": () => byId("keys").showModal(),
  };
  const onPanel = {
    Home: (track) => track.seek(0),
    End: (track) => track.seek(track.lengthS),
  };
  for (let number = 1; number <= 9; number += 1) {
    keys[number] = (track) => {
      const chosen = track.run.tracks.find((one) => Number(one.element.dataset.number) === number);
      if (chosen) choose(chosen, true);
    };
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open || all.length === 0) return;
    const target = event.target.closest("a, button, input, summary, pre, .wide, .seek");
    const isPanel = target?.classList.contains("seek");
    // What has the focus keeps the keys that it understands itself.
    if (target && !isPanel && (event.key === " " || target.matches("pre, .wide") && event.key.startsWith("Arrow"))) return;
    const key = event.key.length > 1 ? event.key : event.key.toLowerCase();
    const action = keys[key] ?? (isPanel ? onPanel[key] : undefined);
    if (!action) return;
    event.preventDefault();
    action(all.find((one) => one.element.contains(event.target)) ?? now, event);
  }

  for (const run of runs) {
    for (const element of run.element.querySelectorAll(".track:not(.missing)")) {
      const track = new Track(element, run);
      run.tracks.push(track);
      all.push(track);
    }
  }
  if (all.length) choose(all[0], false);
  level();
  document.querySelector(".tools").hidden = false;
  byId("level").addEventListener("change", level);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("close").addEventListener("click", () => byId("keys").close());
  for (const button of document.querySelectorAll(".copy")) button.addEventListener("click", () => copy(button));
  document.addEventListener("keydown", pressed);

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
})();
