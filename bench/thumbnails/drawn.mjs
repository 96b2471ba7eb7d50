/** Drawn scenes of many kinds, each a function of its seed, as SVG. */

import sharp from "sharp";
import { chance } from "./chance.mjs";

/** Sky above and below, light, ground, and what stands on it. */
const LIGHTS = [
  {
    sky: ["#3f8fe8", "#bfe3ff"],
    light: "#fff2a8",
    ground: ["#4c8f55", "#376b3f", "#7aa65a"],
    dark: "#2b3b52",
  },
  {
    sky: ["#7a2f6b", "#ffb25e"],
    light: "#ffe08a",
    ground: ["#6d4550", "#4a2f45", "#8a5a4c"],
    dark: "#2a1c30",
  },
  {
    sky: ["#0b1030", "#1f2f66"],
    light: "#f1eed8",
    ground: ["#16203a", "#0f172b", "#223055"],
    dark: "#080c18",
  },
  {
    sky: ["#5d626d", "#a3a8b0"],
    light: "#d5d8dd",
    ground: ["#50565f", "#3d434c", "#6a7078"],
    dark: "#262a30",
  },
  {
    sky: ["#d8e4ea", "#f2f5f2"],
    light: "#ffffff",
    ground: ["#b8c7c4", "#9db1ad", "#cfd9d4"],
    dark: "#5d7470",
  },
  {
    sky: ["#12355b", "#2f9fb5"],
    light: "#c8fff0",
    ground: ["#1f5d6b", "#154754", "#2f7f7a"],
    dark: "#0b2430",
  },
];
const BRIGHT = [
  "#e23b3b",
  "#2f6fe0",
  "#f2b233",
  "#3fae5a",
  "#8a4fd0",
  "#ef7fb0",
  "#f5f0e6",
  "#e8742c",
  "#24b6b0",
];

const THEMES = { landscape, city, hero, object, face, page, space, title, room, shapes, sea, silhouette };

/** A scene of `width × height` pixels. */
export async function drawScene(seed, width, height) {
  const dice = chance(seed, "drawn scene");
  const theme = dice.pick(Object.keys(THEMES));
  const body = THEMES[theme]({
    dice,
    width,
    height,
    unit: Math.min(width, height) / 100,
    tones: dice.pick(LIGHTS),
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`;
  const data = await sharp(Buffer.from(svg)).flatten({ background: "#000" }).raw().toBuffer();
  return { width, height, data };
}

function sky({ width, height, tones, dice }) {
  const id = `s${dice.whole(0, 1e6)}`;
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${tones.sky[0]}"/>
    <stop offset="1" stop-color="${tones.sky[1]}"/></linearGradient><rect width="${width}" height="${height}" fill="url(#${id})"/>`;
}

function sun({ width, height, unit, tones, dice }) {
  return circle(
    dice.between(0.1, 0.9) * width,
    dice.between(0.1, 0.4) * height,
    dice.between(5, 14) * unit,
    tones.light,
  );
}

function clouds({ width, height, unit, dice }, count) {
  const one = () => {
    const [x, y] = [dice.between(0, width), dice.between(0.05, 0.5) * height];
    const puffs = Array.from({ length: dice.whole(3, 6) }, (_, n) =>
      circle(
        x + n * 5 * unit,
        y + dice.between(-3, 3) * unit,
        dice.between(4, 8) * unit,
        "#ffffff",
        dice.between(0.5, 0.95),
      ),
    );
    return puffs.join("");
  };
  return Array.from({ length: count }, one).join("");
}

function hills({ width, height, tones, dice }, layers) {
  return Array.from({ length: layers }, (_, layer) => {
    const base = (0.45 + (0.45 * layer) / layers) * height;
    const steps = dice.whole(4, 14);
    const points = Array.from(
      { length: steps + 1 },
      (__, n) => `${(n * width) / steps} ${base + dice.between(-0.15, 0.12) * height}`,
    );
    return `<path d="M${points.join("L")}L${width} ${height}L0 ${height}Z" fill="${tones.ground[layer % 3]}"/>`;
  }).join("");
}

function landscape(scene) {
  const { dice, width, height, unit, tones } = scene;
  const trees = Array.from({ length: dice.whole(0, 14) }, () => {
    const [x, y, size] = [
      dice.between(0, width),
      dice.between(0.7, 0.95) * height,
      dice.between(5, 14) * unit,
    ];
    return `<path d="M${x} ${y - 2 * size}L${x - size * 0.6} ${y}H${x + size * 0.6}Z" fill="${tones.dark}"/>`;
  });
  return (
    sky(scene) +
    sun(scene) +
    clouds(scene, dice.whole(0, 4)) +
    hills(scene, dice.whole(2, 4)) +
    trees.join("")
  );
}

function city(scene) {
  const { dice, width, height, unit, tones } = scene;
  const lit = dice.pick(["#ffe27a", "#cfe8ff", "#7affea", "#ff7ad0"]);
  let towers = "";
  for (let x = -2 * unit; x < width;) {
    const across = dice.between(8, 24) * unit;
    const top = dice.between(0.15, 0.7) * height;
    towers += `<rect x="${x}" y="${top}" width="${across}" height="${height}" fill="${dice.pick([tones.dark, ...tones.ground])}"/>`;
    for (let wx = x + 2 * unit; wx < x + across - 2 * unit; wx += 4 * unit) {
      for (let wy = top + 3 * unit; wy < height; wy += 5 * unit) {
        if (dice.happens(0.6))
          towers += `<rect x="${wx}" y="${wy}" width="${2 * unit}" height="${2.6 * unit}" fill="${lit}"/>`;
      }
    }
    x += across + dice.between(0, 5) * unit;
  }
  return sky(scene) + sun(scene) + towers;
}

function hero(scene) {
  const { dice, width, height, unit } = scene;
  const [x, y, size] = [
    dice.between(0.3, 0.7) * width,
    dice.between(0.35, 0.65) * height,
    dice.between(14, 30) * unit,
  ];
  const [suit, cape] = [dice.pick(BRIGHT), dice.pick(BRIGHT)];
  const figure = `<g transform="translate(${x} ${y}) rotate(${dice.between(-60, 60)}) scale(${size / 10})">
    <path d="M-4 -3L-14 8L-6 12L4 -2Z" fill="${cape}"/><ellipse rx="4" ry="8" fill="${suit}"/><circle cy="-11" r="3.6" fill="#e8b98f"/>
    <path d="M3 -5L12 -12L13 -10L4 -1Z" fill="${suit}"/><path d="M-2 7L-4 18H0L1 8Z" fill="${suit}"/></g>`;
  const back = dice.happens(0.5) ? hills(scene, 2) : city(scene);
  return sky(scene) + clouds(scene, dice.whole(1, 4)) + back + figure;
}

function object(scene) {
  const { dice, width, height, unit, tones } = scene;
  const [x, y, r] = [
    dice.between(0.3, 0.7) * width,
    dice.between(0.35, 0.6) * height,
    dice.between(14, 26) * unit,
  ];
  const color = dice.pick(BRIGHT);
  const other = dice.pick(BRIGHT);
  const things = [
    `${circle(x, y, r, color)}<ellipse cx="${x}" cy="${y}" rx="${r / 3}" ry="${r}" fill="${other}"/>
     <rect x="${x - r / 5}" y="${y + 1.3 * r}" width="${r / 2.5}" height="${r / 3}" fill="#7a5230"/>
     <path d="M${x - r / 2} ${y + 0.85 * r}L${x - r / 5} ${y + 1.3 * r}M${x + r / 2} ${y + 0.85 * r}L${x + r / 5} ${y + 1.3 * r}" stroke="${tones.dark}" stroke-width="${unit}"/>`,
    `<path d="M${x} ${y - 1.4 * r}Q${x + r * 0.6} ${y - r / 2} ${x + r * 0.4} ${y + r}H${x - r * 0.4}Q${x - r * 0.6} ${y - r / 2} ${x} ${y - 1.4 * r}Z" fill="${color}"/>
     ${circle(x, y - r / 3, r / 5, other)}<path d="M${x - r * 0.3} ${y + r}L${x} ${y + 1.9 * r}L${x + r * 0.3} ${y + r}Z" fill="#ffb52e"/>`,
    `<rect x="${x - r}" y="${y - r / 3}" width="${2 * r}" height="${1.4 * r}" fill="#9c9489"/><path d="M${x - r} ${y - r / 3}L${x - 0.7 * r} ${y - 1.3 * r}L${x - 0.4 * r} ${y - r / 3}ZM${x + r} ${y - r / 3}L${x + 0.7 * r} ${y - 1.3 * r}L${x + 0.4 * r} ${y - r / 3}Z" fill="${color}"/>
     <rect x="${x - r / 5}" y="${y + r / 2}" width="${r / 2.5}" height="${r / 1.8}" fill="${tones.dark}"/>`,
    `<rect x="${x - r}" y="${y}" width="${2 * r}" height="${r / 2}" rx="${r / 6}" fill="${color}"/><path d="M${x - r / 2} ${y}L${x - r / 3} ${y - r / 2}H${x + r / 3}L${x + r / 2} ${y}Z" fill="${other}"/>
     ${circle(x - r / 2, y + r / 2, r / 4, "#22262c")}${circle(x + r / 2, y + r / 2, r / 4, "#22262c")}`,
  ];
  const back = dice.happens(0.6) ? hills(scene, dice.whole(1, 3)) : clouds(scene, 3);
  return sky(scene) + back + dice.pick(things) + (height > width ? sun(scene) : "");
}

function face(scene) {
  const { dice, width, height, unit } = scene;
  const [x, y, r] = [dice.between(0.35, 0.65) * width, 0.5 * height, dice.between(24, 40) * unit];
  const skin = dice.pick(["#f2c9a1", "#c98d5e", "#8a5a3a", "#a7d86b", "#f5e04f"]);
  const eye = (side) =>
    circle(x + side * 0.36 * r, y - 0.15 * r, 0.2 * r, "#fff") +
    circle(x + side * 0.33 * r, y - 0.12 * r, 0.09 * r, "#1d2430");
  const smile = `<path d="M${x - 0.4 * r} ${y + 0.35 * r}Q${x} ${y + dice.between(0.3, 0.9) * r} ${x + 0.4 * r} ${y + 0.35 * r}Z" fill="#7c1f2b"/>`;
  const hair = `<path d="M${x - r} ${y - 0.2 * r}Q${x} ${y - 1.9 * r} ${x + r} ${y - 0.2 * r}Q${x} ${y - 0.9 * r} ${x - r} ${y - 0.2 * r}Z" fill="${dice.pick(BRIGHT)}"/>`;
  const back = `<rect width="${width}" height="${height}" fill="${dice.pick(BRIGHT)}"/>`;
  return (dice.happens(0.5) ? back : sky(scene)) + circle(x, y, r, skin) + hair + eye(-1) + eye(1) + smile;
}

/** Outlines and a few colors on paper. */
function page(scene) {
  const { dice, width, height, unit } = scene;
  const ink = `stroke="#20242b" stroke-width="${dice.between(0.8, 2) * unit}"`;
  const parts = Array.from({ length: dice.whole(5, 10) }, () => {
    const [x, y, r] = [
      dice.between(0.1, 0.9) * width,
      dice.between(0.15, 0.85) * height,
      dice.between(7, 22) * unit,
    ];
    const fill = dice.happens(0.7) ? dice.pick(BRIGHT) : "none";
    return dice.happens(0.5)
      ? `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" ${ink}/>`
      : `<path d="M${x} ${y}q${r} ${-r} ${2 * r} 0t${-r} ${r}Z" fill="${fill}" ${ink}/>`;
  });
  return `<rect width="${width}" height="${height}" fill="${dice.pick(["#ffffff", "#f7f1e1", "#eef3f7"])}"/>${parts.join("")}`;
}

function space(scene) {
  const { dice, width, height, unit } = scene;
  const stars = Array.from({ length: dice.whole(30, 120) }, () =>
    circle(
      dice.between(0, width),
      dice.between(0, height),
      dice.between(0.2, 0.9) * unit,
      "#ffffff",
      dice.between(0.4, 1),
    ),
  );
  const [x, y, r] = [
    dice.between(0.2, 0.8) * width,
    dice.between(0.3, 0.7) * height,
    dice.between(14, 32) * unit,
  ];
  const color = dice.pick(BRIGHT);
  const planet = `${circle(x, y, r, color)}<ellipse cx="${x - r / 4}" cy="${y - r / 4}" rx="${r / 2}" ry="${r / 6}" fill="#ffffff" opacity="0.35"/>
    <ellipse cx="${x}" cy="${y}" rx="${1.7 * r}" ry="${r / 4}" fill="none" stroke="${dice.pick(BRIGHT)}" stroke-width="${2 * unit}"/>`;
  return `<rect width="${width}" height="${height}" fill="${dice.pick(["#05060d", "#0a0a1e", "#120a24"])}"/>${stars.join("")}${planet}`;
}

function title(scene) {
  const { dice, width, height, unit } = scene;
  const words = dice.pick(["EPISODE 7", "HOW IT FLIES", "THE END?", "TOP 10", "Night City", "NEW WORLD"]);
  const text = `<text x="${width / 2}" y="${dice.between(0.35, 0.7) * height}" text-anchor="middle" font-family="sans-serif" font-weight="bold"
    font-size="${(dice.between(0.1, 0.16) * width).toFixed(1)}" fill="${dice.pick(["#ffffff", "#ffe14a", "#101418"])}" stroke="#101418" stroke-width="${unit / 2}">${words}</text>`;
  return landscape(scene) + text;
}

function room(scene) {
  const { dice, width, height, unit } = scene;
  const wall = dice.pick(["#c9b79a", "#8fa7b5", "#5a4c5e", "#d8d2c4"]);
  const floor = dice.pick(["#7a5230", "#4a3b30", "#9a8b74"]);
  const [x, w] = [dice.between(0.1, 0.6) * width, 30 * unit];
  const lines = Array.from(
    { length: 8 },
    (_, n) =>
      `<path d="M${(n * width) / 7} ${0.7 * height}L${(n * 2 - 3.5) * width * 0.3} ${height}" stroke="#00000055" stroke-width="${unit / 2}"/>`,
  );
  return `<rect width="${width}" height="${height}" fill="${wall}"/><rect y="${0.7 * height}" width="${width}" height="${height}" fill="${floor}"/>${lines.join("")}
    <rect x="${x}" y="${0.15 * height}" width="${w}" height="${0.35 * height}" fill="${scene.tones.sky[1]}" stroke="#f4f0e8" stroke-width="${2 * unit}"/>
    <path d="M${x + w / 2} ${0.15 * height}v${0.35 * height}" stroke="#f4f0e8" stroke-width="${unit}"/>
    <rect x="${dice.between(0.2, 0.6) * width}" y="${0.62 * height}" width="${40 * unit}" height="${4 * unit}" fill="${dice.pick(BRIGHT)}"/>
    ${circle(dice.between(0.2, 0.8) * width, 0.55 * height, 7 * unit, dice.pick(BRIGHT))}`;
}

function shapes({ dice, width, height }) {
  const one = () => {
    const points = Array.from(
      { length: 3 },
      () => `${dice.between(-0.1, 1.1) * width} ${dice.between(-0.1, 1.1) * height}`,
    );
    return `<path d="M${points.join("L")}Z" fill="${dice.pick(BRIGHT)}" opacity="${dice.between(0.5, 1)}"/>`;
  };
  return `<rect width="${width}" height="${height}" fill="${dice.pick(BRIGHT)}"/>${Array.from({ length: dice.whole(8, 24) }, one).join("")}`;
}

function sea(scene) {
  const { dice, width, height, unit, tones } = scene;
  const waves = Array.from({ length: dice.whole(5, 12) }, (_, n) => {
    const y = (0.5 + 0.05 * n) * height;
    return `<path d="M0 ${y}${Array.from({ length: 8 }, () => `q${width / 16} ${-dice.between(1, 5) * unit} ${width / 8} 0`).join("")}V${height}H0Z" fill="${n % 2 === 0 ? "#1f6fa8" : "#2a86bd"}" opacity="0.8"/>`;
  });
  const [x, y] = [dice.between(0.2, 0.7) * width, 0.5 * height];
  const ship = `<path d="M${x} ${y}h${30 * unit}l${-6 * unit} ${9 * unit}h${-18 * unit}Z" fill="${dice.pick(BRIGHT)}"/><path d="M${x + 14 * unit} ${y - unit}v${-28 * unit}l${13 * unit} ${24 * unit}Z" fill="#f4f0e8" stroke="${tones.dark}"/>`;
  return sky(scene) + sun(scene) + clouds(scene, 2) + ship + waves.join("");
}

function silhouette(scene) {
  const { dice, width, height, unit } = scene;
  const [x, y] = [dice.between(0.25, 0.75) * width, 0.8 * height];
  const person = `${circle(x, y - 34 * unit, 5 * unit, "#0c0a12")}<path d="M${x - 6 * unit} ${y - 28 * unit}h${12 * unit}l${3 * unit} ${30 * unit}h${-18 * unit}Z" fill="#0c0a12"/>`;
  return (
    sky(scene) +
    sun(scene) +
    `<path d="M0 ${y}Q${width / 2} ${y - dice.between(-8, 8) * unit} ${width} ${y}V${height}H0Z" fill="#0c0a12"/>` +
    person
  );
}

function circle(x, y, r, fill, opacity = 1) {
  return `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" opacity="${opacity}"/>`;
}
