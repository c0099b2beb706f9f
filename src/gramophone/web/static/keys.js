/** What the keyboard does, wherever the focus is. */
import { byId } from "/static/dom.js";

/** @param {{make: () => void, stop: () => void, listen: () => void, compare: any}} acts */
export function keys({ make, stop, listen, compare }) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const along = (step) => {
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    if (target.matches("input:not([type=checkbox]):not([type=file]), select, textarea")) return;
    if (target.matches("[role=tab]") && (key === "ArrowRight" || key === "ArrowLeft")) {
      along(key === "ArrowRight" ? 1 : -1);
      return;
    }
    if (key === " " && target.matches("button, summary, a, label, input")) return;
    const acts = {
      m: make,
      s: stop,
      l: listen,
      " ": () => compare.toggle(),
      ArrowLeft: () => compare.skip(-1),
      ArrowRight: () => compare.skip(1),
      "?": () => byId("help").showModal(),
    };
    const act = /^[1-9]$/.test(key) ? () => compare.choose(Number(key) - 1) : acts[key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
