"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const test = JSON.parse(byId("test").textContent);
  const reveal = (text) => new TextDecoder().decode(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)));
  const shuffled = (list) => {
    const made = [...list];
    for (let n = made.length - 1; n > 0; n--) {
      const other = Math.floor(Math.random() * (n + 1));
      [made[n], made[other]] = [made[other], made[n]];
    }
    return made;
  };

  const trials = shuffled(test.trials).map((one) => ({ ...one, stimuli: shuffled(one.stimuli) }));
  const rows = [];
  let place = -1;
  let sounds = [];
  let current = 0;
  let listener = "";

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const addSound = (number, source) => {
    const label = number ? `Sound ${number}` : "Reference";
    const row = element("div", "", { class: "sound" });
    const button = element("button", label, { type: "button", "aria-pressed": "false" });
    button.prepend(element("kbd", String(number)), " ");
    const audio = element("audio", "", { src: source, preload: "auto" });
    const sound = { row, button, audio, slider: null, shown: null, rated: false, played: false, plays: 0 };
    button.addEventListener("click", () => (current === number && !audio.paused ? pause() : play(number)));
    audio.addEventListener("ended", () => show());
    row.append(button, audio);
    if (number) {
      sound.slider = element("input", "", { type: "range", min: "0", max: "100", value: "0", "aria-label": `Rating of sound ${number}` });
      sound.shown = element("output", "not rated");
      sound.slider.addEventListener("input", () => rate(sound));
      row.append(sound.slider, sound.shown);
    }
    byId("sounds").append(row);
    return sound;
  };

  const rate = (sound) => {
    sound.rated = true;
    sound.shown.textContent = sound.slider.value;
    show();
  };

  const pause = () => {
    for (const one of sounds) one.audio.pause();
    show();
  };

  const play = (number) => {
    if (!sounds[number]) return;
    const from = sounds[current].audio;
    const moment = from.ended ? 0 : from.currentTime;
    pause();
    current = number;
    const sound = sounds[number];
    sound.audio.currentTime = moment < (sound.audio.duration || 0) - 0.05 ? moment : 0;
    sound.played = true;
    sound.plays += 1;
    sound.audio.play().catch(() => show()); // refused where another sound was chosen at once
    show();
  };

  const waiting = () => sounds.filter((one) => one.slider && !(one.rated && one.played)).length;

  const show = () => {
    sounds.forEach((one, number) => {
      one.row.classList.toggle("now", number === current);
      one.button.setAttribute("aria-pressed", String(number === current && !one.audio.paused));
    });
    const count = waiting();
    byId("next").disabled = count > 0;
    byId("left").textContent = count ? `${count} to be heard and rated` : "";
  };

  const begin = (number) => {
    pause();
    place = number;
    sounds = [];
    current = 0;
    byId("sounds").replaceChildren();
    const trial = trials[place];
    byId("name").textContent = trials.length > 1 ? `Set ${place + 1}` : "One set of sounds";
    byId("place").textContent = `${place + 1} of ${trials.length}`;
    [trial.reference, ...trial.stimuli.map((one) => one.source)].forEach((source, n) => sounds.push(addSound(n, source)));
    show();
    byId("said").textContent = byId("place").textContent;
  };

  const quoted = (value) => {
    const plain = String(value).replace(/^[=+@\t\r-]/, "'$&");
    return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };

  const keep = () => {
    const trial = trials[place];
    trial.stimuli.forEach((stimulus, n) => {
      const sound = sounds[n + 1];
      rows.push([listener, reveal(trial.name), reveal(stimulus.system), sound.slider.value, n + 1, sound.plays]);
    });
  };

  const finish = () => {
    pause();
    const table = [["listener", "trial", "system", "rating", "position", "plays"], ...rows];
    const text = `${table.map((row) => row.map(quoted).join(",")).join("\n")}\n`;
    byId("table").value = text;
    byId("save").href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    byId("trial").hidden = true;
    byId("end").hidden = false;
    byId("place").textContent = "";
    byId("save").focus();
  };

  const next = () => {
    if (waiting()) return;
    keep();
    if (place + 1 < trials.length) begin(place + 1);
    else finish();
  };

  byId("begin").addEventListener("click", () => {
    listener = byId("listener").value.trim() || "anonymous";
    byId("start").hidden = true;
    byId("trial").hidden = false;
    begin(0);
    byId("main").focus();
  });
  byId("next").addEventListener("click", next);

  document.addEventListener("keydown", (event) => {
    if (byId("trial").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target instanceof HTMLButtonElement;
    const sound = sounds[current];
    if (/^[0-9]$/.test(event.key)) play(Number(event.key));
    else if (event.key === " " && !onButton) sound.audio.paused ? play(current) : pause();
    else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && sound.slider) {
      const by = (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1);
      sound.slider.value = String(Number(sound.slider.value) + by);
      rate(sound);
    } else if (event.key === "Enter" && !onButton) next();
    else return;
    event.preventDefault();
  });
})();
