/** What the keyboard does, wherever the focus is. */
import { byId } from "/static/dom.js";

const TYPED = "input:not([type=checkbox]):not([type=file]):not([type=range]), textarea";
/** What moves by arrows itself. */
const MOVED = "select, input[type=range]";

/**
 * Space plays even where a button has the focus, which Enter presses; a box is ticked with it.
 * @param {Record<string, () => void>} acts by key @param {(n: number) => void} choose
 */
export function keys(acts, choose) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const along = (step) => {
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  };
  const actOf = ({ target, key }) => {
    if (byId("help").open || target.matches(TYPED)) return undefined;
    if (key === " " && target.matches("input[type=checkbox], dialog *")) return undefined;
    if (key.startsWith("Arrow")) {
      if (target.matches("[role=tab]") && acts[key]) return () => along(key === "ArrowRight" ? 1 : -1);
      if (target.matches(MOVED)) return undefined;
    }
    if (/^[1-9]$/.test(key)) return () => choose(Number(key) - 1);
    return acts[key];
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = actOf(event);
    if (!act) return;
    event.preventDefault();
    if (!event.repeat || event.key.startsWith("Arrow")) act();
  });
  // Some browsers press a button when the key goes up.
  document.addEventListener("keyup", (event) => event.key === " " && actOf(event) && event.preventDefault());
}
