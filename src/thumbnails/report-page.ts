/** Style and script of the report, as they stand in the page. */

export const REPORT_STYLE = `
:root{--ground:#fff;--card:#f6f7fb;--ink:#1a2030;--quiet:#6a7386;--line:#e3e7ef;--gold:#c98a00;--box:#fffffff2}
@media (prefers-color-scheme:dark){:root{--ground:#14161c;--card:#1c2029;--ink:#eef1f7;--quiet:#939db2;--line:#2a303c;--gold:#ffc53d;--box:#1d2129f2}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:14px/1.5 Inter,"Helvetica Neue",Helvetica,Arial,sans-serif}
header,main{max-width:1180px;margin:auto;padding:0 24px}header{padding-top:32px}h1{font-size:26px;margin:0;overflow-wrap:anywhere}h2{font-size:17px;margin:36px 0 12px}
header p{margin:6px 0 0;color:var(--quiet)}header span+span::before{content:"·";margin:0 8px}.warning{color:#b4540a}
@media (prefers-color-scheme:dark){.warning{color:#ffb066}}
.cards{display:grid;gap:16px;align-items:start;grid-template-columns:repeat(auto-fill,minmax(170px,1fr))}.picked{grid-template-columns:repeat(auto-fill,minmax(300px,1fr));margin-bottom:28px}
figure{margin:0;background:var(--card);border-radius:10px;overflow:hidden;position:relative;border:1px solid var(--line)}.picked figure{border:2px solid var(--gold)}
img{display:block;width:100%;height:auto;max-height:70vh;object-fit:contain;background:#0003}figcaption{padding:8px 12px 10px}figcaption div{display:flex;flex-wrap:wrap;gap:0 10px;align-items:baseline}
figcaption div b:first-child{margin-right:auto}figcaption a,figcaption span{color:var(--quiet);text-decoration:none;font-variant-numeric:tabular-nums;font-size:12.5px}figcaption a:hover{text-decoration:underline}
figcaption p{margin:2px 0 0;color:var(--quiet);font-size:12.5px}ul{list-style:none;margin:6px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:4px}
li{font-size:12px;padding:1px 8px;border-radius:9px;background:var(--line)}.rank{position:absolute;top:8px;left:8px;width:26px;height:26px;border-radius:13px;background:#ffc53d;color:#2a1e00;display:grid;place-items:center;font-size:13px}
.next .rank{background:#0009;color:#fff}.reason{white-space:nowrap}.reason i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
#plot{position:relative;border:1px solid var(--line);border-radius:10px;overflow:hidden}#plot svg{display:block;width:100%;height:auto;touch-action:none}.hint{color:var(--quiet);text-align:center;margin:8px 0 0;font-size:12.5px}
#cursor{stroke:#8892a6}#values{position:absolute;top:56px;pointer-events:none;background:var(--box);border:1px solid var(--line);border-radius:8px;box-shadow:0 6px 24px #10182824;padding:8px 12px;font-size:12.5px}
#values table{border-spacing:0}#values td:last-child{text-align:right;padding-left:18px;font-variant-numeric:tabular-nums;font-weight:600}#values i{color:var(--quiet);font-style:normal}#values em{display:block;color:var(--gold);font-style:normal;font-weight:600}
main{padding-bottom:48px}
`;

/** Runs in the page. Texts get in as text, never as markup. */
export const REPORT_SCRIPT = `
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const plot = document.getElementById("plot"), svg = plot.querySelector("svg"), box = document.getElementById("values");
const line = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "line"));
line.id = "cursor"; line.setAttribute("y1", data.top); line.setAttribute("y2", data.bottom); line.setAttribute("visibility", "hidden");
let shown = -1;
const element = (name, text) => { const e = document.createElement(name); e.textContent = text; return e; };
function show(index) {
  shown = Math.max(0, Math.min(data.places.length - 1, index));
  const place = data.places[shown];
  const x = data.left + (place / Math.max(1, data.count - 1)) * (data.right - data.left);
  line.setAttribute("x1", x); line.setAttribute("x2", x); line.setAttribute("visibility", "visible");
  const rows = document.createElement("table");
  for (const { name, values } of data.curves) {
    if (values[shown] === null) continue;
    const row = rows.insertRow();
    row.insertCell().textContent = name; row.insertCell().textContent = String(values[shown]);
  }
  const note = data.picks[place] ? "picked, number " + data.picks[place] : data.duds[shown];
  box.replaceChildren(element("b", "frame " + data.frames[shown] + " "), element("i", data.times[shown]), ...(note ? [element("em", note)] : []), rows);
  box.hidden = false;
  const at = x * svg.clientWidth / data.width;
  box.style.left = Math.max(4, at + 16 + box.offsetWidth > svg.clientWidth ? at - 16 - box.offsetWidth : at + 16) + "px";
}
function hide() { line.setAttribute("visibility", "hidden"); box.hidden = true; }
function nearest(place) { let best = 0; data.places.forEach((p, i) => { if (Math.abs(p - place) < Math.abs(data.places[best] - place)) best = i; }); return best; }
svg.addEventListener("pointermove", (event) => {
  const x = (event.clientX - svg.getBoundingClientRect().left) * data.width / svg.clientWidth;
  show(nearest(((x - data.left) / (data.right - data.left)) * (data.count - 1)));
});
svg.addEventListener("pointerleave", hide);
addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step) { show(Math.max(0, shown) + step * (event.shiftKey ? 10 : 1)); event.preventDefault(); }
});
function goTo() {
  const wanted = /^#frame=(\\d+)$/.exec(location.hash);
  if (!wanted) return;
  const frame = Number(wanted[1]);
  let best = 0;
  data.frames.forEach((f, i) => { if (Math.abs(f - frame) < Math.abs(data.frames[best] - frame)) best = i; });
  show(best);
  plot.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", goTo);
goTo();
`;
