// The report page's style sheet: one set of names for colours, in light, dark and on paper. Contrast of text on its
// ground is at least 4.5 to 1 in all three, and no fact is told by colour alone.

const light = `
--paper:#ffffff;--card:#f6f8fa;--rule:#d5dbe1;--text:#1a2129;--soft:#55606c;--link:#0a5c8f;
--main:#1f77b4;--second:#c8781a;--band:#dde4eb;--grid:#e6eaee;--bad:#c22f2f;--good:#1b7a43;--heat:31,119,180;
--good-ground:#e2f4e9;--bad-ground:#fbe6e6;--note-ground:#fdf2dd;--note:#7d5200;`

const dark = `
--paper:#11161c;--card:#1a2129;--rule:#333d48;--text:#e6ebf0;--soft:#a3afbb;--link:#7cc0ee;
--main:#4da3dc;--second:#e29a45;--band:#2d3742;--grid:#28313a;--bad:#f07070;--good:#5cc98a;--heat:77,163,220;
--good-ground:#16321f;--bad-ground:#3d1d1f;--note-ground:#3a2d12;--note:#f0c56a;`

const inkRules = ['text', 'soft', 'grid', 'band', 'main', 'second', 'bad']
  .map(
    ink =>
      `.fill-${ink}{fill:var(--${ink})}.stroke-${ink}{stroke:var(--${ink})}.ground-${ink}{background:var(--${ink})}`,
  )
  .join('\n')

/** The style sheet of a drawing in a file of its own. */
export const drawingStyle = `:root{color-scheme:light dark;${flat(light)}}
@media (prefers-color-scheme:dark){:root{${flat(dark)}}}
@media print{:root{${flat(light)}}}
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
.ground{fill:var(--paper)}
${inkRules}
`

/** The style sheet. */
export const pageStyle = `:root{color-scheme:light dark;${flat(light)}}
@media (prefers-color-scheme:dark){:root{${flat(dark)}}}
@media print{:root{color-scheme:light;${flat(light)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--text);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;-webkit-text-size-adjust:100%}
main,header,footer{max-width:1160px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:19px;margin:28px 0 12px;padding-top:14px;border-top:1px solid var(--rule)}
.brand{color:var(--soft);font-size:13px;letter-spacing:.08em;text-transform:uppercase;margin:0 0 6px}
.facts{color:var(--soft);margin:0;overflow-wrap:anywhere}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace;font-size:.92em}
.verdicts{display:flex;flex-wrap:wrap;gap:8px;list-style:none;margin:16px 0 0;padding:0}
.verdicts li{overflow-wrap:anywhere;border-radius:99px;padding:3px 12px;font-weight:600;font-size:14px}
.good{background:var(--good-ground);color:var(--good)}
.bad{background:var(--bad-ground);color:var(--bad)}
.note-mark{background:var(--note-ground);color:var(--note)}
.plain{background:var(--card);color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;margin:20px 0 0}
.tile{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:10px 14px;margin:0}
.tile dt{color:var(--soft);font-size:13px}
.tile dd{margin:0;font-size:22px;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tile dd small{display:block;color:var(--soft);font-size:13px;font-weight:400}
.columns{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:8px 40px;align-items:start}
figure{margin:0 0 16px;min-width:0}
figcaption{font-weight:600;margin-bottom:4px}
main p{overflow-wrap:anywhere}
.note{color:var(--soft);font-size:13.5px;margin:0 0 8px}
.key{display:inline-flex;align-items:center;gap:6px;margin-right:16px}
.key i{width:14px;height:10px;border-radius:2px;display:inline-block;print-color-adjust:exact;-webkit-print-color-adjust:exact}
svg.chart{display:block;width:100%;height:auto;max-width:540px}
svg.narrow{display:none}
svg text{font-family:inherit}
${inkRules}
.box{fill:var(--card);stroke:var(--rule)}
.edge{fill:none;stroke:var(--soft);stroke-width:1.4}
text.name{font-size:14px;font-weight:600;fill:var(--text)}
text.kind{font-size:12px;fill:var(--soft);text-anchor:end}
text.types{font-size:11.5px;fill:var(--soft);white-space:pre}
.scroll{overflow-x:auto;margin:0 0 16px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px;min-width:100%}
caption{text-align:left;font-weight:600;padding-bottom:6px}
th,td{text-align:left;padding:5px 18px 5px 0;border-bottom:1px solid var(--rule);vertical-align:top;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
td.wrap{white-space:normal}
.many th,.many td{padding-right:10px}
thead th{color:var(--soft);font-weight:600;font-size:13px}
tbody th{font-weight:500}
tfoot th,tfoot td{font-weight:600}
.num{text-align:right}
tr.differs td,tr.differs th{color:var(--bad);font-weight:600}
.confusion{min-width:0}
.confusion th,.confusion td{text-align:center;padding:6px 10px;border:1px solid var(--paper);min-width:44px}
.confusion tbody th{text-align:right;padding-left:0}
.confusion td{background:rgba(var(--heat),var(--share));print-color-adjust:exact;-webkit-print-color-adjust:exact}
.confusion td.hit{font-weight:700}
.findings{list-style:none;margin:0;padding:0}
.findings li{border-left:4px solid var(--note);background:var(--card);border-radius:0 6px 6px 0;padding:8px 14px;margin:0 0 10px;overflow-wrap:anywhere}
.findings li.error{border-color:var(--bad)}
.findings p{margin:2px 0}
.findings .code{color:var(--soft);font-size:13px}
details{border:1px solid var(--rule);border-radius:8px;margin:0 0 10px;padding:0 14px}
summary{cursor:pointer;padding:9px 0;font-weight:600}
details[open] summary{margin-bottom:6px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
footer{color:var(--soft);font-size:13px;margin-top:40px;padding-bottom:32px}
footer p{border-top:1px solid var(--rule);padding-top:12px;overflow-wrap:anywhere}
@media (max-width:980px){.columns{grid-template-columns:minmax(0,1fr)}}
@media (max-width:600px){main,header,footer{padding-left:16px;padding-right:16px}h1{font-size:23px}svg.wide{display:none}svg.narrow{display:block}.tiles{grid-template-columns:1fr 1fr}.tile dd{font-size:19px}}
@media print{@page{margin:14mm}body{font-size:11pt}header{padding-top:0}figure,.tile,.findings li,tr{break-inside:avoid}h2{break-after:avoid}.scroll{overflow:visible}.verdicts li,.tile{border:1px solid var(--rule)}svg rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}svg.wide{display:block}svg.narrow{display:none}details::details-content{content-visibility:visible;height:auto}table{font-size:9.5pt}th,td{white-space:normal;padding-right:10px}}
`

function flat(block: string): string {
  return block.replace(/\n/g, '')
}
