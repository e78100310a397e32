"""How the page looks: one sheet, light and dark, from a phone to a wide screen."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fcfbf9; --card: #ffffff; --ink: #1d1f22; --soft: #62676f; --faint: #e6e4df; --line: #b9b6af;
  --allow: #2c7a55; --alert: #a86a00; --block: #b4321f; --kept: #cfe3d6; --alert-band: #fbf1dc; --block-band: #fae7e3;
  --mean: #7c8794;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121315; --card: #191b1e; --ink: #e9e7e3; --soft: #a0a5ad; --faint: #2b2e33; --line: #555a62;
    --allow: #63bd8f; --alert: #e0ac4a; --block: #f07f6d; --kept: #27463a; --alert-band: #2a2417; --block-band: #2e1d1b;
    --mean: #8f9aa8;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 70rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1, h2, h3, p { margin: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 600; letter-spacing: -.02em; }
h2 { font-size: .95rem; font-weight: 600; margin: 3rem 0 .9rem; }
h3 { font-size: 1.1rem; font-weight: 600; letter-spacing: -.01em; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.small { font-size: .85rem; }
.kicker { color: var(--soft); margin-bottom: .35rem; }
.allow { --tone: var(--allow); } .alert { --tone: var(--alert); } .block { --tone: var(--block); }
.tone { color: var(--tone, var(--ink)); }
.note { margin-top: .8rem; color: var(--alert); overflow-wrap: anywhere; }
.numbers { display: flex; flex-wrap: wrap; gap: 1.2rem 3rem; margin: 1.8rem 0 0; }
.numbers div { display: flex; flex-direction: column-reverse; }
.numbers dt { color: var(--soft); font-size: .85rem; }
.numbers dd { margin: 0; font-size: 1.9rem; line-height: 1.15; font-weight: 500; letter-spacing: -.02em; }
.card { background: var(--card); border: 1px solid var(--faint); border-radius: 10px; padding: 1.25rem 1.4rem 1rem; }
.card + .card { margin-top: 1rem; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .9rem; margin-bottom: .2rem; }
.head .verdict { font-weight: 600; color: var(--tone); }
.head .number { margin-left: auto; font-size: 1.5rem; line-height: 1; font-weight: 500; letter-spacing: -.02em; }
.facts { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; margin-bottom: 1rem; }
.chart { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: .25rem 1rem; align-items: center; }
.chart > .label { font-size: .85rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.plot { position: relative; }
.plot .limit { position: absolute; left: .4rem; font-size: .7rem; line-height: 1; color: var(--soft);
  margin-top: -.85rem; pointer-events: none; }
svg { display: block; width: 100%; overflow: visible; }
svg.risk { height: 6.5rem; border-bottom: 1px solid var(--line); }
.chart > .plot { margin-bottom: .4rem; }
.overall { margin-top: 2rem; } .overall svg.risk { height: 4.5rem; }
svg.health { height: 1.05rem; }
svg.budget { height: 3.6rem; }
svg.bar { height: .5rem; background: var(--faint); border-radius: 2px; }
svg path, svg rect { vector-effect: non-scaling-stroke; }
.band.block { fill: var(--block-band); } .band.alert { fill: var(--alert-band); }
.stem { stroke: var(--tone); stroke-width: 1.5px; opacity: .45; fill: none; }
.mean { stroke: var(--mean); stroke-width: 1.5px; fill: none; stroke-linejoin: round; }
.mark { stroke: var(--tone); stroke-width: 7px; stroke-linecap: round; fill: none; }
.mark.allow { stroke-width: 3px; }
.mark.block { stroke-linecap: square; }
.cell.passed { fill: var(--kept); } .cell.violated { fill: var(--block); }
.cell.not-evaluated { fill: var(--alert); } .cell.not-applicable { fill: var(--faint); }
.left { fill: var(--allow); opacity: .75; } .overspent { fill: var(--block); opacity: .85; }
.line { stroke: var(--line); stroke-width: 1px; fill: none; }
.full { fill: var(--tone, var(--mean)); }
.scale { display: flex; justify-content: space-between; color: var(--soft); font-size: .75rem; grid-column: 2; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; color: var(--soft); font-size: .8rem; margin: 0 0 .9rem; }
.legend i { display: inline-block; width: .6rem; height: .6rem; margin-right: .4rem; border-radius: 50%;
  background: var(--tone); }
.legend i.square { border-radius: 0; } .legend i.kept { background: var(--kept); border-radius: 0; }
.legend i.mean { height: 2px; width: 1rem; border-radius: 0; vertical-align: middle; background: var(--mean); }
.service { display: grid; grid-template-columns: 14rem minmax(0, 1fr) 13rem; gap: .2rem 1.5rem; align-items: center;
  padding: .9rem 0; border-top: 1px solid var(--faint); }
.service:first-of-type { border-top: 0; padding-top: 0; }
.service h3 { font-size: 1rem; }
.service .number { font-size: 1.5rem; line-height: 1.1; font-weight: 500; letter-spacing: -.02em; }
.service .end { text-align: right; }
.frequent { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 20rem) 9rem; gap: .3rem 1.2rem;
  align-items: center; padding: .3rem 0; overflow-wrap: anywhere; }
.frequent .end, td.end, th.end { text-align: right; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: .8rem; }
th, td { padding: .38rem 1rem .38rem 0; vertical-align: baseline; border-bottom: 1px solid var(--faint); }
th:last-child, td:last-child { padding-right: 0; }
tr:last-child td { border-bottom: 0; }
td { overflow-wrap: break-word; } td.date, td.fixed { white-space: nowrap; }
td.date { color: var(--soft); }
td.verdict { color: var(--tone); font-weight: 600; white-space: nowrap; }
details { margin-top: .8rem; font-size: .85rem; }
summary { color: var(--soft); cursor: pointer; width: fit-content; }
summary:focus-visible { outline: 2px solid var(--mean); outline-offset: 3px; border-radius: 3px; }
details .wide { margin-top: .5rem; max-height: 20rem; overflow: auto; }
footer { margin-top: 3.5rem; color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
@media (max-width: 44rem) {
  main { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.5rem; }
  .numbers { gap: 1rem 2rem; } .numbers dd { font-size: 1.5rem; }
  .card { padding: 1rem; }
  .chart { grid-template-columns: minmax(0, 1fr); gap: .1rem; }
  .chart > .label { margin-top: .35rem; } .scale { grid-column: 1; }
  .service { grid-template-columns: minmax(0, 1fr) auto; }
  .service .plot { grid-row: 2; grid-column: 1 / -1; }
  .frequent { grid-template-columns: minmax(0, 1fr) auto; } .frequent svg { grid-column: 1 / -1; grid-row: 2; }
  .optional { display: none; } th, td { padding-right: .7rem; }
}
@media print { body { background: none; } .card { break-inside: avoid; } details { display: none; } }
"""
"""No rule loads anything."""
