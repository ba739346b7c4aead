// Keeps what people have chosen and typed, per message or view and outside the drawing: drawing again loses nothing.
// It is also the `state.values` that goes to the app.

import { fresh } from "./dom.js";

const kept = new Map();

/** The values of one message or view, by its key. */
export function valuesOf(key) {
  if (!kept.has(key)) kept.set(key, new Values());
  return kept.get(key);
}

/** Drop what belongs to a user, a message or a view that is gone: all keys with this beginning. */
export function forget(beginning = "") {
  for (const key of kept.keys()) if (key.startsWith(beginning)) kept.delete(key);
}

class Values {
  #before = new Map();
  #now = new Map();
  #names = new Map();

  /** A drawing begins: what is not registered again is gone when it ends. */
  begin() {
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** The value of an element, which begins as `initial`; one of the same kind that was there before stays. */
  register(block, action, initial) {
    const place = JSON.stringify([block, action]);
    const before = this.#before.get(place);
    this.#now.set(place, { block, action, value: before?.value.type === initial.type ? before.value : initial });
  }

  get(block, action) {
    return this.#now.get(JSON.stringify([block, action]))?.value ?? null;
  }

  set(block, action, value) {
    const found = this.#now.get(JSON.stringify([block, action]));
    if (found) found.value = value;
  }

  /** A name for a block or element that came without one; the same at each drawing. */
  name(place) {
    if (!this.#names.has(place)) this.#names.set(place, fresh("id"));
    return this.#names.get(place);
  }

  /** As the app gets it: {block: {action: value}}. */
  all() {
    const found = {};
    for (const { block, action, value } of this.#now.values()) {
      Object.defineProperty((found[block] ??= {}), action, { value, enumerable: true });
    }
    return found;
  }
}
