/** Reads a value out of nested mappings by its keys. */

/** The value under the keys, `["motion", "zoom"]`; undefined where they lead nowhere. */
export function valueAt(root: unknown, keys: readonly string[]): unknown {
  let value = root;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
