// The card's looks, from Home Assistant's theme; the colours of its own have a light and a dark shade.
export const STYLE = `
:host {
  --text: var(--primary-text-color, #1b1b1f);
  --soft: var(--secondary-text-color, #5f6368);
  --rule: var(--divider-color, #e0e0e0);
  --back: var(--ha-card-background, var(--card-background-color, #fff));
  --red: #c62828; --amber: #a15c00; --green: #1b7f3b; --teal: #0b7a75; --blue: #1f6fd1; --orange: #b35c00; --sun: #e0a100;
  display: block;
}
:host([dark]) {
  --red: #ff8a80; --amber: #ffb74d; --green: #66c987; --teal: #4fc3b8; --blue: #82b4ff; --orange: #ffb25e; --sun: #ffd54f;
}
ha-card { display: flex; flex-wrap: wrap; container-type: inline-size; color: var(--text); overflow: hidden; font-size: 14px; line-height: 1.4; }
ha-card > * { flex: 1 0 100%; min-width: 0; box-sizing: border-box; }
.dry { border-bottom: 2px dashed var(--amber); color: var(--amber); padding: 8px 16px; font-weight: 600; }
header { display: flex; gap: 12px; padding: 14px 16px 4px; }
header::before { content: ""; flex: none; width: 14px; height: 14px; margin-top: 5px; border-radius: 50%; background: var(--tone); }
header.alert { background: color-mix(in srgb, var(--red) 12%, transparent); padding-bottom: 10px; }
header.alert h2 { color: var(--red); }
.alert { --tone: var(--red); } .charging { --tone: var(--green); } .keeping { --tone: var(--teal); }
.waiting { --tone: var(--amber); } .calm { --tone: var(--blue); } .off { --tone: var(--soft); }
h2 { margin: 0; font-size: 18px; font-weight: 600; line-height: 1.3; }
h3 { margin: 0; font-size: 12px; font-weight: 500; color: var(--soft); }
p { margin: 2px 0 0; color: var(--soft); }
.problem { padding: 8px 16px; border-left: 4px solid var(--amber); background: color-mix(in srgb, var(--amber) 10%, transparent); }
.problem.error { border-color: var(--red); background: color-mix(in srgb, var(--red) 12%, transparent); }
.problem b { font-weight: 600; } .problem.error b { color: var(--red); }
.problem a, .problem span { display: inline-block; color: var(--text); }
.actions { display: flex; flex-wrap: wrap; gap: 8px; padding: 8px 16px 0; }
.actions:empty { display: none; }
button { font: inherit; font-weight: 500; color: var(--text); background: none; border: 1px solid var(--soft); border-radius: 20px;
  min-height: 40px; padding: 0 16px; cursor: pointer; }
button:hover { background: color-mix(in srgb, var(--text) 8%, transparent); }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
.figures { display: flex; flex-wrap: wrap; gap: 2px 18px; padding: 12px 16px 0; min-height: 44px; align-items: baseline; }
.figures div { display: flex; flex-direction: column; }
.figures small { color: var(--soft); font-size: 12px; }
.figures b { font-size: 17px; font-weight: 600; }
.figures .level b { color: var(--blue); } .figures .reserve b { color: var(--orange); }
.figures .certain b { color: var(--green); } .figures .perhaps b { color: var(--amber); }
.plot { touch-action: pan-y; cursor: crosshair; margin: 0 2px; }
svg { display: block; }
svg text { font-size: 11px; fill: var(--soft); }
svg .name { font-weight: 500; } svg .clock { fill: var(--text); font-weight: 700; stroke: var(--back); stroke-width: 4px; paint-order: stroke; }
.grid { stroke: var(--rule); } .midnight { stroke: var(--rule); stroke-dasharray: 2 3; }
.band.window { fill: var(--teal); fill-opacity: .16; }
.band.slot.certain { fill: var(--green); fill-opacity: .34; }
.band.slot.perhaps { stroke: var(--green); stroke-opacity: .55; }
.band.skipped { fill: none; stroke: var(--soft); stroke-dasharray: 3 3; }
.hatch { fill: var(--green); fill-opacity: .5; }
path { fill: none; stroke-linejoin: round; }
path.level { stroke: var(--blue); stroke-width: 2.4; } circle.level { fill: var(--blue); }
path.reserve { stroke: var(--orange); stroke-width: 2; } path.ahead { stroke-dasharray: 3 4; }
.bar { stroke-width: 1.5; } .bar.charge { fill: var(--green); stroke: var(--green); }
.bar.preserve { fill: color-mix(in srgb, var(--teal) 25%, transparent); stroke: var(--teal); }
.bar.past { opacity: .65; } .bar.unsure, .bar.dry { fill: none; stroke-dasharray: 3 2; }
rect.car { fill: var(--soft); } path.sun { fill: var(--sun); }
line.now { stroke: var(--text); stroke-width: 1.4; } line.mark { stroke: var(--soft); stroke-dasharray: 2 2; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; padding: 4px 16px 0; margin: 0; list-style: none; font-size: 12px; color: var(--soft); }
.legend li { display: flex; align-items: center; gap: 6px; }
.legend svg { flex: none; }
footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 24px; padding: 12px 16px 14px; margin-top: 10px; border-top: 1px solid var(--rule); }
footer:empty { display: none; }
footer b { font-size: 16px; font-weight: 600; } footer .gain { color: var(--green); } footer .loss { color: var(--red); }
@container (min-width: 640px) {
  .head { flex: 1 1 320px; } .actions { flex: 0 1 auto; align-content: flex-start; padding-top: 14px; }
  .problems, .banner, .figures { flex-basis: 100%; }
}
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (forced-colors: active) { header::before { forced-color-adjust: none; } }
`;
