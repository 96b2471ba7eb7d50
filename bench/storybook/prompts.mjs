/** The table of prompts: kinds, colors, settings and lights shared out evenly, each told in another way. */
import { GROUNDS, KINDS, LANDSCAPES, LIGHTS, OWN_LIGHT, PLACES } from "./world.mjs";

/**
 * The first `count` rows of an endless table. Kinds take turns; each kind walks through all of its combinations in a scattered order, so that
 * any count is balanced.
 *
 * @returns rows of `kind`, `prompt`, and `wanted`: what the prompt states, so nothing where it leaves color or light open
 */
export function promptTable(count) {
  const kinds = Object.keys(KINDS);
  const combinations = Object.fromEntries(kinds.map((kind) => [kind, combine(KINDS[kind])]));
  return Array.from({ length: count }, (_, row) => {
    const kind = kinds[row % kinds.length];
    const turn = Math.floor(row / kinds.length);
    const all = combinations[kind];
    const scene = all[(turn * scatter(all.length)) % all.length];
    return { kind, prompt: tell(kind, scene, turn), wanted: stated(kind, scene) };
  });
}

function combine({ colors, settings }) {
  return settings.flatMap((setting) =>
    Object.keys(LIGHTS).flatMap((light) => colors.map((color) => ({ setting, light, color }))),
  );
}

/** A stride through `length` places that visits each of them, far from the last: the golden section, made coprime. */
function scatter(length) {
  let stride = Math.round(length * 0.618);
  while (greatestCommonDivisor(stride, length) !== 1) stride++;
  return stride;
}

function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function stated(kind, { setting, light, color }) {
  return {
    subject: KINDS[kind].subject,
    setting,
    ...(!OWN_LIGHT.includes(setting) && { light }),
    ...(color !== "none" && { color }),
  };
}

/** One telling of a scene; `turn` chooses the words. Two of six put the light first or begin as captions of a picture do. */
function tell(kind, { setting, light, color }, turn) {
  const { told, verbs } = KINDS[kind];
  const places = { castle: GROUNDS, landscape: LANDSCAPES }[kind] ?? PLACES;
  const choose = (words, step) => words[Math.floor(turn / step) % words.length];
  const place = choose(places[setting], 1);
  const open = !OWN_LIGHT.includes(setting) && !place.includes("{light}");
  const when = open ? choose(LIGHTS[light].told, 2) : "";
  const where = place.replace("{light}", choose(LIGHTS[light].adjectives, 2));
  const whom = choose(told, 1)
    .replace("{}", color)
    .replace(/^a (?=o)/, "an ");
  const who = `${whom} ${choose(verbs, 1)}`.trim();
  if (kind !== "landscape" && open && turn % 6 === 4) return `${when}, ${who} ${where}`;
  const sentence = [who, where, when].filter((part) => part !== "").join(" ");
  return turn % 6 === 5 ? `a storybook picture of ${sentence}` : sentence;
}
