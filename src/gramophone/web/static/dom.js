/** Elements in few words. */

/**
 * @param {string} name of the element
 * @param {Record<string, any>} [attributes] `text` is its text, `on...` are listeners; false and undefined give none
 * @param {(Node | string)[]} inside
 * @returns {any}
 */
export function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") element.textContent = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...inside);
  return element;
}

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** @param {number} seconds */
export const seconds = (seconds) => `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
