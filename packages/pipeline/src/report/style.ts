/** Style sheet of the report: one column of text, wider figures, light and dark, and paper. */
export const STYLE = `:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1f2328; --quiet: #5b636d; --rule: #c9ced4; --band: #f1f3f5; --link: #0a58a8;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e3e6ea; --quiet: #a0a8b2; --rule: #434a53; --band: #20252b; --link: #7fb9f2; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 74rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; text-wrap: balance; }
h1 + p { color: var(--quiet); margin: 0 0 2rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.6rem 0 .7rem; padding-top: .9rem; border-top: 1px solid var(--rule); }
p, li { max-width: 46rem; text-wrap: pretty; overflow-wrap: anywhere; }
p { margin: .6rem 0; }
ul { margin: .6rem 0; padding-left: 1.2rem; }
li { margin: .35rem 0; }
a { color: var(--link); }
code { font: .92em ui-monospace, monospace; background: var(--band); padding: .1em .3em; border-radius: 3px; }
pre { background: var(--band); padding: .8rem 1rem; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
pre code { background: none; padding: 0; }
.scroll + p, .pictures + p { color: var(--quiet); font-size: .9em; line-height: 1.45; margin: .6rem 0 2rem; }
.scroll { overflow-x: auto; margin-top: 1.4rem; }
table { border-collapse: collapse; border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink);
  font-size: .95rem; font-variant-numeric: tabular-nums lining-nums; }
thead { border-bottom: 1px solid var(--ink); }
th, td { padding: .34rem 0 .34rem 1.25rem; text-align: right; vertical-align: baseline; }
thead th { font-weight: 600; vertical-align: bottom; }
th[scope=row] { text-align: left; white-space: nowrap; padding-left: .1rem; font-weight: 400; }
td, thead th[scope=col] { min-width: 7rem; }
td:last-child, thead th:last-child { padding-right: .3rem; }
tbody tr + tr { border-top: 1px solid var(--rule); }
.pictures { display: grid; gap: 1rem; justify-items: start; margin-top: 1.4rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); }
img, .chart svg { display: block; max-width: 100%; height: auto; border-radius: 6px; }
.chart { border: 1px solid var(--rule); border-radius: 7px; overflow: hidden; max-width: 100%; }
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --band: #f3f3f3; --link: #000; }
  @page { margin: 16mm; }
  body { font-size: 9.5pt; }
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  .pictures, li, tr { break-inside: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 7.3pt; }
  th, td { padding-left: .45rem; }
  td, thead th[scope=col] { min-width: 0; }
}
`;
