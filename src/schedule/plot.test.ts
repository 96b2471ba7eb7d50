import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { curvePanels } from "./curve-panels.ts";
import { planFrames } from "./plan.ts";
import { plotHtml } from "./plot-html.ts";
import { linearScale, paddedRange } from "../plot/scale.ts";
import { plotSvg, type Plot } from "./plot-svg.ts";

function plotOf(yaml: string, all = false): Plot {
  const { settings } = loadSettings({
    file: "a.yaml",
    text: `seed: 1\nfps: 10\n${yaml.startsWith("frames") ? "" : "frames: 31\n"}${yaml}`,
  });
  return {
    title: settings.name,
    plan: planFrames(settings),
    fps: settings.fps,
    panels: curvePanels(settings, all),
  };
}

const MOVE = `prompts: { 0: a cat, 20: "a <b>dog</b> & more" }
motion: { translation_x: "0:(0), 10:(5), 99:(9)", translation_y: { 0: 1, 2s: 3 }, zoom: 1.5 }
strength: 0.5 + 0.1*sin(t)
`;

describe("curve panels", () => {
  it("show what changes, the axes of a translation together, with the keys inside the animation", () => {
    const { panels } = plotOf(MOVE);
    expect(panels.map(({ title, curves }) => [title, curves.map(({ name }) => name)])).toEqual([
      ["strength", ["strength"]],
      ["motion.translation", ["motion.translation_x", "motion.translation_y"]],
    ]);
    const [strength, move] = panels;
    expect(strength!.curves[0]!.keys).toEqual([{ frame: 0, kind: "formula" }]);
    expect(move!.curves.map(({ keys }) => keys.map(({ frame }) => frame))).toEqual([
      [0, 10],
      [0, 20],
    ]);
    expect(move!.curves[0]!.values[5]).toBe(2.5);
  });

  it("show constants too when all are asked for", () => {
    const titles = plotOf(MOVE, true).panels.map(({ title }) => title);
    expect(titles).toContain("motion.zoom");
    expect(titles).toContain("guidance_scale");
    expect(titles).not.toContain("seed_schedule");
  });

  it("keep curves of very different heights apart", () => {
    const { panels } = plotOf(
      'prompts: a\nmotion: { rotation_3d_x: "0:(0), 30:(90)", rotation_3d_y: "0:(0), 30:(1)" }',
    );
    expect(panels.map(({ title }) => title)).toEqual(["motion.rotation_3d_x", "motion.rotation_3d_y"]);
  });

  it("name LoRAs by their names", () => {
    const { panels } = plotOf('prompts: a\nloras: [{ name: comic-outlines, weight: "0:(0), 30:(1)" }]');
    expect(panels[0]!.curves[0]!.name).toBe("loras.comic-outlines");
  });
});

describe("the SVG", () => {
  it("has a path per curve through every frame, a mark per key, and a band per prompt", () => {
    const { svg } = plotSvg(plotOf(MOVE));
    const paths = [...svg.matchAll(/class="curve"[^>]* d="M([^"]*)"/g)].map(
      ([, points]) => points!.split("L").length,
    );
    expect(paths).toEqual([31, 31, 31]);
    expect(svg.match(/class="key"/g)).toHaveLength(4);
    expect(svg.match(/class="key hollow"/g)).toHaveLength(1);
    expect(svg.match(/class="band[" ]/g)).toHaveLength(2);
  });

  it("puts a value where the geometry says", () => {
    const { svg, geometry } = plotSvg(plotOf(MOVE));
    const curve = geometry.curves.find(({ name }) => name === "motion.translation_x")!;
    const x = geometry.left + (10 / 30) * (geometry.right - geometry.left);
    const y = curve.bottom - ((5 - curve.low) / (curve.high - curve.low)) * (curve.bottom - curve.top);
    expect(svg).toContain(`cx="${Math.round(x * 10) / 10}" cy="${Math.round(y * 10) / 10}"`);
  });

  it("keeps texts text", () => {
    const plot = plotOf(MOVE);
    for (const document of [plotSvg(plot).svg, plotHtml({ ...plot, title: "</script><script>alert(1)" })]) {
      expect(document).not.toContain("<b>dog");
      expect(document).not.toContain("<script>alert");
    }
  });

  it("draws one frame, nothing that changes, and 100,000 frames in a small file", () => {
    expect(plotSvg(plotOf("frames: 1\nprompts: a", true)).svg).not.toMatch(/NaN|Infinity/);
    expect(plotSvg(plotOf("prompts: a")).svg).toContain("No schedule changes over time");
    const { svg } = plotSvg(plotOf("frames: 100000\nprompts: a\nstrength: 0.5+0.4*sin(t)"));
    expect(svg.length).toBeLessThan(60_000);
  });
});

describe("the HTML page", () => {
  it("stands alone and holds the values of every curve in the order of the geometry", () => {
    const plot = plotOf(MOVE);
    const html = plotHtml(plot);
    expect(html).not.toMatch(/(?:src|href)=|https?:\/\/(?!www\.w3\.org)/);
    const json: unknown = JSON.parse(
      /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!,
    );
    expect(json).toMatchObject({
      frames: 31,
      prompts: [
        { frame: 0, text: "a cat" },
        { frame: 20, text: "a <b>dog</b> & more" },
      ],
    });
    const { curves, values } = json as { curves: { name: string }[]; values: number[][] };
    expect(curves.map(({ name }) => name)).toEqual(
      plot.panels.flatMap((panel) => panel.curves.map(({ name }) => name)),
    );
    expect(values[1]![5]).toBe(2.5);
  });
});

describe("scales", () => {
  it("tick at round numbers inside the range", () => {
    expect(linearScale(-0.2, 3.4, 100, 0, 4).ticks).toEqual([0, 1, 2, 3]);
    expect(linearScale(0, 300, 0, 1, 10).ticks.at(-1)).toBe(300);
    expect(linearScale(0.011, 0.029, 0, 1, 4).ticks).toEqual([0.015, 0.02, 0.025]);
  });

  it("leave room around constants", () => {
    expect(paddedRange([Float64Array.of(4, 4)])).toEqual([2, 6]);
    expect(paddedRange([Float64Array.of(0)])).toEqual([-0.5, 0.5]);
  });
});
