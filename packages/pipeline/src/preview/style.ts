/** How a preview looks, beside what it shares with reports. */
export const STYLE = `
:root { --mark: #b3450b; --warn: #fff4e5; --bar: #5b7fa6; }
@media (prefers-color-scheme: dark) { :root { --mark: #ff9d5c; --warn: #3a2a17; --bar: #7ea3cc; } }
main { max-width: 90rem; }
h1 { overflow-wrap: anywhere; }
h1 + p { margin-bottom: 1rem; }
.warning { background: var(--warn); border-left: 4px solid var(--mark); padding: .6rem .9rem; max-width: 60rem; }
.warning strong { color: var(--mark); margin-right: .4em; }
.decisions li { max-width: 60rem; }
dl { display: grid; gap: .3rem; margin: .8rem 0; }
dl div { display: grid; grid-template-columns: 12rem minmax(0, 1fr); gap: 0 1rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.show { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; max-width: none;
  padding: .5rem 0; background: var(--paper); }
.show i { display: inline-block; width: 1.1em; height: .8em; border-radius: 2px; }
figure { margin: 0; min-width: 0; }
figcaption { color: var(--quiet); font-size: .9em; line-height: 1.45; margin-top: .35rem; }
.sections, .windows, .charts { display: grid; gap: 1.2rem; margin-top: .6rem; }
.sections { grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }
.windows { grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
.charts { grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }
figcaption strong { color: var(--mark); }
.over { display: grid; }
.over img { grid-area: 1 / 1; }
.over img, .beside img { width: 100%; }
.beside { display: grid; grid-template-columns: 1fr 1fr; gap: .3rem; }
main:has(#labels:not(:checked)) .over .painted { visibility: hidden; }
.charts svg { display: block; width: 100%; max-width: 40rem; height: auto; }
.charts text { fill: currentColor; font-size: 12px; font-variant-numeric: tabular-nums; }
.bar { fill: var(--bar); }
.held-out { fill: none; stroke: var(--bar); stroke-width: 1; }
.unlike { fill: var(--mark); }
.held-out.unlike { fill: none; stroke: var(--mark); }
.deviation { opacity: .5; }
.range { fill: var(--mark); opacity: .18; }
.line { stroke: var(--mark); stroke-width: 1.5; fill: none; }
details { margin-top: 1rem; }
summary { cursor: pointer; }
@media (max-width: 34rem) {
  main { padding: 1.5rem 1rem 3rem; }
  dl div { grid-template-columns: 1fr; }
  dl { gap: .6rem; }
}
@media print { .show input, .show label { display: none; } }
`;
