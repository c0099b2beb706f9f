/** Three pairs with ready results: to be heard at once, and to be tried. */
import { byId, make } from "/static/dom.js";

/**
 * @param {any[]} examples of examples.json
 * @param {{hear: (example: any) => void, attempt: (example: any) => void}} acts
 */
export function showExamples(examples, { hear, attempt }) {
  const card = (example) => {
    const picture = make("img", { class: "spectrogram", src: `/static/${example.name}.webp`, alt: "" });
    const play = make("button", { type: "button", class: "hear", "data-hears": `example-${example.name}`, text: "Play", "aria-label": `Play: ${example.title}`, onclick: () => hear(example) });
    const use = make("button", { type: "button", text: "Try this", "aria-label": `Try this: ${example.title}`, onclick: () => attempt(example) });
    const words = make("div", { class: "words" }, make("b", { text: example.title }), make("span", { class: "quiet", text: example.line }));
    return make("li", { "data-example": example.name }, picture, words, make("div", { class: "tools" }, play, use));
  };
  byId("cards").replaceChildren(...examples.map(card));
  byId("examples").hidden = examples.length === 0;
}
