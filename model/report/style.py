"""The style of the evaluation's page: the web page's colours, in the system's own type."""

STYLE = """
:root {
  --paper: #f4f2ec; --surface: #fdfcf9; --ink: #16191b; --quiet: #5b6165; --line: #dcd8cd; --track: #e6e2d8;
  --accent: #0a7a4a; --on-accent: #fff; --danger: #a92a1d; --rival: #7350b8; --bar: #a9aca6; --depth: 92%;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1213; --surface: #171b1d; --ink: #ecebe5; --quiet: #9aa2a5; --line: #2a3033; --track: #23292b;
    --accent: #45d694; --on-accent: #05261a; --danger: #ff9382; --rival: #b9a0f5; --bar: #596165; --depth: 66%;
  }
}
@media print {
  :root {
    --paper: #fff; --surface: #fff; --ink: #000; --quiet: #444; --line: #ccc; --track: #e8e8e8;
    --accent: #0a7a4a; --on-accent: #fff; --danger: #a92a1d; --rival: #7350b8; --bar: #999; --depth: 92%;
    color-scheme: light;
  }
  .figure, .pair li, .panels figure { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
* { box-sizing: border-box; }
body {
  max-width: 1120px; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem); background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
a { color: var(--accent); text-underline-offset: 0.2em; }
.eyebrow { margin: 0; color: var(--quiet); font-size: 0.9rem; }
h1 { margin: 0.1em 0 0.6em; font-size: clamp(1.8rem, 5vw, 2.8rem); line-height: 1.1; letter-spacing: -0.02em; }
h1, h2, h3, h4 { overflow-wrap: anywhere; text-wrap: balance; }
h2 { margin: 0 0 1.2rem; font-size: clamp(1.35rem, 3.5vw, 1.8rem); line-height: 1.2; letter-spacing: -0.015em; }
h3 { margin: 0; font-size: 1.2rem; }
h4 { margin: 0 0 0.5rem; font-size: 1rem; }
h4 span, .reading, .facts dt { color: var(--quiet); font-weight: 400; font-size: 0.875rem; }
.reading { max-width: 64ch; margin: 0.3rem 0 1rem; }
.facts {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 0 2rem; margin: 0;
}
.facts > div { padding: 0.6rem 0; border-top: 1px solid var(--line); }
.facts dd { margin: 0; }
main > * { margin-top: 3rem; padding-top: 2.25rem; border-top: 2px solid var(--ink); }
.headlines {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12.5rem), 1fr)); gap: 1.25rem 2rem;
  margin: 0; padding: 0; list-style: none;
}
.headlines strong { display: block; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.02em; }
.headlines li:first-child strong { color: var(--accent); }
.headlines span { color: var(--quiet); font-size: 0.95rem; }
.figures {
  display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2.75rem 3rem; margin-top: 2.75rem;
}
.figure { min-width: 0; }
.figure-wide { grid-column: 1 / -1; }
.sideways { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
.heat { border-collapse: separate; border-spacing: 2px; table-layout: fixed; font-size: 0.78rem; }
.heat caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.heat th { color: var(--quiet); font-weight: 500; line-height: 1.15; }
.heat thead td, .heat tbody th { width: 6.4rem; }
.heat tbody th { padding-right: 0.4rem; text-align: right; }
.heat thead th { padding: 0 0 0.3rem; vertical-align: bottom; }
.heat thead span {
  display: block; width: fit-content; margin: 0 auto; white-space: nowrap; writing-mode: vertical-rl;
  transform: rotate(180deg);
}
.heat tbody td {
  height: 2rem; padding: 0; border-radius: 4px; text-align: center;
  background: color-mix(
    in oklab, var(--tone, var(--track)) calc(var(--share, 0.4) * var(--depth) + var(--least, 8%)), var(--surface)
  );
}
.heat .right { --tone: var(--accent); }
.heat .wrong { --tone: var(--danger); --least: 20%; }
.heat .rival { --tone: var(--rival); }
.heat .strong { color: var(--on-accent); font-weight: 600; }
.table { font-size: 0.9rem; }
.table th, .table td { padding: 0.3rem 0 0.3rem 0.9rem; border-top: 1px solid var(--line); text-align: right; }
.table thead th { border-top: 0; color: var(--quiet); font-weight: 400; font-size: 0.85rem; vertical-align: bottom; }
.table th:first-child { padding-left: 0; text-align: left; }
.table tbody th { font-weight: 500; }
.table td { white-space: nowrap; }
.words td { text-align: left; }
.words thead th { text-align: left; }
.totals tbody tr:last-child > * { border-top: 2px solid var(--ink); }
.means td:nth-child(2) { width: 46%; }
.bar {
  display: block; position: relative; height: 7px; margin-top: 0.25rem; border-radius: 3px; background: var(--track);
  overflow: hidden;
}
.fill { display: block; height: 100%; background: var(--accent); }
.spread { position: absolute; top: 0; bottom: 0; background: var(--ink); opacity: 0.25; }
.chart { display: block; width: 100%; max-width: 34rem; height: auto; overflow: visible; }
.chart text { fill: var(--quiet); font: 10px system-ui, sans-serif; }
.chart .chart-name { font-weight: 600; }
.chart path { fill: none; stroke-linejoin: round; stroke-linecap: round; }
.chart-grid { stroke: var(--line); }
.chart-guide { stroke: var(--quiet); stroke-dasharray: 2 4; }
.chart-bar { fill: var(--track); }
.chart-line { stroke: var(--accent); stroke-width: 2.2; }
.chart-thin { stroke: var(--bar); stroke-width: 0.8; }
.chart-rival { stroke: var(--rival); stroke-width: 1.6; stroke-dasharray: 1 3.5; }
.chart-dot { fill: var(--accent); stroke: var(--paper); stroke-width: 1.5; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem 3rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1.5rem 2rem; }
figure { margin: 0; }
figcaption { margin-top: 0.3rem; color: var(--quiet); font-size: 0.85rem; }
figcaption strong { color: var(--ink); }
.pair { margin-top: 1.75rem; }
.errors { margin: 0; padding: 0; list-style: none; }
.errors li { margin-bottom: 0.9rem; }
.errors p { margin: 0 0 0.3rem; overflow-wrap: anywhere; font-size: 0.9rem; }
.strip { display: grid; grid-template-columns: repeat(10, 1fr); gap: 3px; }
.strip img { display: block; width: 100%; height: auto; border-radius: 3px; }
.film { margin-top: 1.75rem; }
.film h3 span { color: var(--quiet); font-weight: 400; font-size: 0.875rem; }
.line { position: relative; height: 1.7rem; margin-top: 3px; background: var(--track); overflow: hidden; }
.part {
  position: absolute; top: 0; bottom: 0; padding: 0 0.2rem; overflow: hidden; white-space: nowrap; font-size: 0.72rem;
  background: color-mix(in oklab, var(--accent) 38%, var(--surface)); border-inline: 1px solid var(--paper);
}
.said .part { background: color-mix(in oklab, var(--rival) 38%, var(--surface)); }
.line .other { background: color-mix(in oklab, var(--bar) 55%, var(--surface)); }
.tick { position: absolute; bottom: 0; width: 1px; height: 0.7rem; background: var(--ink); }
.tick.no-rep { width: 3px; background: var(--danger); }
.cut { position: absolute; top: 0; bottom: 0; border-left: 1px dashed var(--quiet); }
.missed { margin: 0.3rem 0 0; padding: 0 0 0 1.1rem; font-size: 0.85rem; columns: 18rem; }
@media (max-width: 1000px) {
  .figures { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 760px) {
  .charts { grid-template-columns: minmax(0, 1fr); }
  .strip { grid-template-columns: repeat(5, 1fr); }
  .heat { min-width: 21rem; border-spacing: 1px; font-size: 0.65rem; }
  .heat thead td, .heat tbody th { width: 4.6rem; }
  .table th, .table td { padding-left: 0.6rem; }
}
"""
