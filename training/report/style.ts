/** The report's style sheet: one column, readable on paper, too. */
export const style = `
:root { color-scheme: light; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --wash: #f6f8fa; --link: #0a4f8a; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: var(--ink); background: #fff; }
header, main, footer, nav { max-width: 78rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.35rem; margin: 2.75rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p { max-width: 46rem; }
a { color: var(--link); }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: #fff; padding: .5rem; }
.notice { border-left: 4px solid #b35900; background: #fff6e8; padding: .6rem 1rem; max-width: 46rem; }
.facts { color: var(--quiet); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; padding: 0; margin: 1rem 0 0; }
.scroll { overflow-x: auto; margin: 1.25rem 0; }
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; caption-side: top; }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem .5rem; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--quiet); background: var(--wash); font-weight: 600; }
tbody th { font-weight: 500; }
.number { white-space: nowrap; }
.line { display: block; white-space: nowrap; }
figure { margin: 1.25rem 0; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { color: var(--quiet); font-size: .9rem; max-width: 30rem; margin-top: .25rem; }
.pair { display: flex; flex-wrap: wrap; gap: 0 2.5rem; align-items: flex-start; }
.small { gap: 0 1.25rem; }
.small figcaption { max-width: 14rem; }
.films { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; }
.films img { width: 48%; height: auto; margin-right: 2%; vertical-align: top; }
.films span { display: block; font-size: .85rem; color: var(--quiet); }
details { margin: .75rem 0; }
summary { cursor: pointer; color: var(--link); }
code { font-size: .9em; background: var(--wash); padding: .1em .3em; overflow-wrap: anywhere; }
footer { margin: 3rem auto; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9rem; }
@media print { nav, .skip { display: none; } section { break-inside: avoid-page; } }
`;
