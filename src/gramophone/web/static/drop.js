/** Files dropped anywhere on the page: while they are dragged, the places for them cover it. */
import { byId, make } from "/static/dom.js";

/**
 * @param {() => {name: string, take: (file: File) => void}[]} places where a sound can go, now
 */
export function takeDrops(places) {
  const cover = byId("drop");
  const isFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const hide = () => (cover.hidden = true);
  const show = () => {
    if (!cover.hidden) return;
    cover.replaceChildren(...places().map(({ name }, n) => make("div", { class: "zone", "data-place": n, text: name })));
    cover.hidden = false;
  };
  addEventListener("dragenter", (event) => isFile(event) && show());
  addEventListener("dragover", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    show();
    for (const zone of cover.children) zone.classList.toggle("over", zone === event.target);
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && hide());
  addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    hide();
    const there = places();
    const first = Number(event.target.closest?.("[data-place]")?.dataset.place ?? 0);
    [...event.dataTransfer.files].slice(0, there.length - first).forEach((file, n) => there[first + n].take(file));
  });
}
