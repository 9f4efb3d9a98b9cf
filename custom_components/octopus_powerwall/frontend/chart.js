// The day as a picture: one time axis, bands of price, battery and reserve as lines, holds, car and sun below.
import { s } from "./dom.js";

const PAD = { left: 30, right: 10, top: 20 };
const PLOT = [168, 220];
const WIDE = 700;
const LANE = 26;
const HOLE = 20 * 60;

/** What was or will be at an instant: level, reserve, band, bar, sun, car; undefined where it is not known. */
export const at = (day, now, t) => {
  const last = (points) => points.findLast(([when]) => when <= t)?.[1] ?? undefined;
  const inside = ({ start, end }) => start <= t && t < end;
  const past = t <= now;
  const steps = [[now, day.reserve], ...day.ahead];
  return {
    level: past ? (now - t < 60 ? (day.level ?? undefined) : last(day.levels)) : undefined,
    reserve: past ? (now - t < 60 ? (day.reserve ?? undefined) : last(day.reserves)) : last(steps),
    band: day.bands.findLast(inside),
    bar: day.bars.findLast(inside),
    sun: past ? day.sun.findLast(([when]) => when <= t && t < when + 900)?.[1] : undefined,
    car: day.car.some(([start, end]) => start <= t && t < end),
  };
};

/** Where things are, for a width in pixels. */
export const scale = (day, width) => {
  const inner = Math.max(1, width - PAD.left - PAD.right);
  const span = day.to - day.from;
  return {
    x: (t) => PAD.left + ((Math.min(Math.max(t, day.from), day.to) - day.from) / span) * inner,
    y: (value) => PAD.top + (1 - value / 100) * PLOT[width > WIDE ? 1 : 0],
    time: (x) => day.from + (Math.min(Math.max(x - PAD.left, 0), inner) / inner) * span,
  };
};

const path = (points, { x, y }, step) => {
  let drawn = "";
  let before;
  for (const [t, value] of points) {
    if (value === null || value === undefined) {
      before = undefined;
      continue;
    }
    const X = x(t).toFixed(1);
    const Y = y(value).toFixed(1);
    // What has not changed for long was level until it did.
    if (!before) drawn += `M${X} ${Y}`;
    else if (step || t - before[0] > HOLE) drawn += `H${X}V${Y}`;
    else drawn += `L${X} ${Y}`;
    before = [t, value];
  }
  return drawn;
};

const known = (points, from, now, value) => [
  ...points.filter(([t]) => t <= now).map(([t, v]) => [Math.max(t, from), v]),
  [now, value],
];

/** The SVG of a day. `mark` is where the reader's cursor stands, if anywhere. */
export const chart = (day, now, width, words, mark) => {
  const place = scale(day, width);
  const { x, y } = place;
  const label = day.texts;
  const bottom = y(0);
  const text = (X, Y, what, more) => s("text", { x: X.toFixed(1), y: Y, ...more }, what);
  const lanes = [];
  const lane = (name, draw) => {
    const top = bottom + 24 + lanes.length * LANE;
    lanes.push([text(PAD.left, top + 8, name, { class: "lane" }), draw(top + 12)]);
  };

  const rect = (start, end, top, height, more) =>
    s("rect", { x: x(start).toFixed(1), y: top, width: Math.max(2, x(end) - x(start)).toFixed(1), height, ...more });

  const bands = day.bands.map((band) => {
    const kind = band.skipped ? "skipped" : `${band.kind} ${band.certainty}`;
    return rect(band.start, band.end, PAD.top, bottom - PAD.top, {
      class: `band ${kind}`,
      fill: !band.skipped && band.certainty === "perhaps" ? "url(#perhaps)" : undefined,
    });
  });
  // A name above a band only where there is room for it.
  let free = PAD.left;
  const names = [];
  for (const band of [...day.bands].sort((one, other) => one.start - other.start)) {
    const name = band.skipped ? label.skipped : band.kind === "slot" ? label.slot : label.cheap;
    const wide = name.length * 6.2;
    const middle = (x(band.start) + x(band.end)) / 2;
    if (middle - wide / 2 < free || middle + wide / 2 > width) continue;
    if (band.kind === "window" && day.bands.some((one) => one.kind === "slot" && one.start < band.end && band.start < one.end)) continue;
    names.push(text(middle, PAD.top - 6, name, { class: "name", "text-anchor": "middle" }));
    free = middle + wide / 2 + 4;
  }

  const grid = [0, 50, 100].map((value) => [
    s("line", { x1: PAD.left, x2: width - PAD.right, y1: y(value), y2: y(value), class: "grid" }),
    text(PAD.left - 5, y(value) + 4, value, { "text-anchor": "end" }),
  ]);

  const ticks = [];
  for (let t = Math.ceil(day.from / 1800) * 1800; t <= day.to; t += 1800) {
    const minutes = words.minutes(t);
    if (minutes % 360) continue;
    ticks.push(s("line", { x1: x(t), x2: x(t), y1: bottom, y2: bottom + 4, class: "grid" }));
    if (minutes === 0) ticks.push(s("line", { x1: x(t), x2: x(t), y1: PAD.top, y2: bottom, class: "midnight" }));
    if (Math.abs(x(t) - x(now)) > 34) {
      const anchor = x(t) > width - 24 ? "end" : "middle";
      ticks.push(text(anchor === "end" ? width - 2 : x(t), bottom + 15, words.hour(t), { "text-anchor": anchor }));
    }
  }

  if (day.bars.length) {
    lane(label.powerwall, (top) =>
      day.bars.map((bar) =>
        rect(bar.start, bar.end, top, 9, {
          class: `bar ${bar.intent} ${bar.when}${bar.certain ? "" : " unsure"}${day.dry_run ? " dry" : ""}`,
          rx: 2,
        }),
      ),
    );
  }
  const car = day.car.filter(([start, end]) => end > day.from && start < day.to);
  if (car.length) lane(label.car, (top) => car.map(([start, end]) => rect(start, end, top, 9, { class: "car", rx: 2 })));
  const most = Math.max(...day.sun.map(([, kw]) => kw), 0);
  if (most >= 0.1) {
    lane(label.sun, (top) =>
      s("path", {
        class: "sun",
        d: day.sun
          .map(([t, kw]) => {
            const Y = (top + 11 - (kw / Math.max(most, 1)) * 14).toFixed(1);
            return `M${x(t).toFixed(1)} ${top + 11}V${Y}H${(x(Math.min(t + 900, now)) + 0.3).toFixed(1)}V${top + 11}`;
          })
          .join(""),
      }),
    );
  }

  const end = bottom + 20 + lanes.length * LANE;
  const levels = known(day.levels, day.from, now, day.level);
  const reserves = known(day.reserves, day.from, now, day.reserve);
  const steps = [[now, day.reserve], ...day.ahead.filter(([t]) => t < day.to)];
  steps.push([day.to, steps.at(-1)[1]]);
  const line = (what, points, step) => s("path", { class: what, d: path(points, place, step) });
  const clock = words.time(now);

  return s(
    "svg",
    { width, height: end + 8, viewBox: `0 0 ${width} ${end + 8}`, "aria-hidden": "true" },
    s(
      "defs",
      null,
      s(
        "pattern",
        { id: "perhaps", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        s("rect", { width: 2.5, height: 6, class: "hatch" }),
      ),
    ),
    bands,
    names,
    grid,
    ticks,
    line("reserve", reserves, true),
    line("reserve ahead", steps, true),
    line("level", levels, false),
    typeof day.level === "number" && s("circle", { class: "level", cx: x(now), cy: y(day.level), r: 3.5 }),
    lanes,
    s("line", { class: "now", x1: x(now), x2: x(now), y1: PAD.top - 2, y2: end }),
    text(Math.min(Math.max(x(now), PAD.left + 16), width - 22), bottom + 15, clock, { class: "clock", "text-anchor": "middle" }),
    mark !== undefined && s("line", { class: "mark", x1: x(mark), x2: x(mark), y1: PAD.top, y2: end }),
  );
};
