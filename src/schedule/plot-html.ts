/** The plot as one page that opens anywhere, without a network: the SVG, the values behind it, and a cursor that reads them. */

import { escapeXml, inlineJson } from "../plot/page.ts";
import { type Plot, plotSvg } from "./plot-svg.ts";

/** @returns a whole HTML document */
export function plotHtml(plot: Plot): string {
  const { svg, geometry } = plotSvg(plot);
  const curves = plot.panels.flatMap((panel) => panel.curves);
  const data = {
    ...geometry,
    fps: plot.fps,
    frames: plot.plan.length,
    values: curves.map(({ values }) => Array.from(values, (value) => Number(value.toPrecision(6)))),
    prompts: plot.plan
      .filter(({ promptKey }, index) => promptKey !== plot.plan[index - 1]?.promptKey)
      .map(({ frame, prompts }) => ({ frame, text: prompts.at(-1)!.text })),
  };
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(plot.title)} – curves</title>
<style>${STYLE}</style>
<main>${svg}<div id="values" hidden></div></main>
<p>Move over the plot, or use ← and → (with Shift ten frames) to read values.</p>
<script type="application/json" id="data">${inlineJson(data)}</script>
<script>${SCRIPT}</script>
</html>
`;
}

const STYLE = `
body{margin:0;background:#fff;color:#6a7386;font:13px Inter,"Helvetica Neue",Helvetica,Arial,sans-serif}
main{position:relative;max-width:1400px;margin:auto}svg{display:block;width:100%;height:auto;touch-action:none}p{text-align:center;margin:0 0 24px}
#cursor line{stroke:#8892a6}#cursor circle{stroke:#fff;stroke-width:1.5}
#values{position:absolute;pointer-events:none;background:#fffffff2;border:1px solid #d5dae5;border-radius:8px;box-shadow:0 6px 24px #10182824;padding:10px 12px;color:#1a2030;max-width:300px;font-size:12.5px;line-height:1.55}
#values table{border-spacing:0}#values td:last-child{text-align:right;padding-left:18px;font-variant-numeric:tabular-nums;font-weight:600}#values i{color:#6a7386;font-style:normal}
@media (prefers-color-scheme:dark){body{background:#14161c;color:#939db2}#cursor circle{stroke:#14161c}#values{background:#1d2129f2;border-color:#353c4a;color:#eef1f7;box-shadow:0 6px 24px #0008}#values i{color:#939db2}}
`;

/** Runs in the page. Texts get in as text, never as markup. */
const SCRIPT = `
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const svg = document.querySelector("svg"), box = document.getElementById("values");
const make = (name, facts) => { const e = document.createElementNS("http://www.w3.org/2000/svg", name); for (const k in facts) e.setAttribute(k, facts[k]); return e; };
const cursor = svg.appendChild(make("g", { id: "cursor", visibility: "hidden" }));
const line = cursor.appendChild(make("line", { y1: data.top + 22, y2: data.bottom + 4 }));
const dots = data.curves.map((c) => cursor.appendChild(make("circle", { r: 4.5, fill: c.color })));
let frame = -1;
function show(next) {
  frame = Math.max(0, Math.min(data.frames - 1, next));
  const x = data.left + (frame / Math.max(1, data.frames - 1)) * (data.right - data.left);
  line.setAttribute("x1", x); line.setAttribute("x2", x);
  const rows = document.createElement("table");
  data.curves.forEach((c, i) => {
    const value = data.values[i][frame];
    dots[i].setAttribute("cx", x);
    dots[i].setAttribute("cy", c.bottom - ((value - c.low) / (c.high - c.low)) * (c.bottom - c.top));
    const row = rows.insertRow(), name = row.insertCell();
    name.textContent = c.name; name.style.color = c.color;
    row.insertCell().textContent = String(Number(value.toPrecision(5)));
  });
  const head = document.createElement("b"); head.textContent = "frame " + frame + " ";
  const time = document.createElement("i"); time.textContent = (frame / data.fps).toFixed(2) + " s";
  const prompt = document.createElement("div"); prompt.textContent = (data.prompts.findLast((p) => p.frame <= frame) || { text: "" }).text;
  box.replaceChildren(head, time, rows, prompt);
  cursor.setAttribute("visibility", "visible"); box.hidden = false;
  const scale = svg.clientWidth / data.width, at = x * scale;
  const left = at + 16 + box.offsetWidth > svg.clientWidth ? at - 16 - box.offsetWidth : at + 16;
  box.style.left = Math.max(4, left) + "px";
  const top = Math.max(window.scrollY - svg.getBoundingClientRect().top - window.scrollY + 12, data.top * scale + 28);
  box.style.top = top + "px";
}
svg.addEventListener("pointermove", (event) => {
  const place = (event.clientX - svg.getBoundingClientRect().left) * (data.width / svg.clientWidth);
  show(Math.round(((place - data.left) / (data.right - data.left)) * (data.frames - 1)));
});
svg.addEventListener("pointerleave", () => { cursor.setAttribute("visibility", "hidden"); box.hidden = true; });
addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step) { show(Math.max(0, frame) + step * (event.shiftKey ? 10 : 1)); event.preventDefault(); }
});
`;
