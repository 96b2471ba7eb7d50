/** The scores against their definitions, and the duds against drawn scenes. */
import * as fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { randomStream } from "../tensor/random.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import { scoreFrame } from "./score.ts";

function paint(width: number, height: number, color: (x: number, y: number) => readonly number[]): ByteImage {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(color(x, y), 3 * (y * width + x));
  }
  return { width, height, data };
}

const solid = (red: number, green = red, blue = red) => paint(64, 48, () => [red, green, blue]);

/** A storybook scene: sky, sun, mountains, a tower with windows. */
async function scene(variant: {
  sky: string;
  sun: string;
  hills: string;
  lights: string;
}): Promise<ByteImage> {
  const { sky, sun, hills, lights } = variant;
  const windows = Array.from(
    { length: 12 },
    (_, index) =>
      `<rect x="${150 + (index % 3) * 14}" y="${100 + Math.floor(index / 3) * 22}" width="6" height="9" fill="${lights}"/>`,
  ).join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">
    <rect width="256" height="256" fill="${sky}"/><circle cx="70" cy="60" r="28" fill="${sun}"/>
    <path d="M0 200L60 130L110 190L180 110L256 190V256H0Z" fill="${hills}"/>
    <rect x="140" y="90" width="56" height="140" fill="#333c55"/>${windows}</svg>`;
  const { data } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: 256, height: 256, data };
}

const SCENES = {
  day: await scene({ sky: "#6bb5ff", sun: "#ffe45c", hills: "#4c8f55", lights: "#cfe8ff" }),
  sunset: await scene({ sky: "#d9606e", sun: "#ffd36b", hills: "#6d4550", lights: "#ffe27a" }),
  night: await scene({ sky: "#0b1030", sun: "#e8e8d8", hills: "#10182c", lights: "#ffdf70" }),
  storm: await scene({ sky: "#70737c", sun: "#878a92", hills: "#565a63", lights: "#9a9da6" }),
};

async function blurred(image: ByteImage, sigma: number): Promise<ByteImage> {
  return { ...image, data: await fromRgbBytes(image).blur(sigma).raw().toBuffer() };
}

/** Nine tenths of the way to a gray level. */
function fade(image: ByteImage, level: number): ByteImage {
  return { ...image, data: image.data.map((value) => 0.1 * value + 0.9 * level) };
}

function noisy(image: ByteImage, amplitude: number): ByteImage {
  const noise = randomStream(3, "test noise");
  const data = Uint8ClampedArray.from(image.data, (value) => value + (2 * noise.uniform() - 1) * amplitude);
  return { ...image, data: new Uint8Array(data.buffer) };
}

/** A stage: a share of it is lit, the rest black. */
const lit = (share: number) =>
  paint(320, 180, (x, y) => {
    const isLit = x < 320 * share;
    return isLit ? [200, 80 + 100 * ((x >> 3) & 1), 60 + 60 * ((y >> 3) & 1)] : [0, 0, 0];
  });

describe("the numbers", () => {
  it("of a uniform picture are its brightness and nothing else", () => {
    for (const level of [0, 51, 128, 255]) {
      const { sharpness, contrast, brightness, colorfulness, noisiness } = scoreFrame(solid(level));
      expect(brightness).toBeCloseTo(level / 255, 5);
      for (const value of [sharpness, contrast, colorfulness, noisiness]) expect(value).toBeCloseTo(0, 3);
    }
  });

  it("weigh red, green and blue as Rec. 601 does", () => {
    expect(scoreFrame(solid(255, 0, 0)).brightness).toBeCloseTo(0.299, 5);
    expect(scoreFrame(solid(0, 255, 0)).brightness).toBeCloseTo(0.587, 5);
    expect(scoreFrame(solid(0, 0, 255)).brightness).toBeCloseTo(0.114, 5);
  });

  it("call half black, half white the highest contrast, all of it clipped", () => {
    const { contrast, clipped, brightness } = scoreFrame(
      paint(64, 64, (x) => Array(3).fill(x < 32 ? 0 : 255)),
    );
    expect(contrast).toBeCloseTo(0.5, 5);
    expect(brightness).toBeCloseTo(0.5, 5);
    expect(clipped).toBe(1);
  });

  it("give the variance of the Laplacian: of one step of height h in a row of n inner pixels it is 2h²/n", () => {
    const step = paint(66, 66, (x) => Array(3).fill(x < 33 ? 100 : 150));
    expect(scoreFrame(step).sharpness).toBeCloseTo((2 * 50 ** 2) / 64, 3);
  });

  it("give the colorfulness of Hasler and Süsstrunk", () => {
    // Pure red: rg = 255, yb = 127.5, no spread, so 0.3 √(255² + 127.5²).
    expect(scoreFrame(solid(255, 0, 0)).colorfulness).toBeCloseTo(0.3 * Math.hypot(255, 127.5), 4);
    // Half red, half green: rg = ±255, yb = 127.5 everywhere.
    const halves = paint(64, 64, (x) => (x < 32 ? [255, 0, 0] : [0, 255, 0]));
    expect(scoreFrame(halves).colorfulness).toBeCloseTo(255 + 0.3 * 127.5, 4);
  });

  it("put white noise at 20/24, the energies of the two kernels", () => {
    const noise = randomStream(1, "test noise");
    const picture = paint(256, 256, () => Array(3).fill(noise.uniform() * 255));
    expect(scoreFrame(picture).noisiness).toBeCloseTo(20 / 24, 1);
  });

  it("do not depend on the size of the picture beyond 320 pixels", async () => {
    const normal = await fromRgbBytes(SCENES.day).resize(320, 320).raw().toBuffer();
    const image = { width: 320, height: 320, data: normal };
    const large = await fromRgbBytes(image).resize(1280, 1280, { kernel: "nearest" }).raw().toBuffer();
    const [small, big] = [scoreFrame(image), scoreFrame({ width: 1280, height: 1280, data: large })];
    expect(big.sharpness).toBeCloseTo(small.sharpness, 1);
    expect(big.contrast).toBeCloseTo(small.contrast, 4);
    expect(big.hash).toBe(small.hash);
  });

  it("exist for pictures of any size and content", () => {
    const image = fc
      .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 12 }), fc.nat(255), fc.boolean())
      .map(([long, short, level, upright]) =>
        paint(upright ? short : long, upright ? long : short, (x, y) => [
          level,
          (x * y) & 255,
          (x ^ level) & 255,
        ]),
      );
    fc.assert(
      fc.property(image, (picture) => {
        const { hash, signature, dud, ...numbers } = scoreFrame(picture);
        for (const value of Object.values(numbers)) expect(Number.isFinite(value)).toBe(true);
        expect(hash).toMatch(/^[0-9a-f]{16}$/);
        expect(signature).toHaveLength(320);
        expect([undefined, "black", "white", "flat", "blurred", "noise", "burned-out"]).toContain(dud);
      }),
      { numRuns: 200 },
    );
  });
});

describe("duds", () => {
  it.each(Object.entries(SCENES))(
    "the %s scene is none, also with a little noise or slightly soft",
    async (_, image) => {
      expect(scoreFrame(image).dud).toBeUndefined();
      expect(scoreFrame(noisy(image, 15)).dud).toBeUndefined();
      expect(scoreFrame(await blurred(image, 0.6)).dud).toBeUndefined();
    },
  );

  it.each(["day", "sunset", "night"] as const)(
    "the %s scene is blurred under a Gaussian of 4 pixels",
    async (name) => {
      expect(scoreFrame(await blurred(SCENES[name], 4)).dud).toBe("blurred");
    },
  );

  it.each(Object.entries(SCENES))("the %s scene drowns in noise", (_, image) => {
    expect(scoreFrame(noisy(image, 130)).dud).toBe("noise");
  });

  it("black, almost black, white and gray frames are named", () => {
    expect(scoreFrame(solid(0)).dud).toBe("black");
    expect(scoreFrame(noisy(solid(8), 6)).dud).toBe("black");
    expect(scoreFrame(solid(255)).dud).toBe("white");
    expect(scoreFrame(noisy(solid(252), 3)).dud).toBe("white");
    expect(scoreFrame(solid(120, 40, 90)).dud).toBe("flat");
    expect(scoreFrame(paint(256, 256, (x) => Array(3).fill(120 + x / 64))).dud).toBe("flat");
  });

  it("a scene that faded by 90 % to black or white is one", () => {
    expect(scoreFrame(fade(SCENES.sunset, 0)).dud).toBe("black");
    expect(scoreFrame(fade(SCENES.day, 255)).dud).toMatch(/white|flat/);
  });

  it("a scene in too much light is burned out, one on white paper is not", () => {
    // What lies in the corners is still seen; towards the middle the light runs over.
    const glare = paint(320, 180, (x, y) => {
      const light = 2.05 - Math.hypot(x - 160, y - 90) / 150;
      const tile = ((x >> 4) + (y >> 4)) % 2 === 0 ? 240 : 180;
      return [light * tile, light * tile * 0.98, light * tile * 0.9].map((value) => Math.min(255, value));
    });
    expect(scoreFrame(glare).dud).toBe("burned-out");
    const page = paint(320, 180, (x, y) => {
      const edge = Math.abs(Math.hypot(x - 160, y - 90) - 60);
      return edge < 2
        ? [20, 20, 20]
        : edge < 60 && Math.hypot(x - 160, y - 90) < 60
          ? [220, 60, 50]
          : [255, 255, 255];
    });
    expect(scoreFrame(page).dud).toBeUndefined();
  });

  it("a scene of which light reaches a tenth is burned out, a stage in the dark is not", () => {
    expect(scoreFrame(lit(0.1)).dud).toBe("burned-out");
    expect(scoreFrame(lit(0.4)).dud).toBeUndefined();
  });

  it.each([2, 5, 9])(
    "noise of a grain of %i pixels is noise: it has no structure at any scale",
    async (grain) => {
      const dice = randomStream(grain, "test noise");
      const size = Math.ceil(320 / grain);
      const cells = paint(size, size, () => [0, 1, 2].map(() => dice.uniform() * 255));
      const pipeline = fromRgbBytes(cells).resize(320, 320, { kernel: "cubic" });
      expect(scoreFrame({ width: 320, height: 320, data: await pipeline.raw().toBuffer() }).dud).toBe(
        "noise",
      );
    },
  );

  it("a scene that moved by 24 pixels while it was taken is blurred, a sharp subject before a soft scene is not", async () => {
    const soft = await blurred(SCENES.sunset, 5);
    const sharpSubject = paint(256, 256, (x, y) => {
      const i = 3 * (y * 256 + x);
      const isSubject = x > 90 && x < 170 && y > 70 && y < 200;
      return isSubject ? [...SCENES.day.data.subarray(i, i + 3)] : [...soft.data.subarray(i, i + 3)];
    });
    expect(scoreFrame(sharpSubject).dud).toBeUndefined();
    const moved = paint(256, 256, (x, y) => {
      const sum = [0, 0, 0];
      for (let step = -12; step < 12; step++) {
        const from = 3 * (y * 256 + Math.max(0, Math.min(255, x + step)));
        for (let c = 0; c < 3; c++) sum[c]! += SCENES.sunset.data[from + c]! / 24;
      }
      return sum;
    });
    expect(scoreFrame(moved).dud).toBe("blurred");
  });
});
