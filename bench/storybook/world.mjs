/**
 * The scenes that the embedded model is asked for, told in the ways in which it was taught (training/captions.py), as data.
 *
 * In every list of wordings `{}` is the color. Places with `{light}` tell the light themselves.
 */

/** Settings that bring a light of their own: none is told there, so none is judged. */
export const OWN_LIGHT = ["neon", "storm", "space"];

const ALL = ["sky", "city", "neon", "mountains", "storm", "sea", "hills", "space"];

/** What to draw: how the classifier calls it, which colors it comes in, where it is found, and how that is told. */
export const KINDS = {
  hero: {
    subject: "superhero",
    colors: ["red", "blue", "green", "yellow", "purple"],
    settings: ALL,
    told: ["a superhero with a {} cape", "a hero in a {} cape", "the flying superhero with a {} cape"],
    verbs: ["flies", "soars", "rushes", "flying"],
  },
  swoop: {
    subject: "superhero",
    colors: ["red", "blue", "green", "purple"],
    settings: ["sky", "city", "neon", "mountains", "storm"],
    told: ["a superhero with a {} cape", "a superhero in a {} cape", "the hero with a {} cape"],
    verbs: ["swoops down", "dives down", "swooping down"],
  },
  dragon: {
    subject: "dragon",
    colors: ["green", "red", "purple"],
    settings: ALL,
    told: ["a {} dragon", "the {} dragon"],
    verbs: ["flies", "soars", "flying"],
  },
  rocket: {
    subject: "rocket",
    colors: ["red", "blue"],
    settings: ALL,
    told: ["a {} rocket", "the {} rocket"],
    verbs: ["flies", "rises", "starts"],
  },
  balloon: {
    subject: "balloon",
    colors: ["red", "blue", "orange"],
    settings: ALL,
    told: ["a {} hot air balloon", "a {} balloon", "the {} hot air balloon"],
    verbs: ["floats", "flies", "drifts"],
  },
  castle: {
    subject: "castle",
    colors: ["red", "blue"],
    settings: ["sky", "mountains", "hills"],
    told: ["a castle with {} roofs", "a castle with {} towers"],
    verbs: ["stands", "rises"],
  },
  bird: {
    subject: "bird",
    colors: ["white", "red", "blue"],
    settings: ALL,
    told: ["a {} bird", "the {} bird"],
    verbs: ["flies", "soars", "gliding"],
  },
  landscape: { subject: "none", colors: ["none"], settings: ALL, told: [""], verbs: [""] },
};

export const PLACES = {
  sky: ["through a {light} sky with clouds", "above the clouds", "over a sea of clouds"],
  city: ["over a city", "over the city with its lights below", "over the towers of a city"],
  neon: ["over a neon city", "over a city of the future full of neon", "over a cyberpunk city"],
  mountains: ["over mountains", "above snowy mountains", "over snowy peaks"],
  storm: ["through storm and smoke", "in a storm with lightning", "through dark storm clouds and smoke"],
  sea: ["over the sea", "over the ocean", "over the waves of the sea"],
  hills: ["over green hills", "above green hills with trees", "over green fields and trees"],
  space: ["in space", "in space with a planet", "through outer space"],
};

/** Where a castle stands, which does not fly. */
export const GROUNDS = {
  sky: ["above the clouds", "in a {light} sky with clouds"],
  mountains: ["in the mountains", "in front of snowy mountains"],
  hills: ["on green hills", "in green hills with trees"],
};

/** A landscape alone. */
export const LANDSCAPES = {
  sky: ["clouds in the sky", "a {light} sky with clouds"],
  city: ["a city", "a city skyline"],
  neon: ["a neon city", "a city of the future full of neon"],
  mountains: ["snowy mountains", "mountains"],
  storm: ["storm and smoke", "dark storm clouds and lightning"],
  sea: ["the sea", "waves of the sea"],
  hills: ["green hills", "green hills with trees"],
  space: ["a planet in space", "stars and a planet"],
};

/** Behind a place, and as an adjective of a sky. */
export const LIGHTS = {
  day: { told: ["on a sunny day", "under a clear blue sky", "by day"], adjectives: ["sunny", "clear blue"] },
  sunset: { told: ["at sunset", "in the evening", "under a red sunset sky"], adjectives: ["sunset"] },
  night: { told: ["at night", "under the moon", "by moonlight"], adjectives: ["night", "dark night"] },
};
