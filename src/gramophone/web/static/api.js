/** The HTTP API of the studio, as functions. */

/** An answer that refuses, in words for a reader. */
export class Refusal extends Error {
  /** @param {number} status @param {string} sentence */
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/**
 * @param {string} path below /api/
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(`/api/${path}`, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Refusal(0, "The studio does not answer; start it again with gramophone serve.");
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Refusal(response.status, said.error ?? `The studio answered ${response.status}.`);
}

/** A file of the studio. @param {string} address @returns {Promise<ArrayBuffer>} */
export async function bytes(address) {
  if (address.startsWith("/api/")) return (await ask(address.slice("/api/".length))).arrayBuffer();
  const response = await fetch(address);
  if (!response.ok) throw new Refusal(response.status, `${address} is not there; load the page again.`);
  return response.arrayBuffer();
}

/** @param {string} path @param {object} body @returns {Promise<any>} */
export const patch = async (path, body) => (await ask(path, { method: "PATCH", body: JSON.stringify(body) })).json();

/** @param {string} path @returns {Promise<any>} */
export const get = async (path) => (await ask(path)).json();

/** @param {string} path @param {object} [body] @returns {Promise<any>} */
export async function post(path, body) {
  const options = { method: "POST", body: body && JSON.stringify(body) };
  const response = await ask(path, options);
  return response.status === 204 ? null : response.json();
}

/** Whether a job has not ended. @param {{state: string}} job */
export const isOpen = ({ state }) => ["queued", "running"].includes(state);

/** Also when the page is being left. @param {string} path */
export const remove = (path) => ask(path, { method: "DELETE", keepalive: true });

/**
 * Sends a file; what the studio cannot decode is decoded here, where the browser can.
 * @param {Blob} file @param {string} name
 */
export async function upload(file, name) {
  const path = `sounds?name=${encodeURIComponent(name)}`;
  try {
    return await (await ask(path, { method: "POST", body: file })).json();
  } catch (error) {
    if (error.status !== 415 || file.size === 0) throw error;
    const { decodedAsWav } = await import("/static/wav.js");
    const converted = await decodedAsWav(file);
    if (!converted) throw error;
    return (await ask(path, { method: "POST", body: converted })).json();
  }
}
