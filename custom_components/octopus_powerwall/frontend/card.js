// The card: what the Powerwall does, why, until when, and a way out; below it the day as a picture.
import { at, chart, scale } from "./chart.js";
import { h, s } from "./dom.js";
import { DOMAIN, localized, powerwalls } from "./registry.js";
import { STYLE } from "./style.js";
import { Words } from "./words.js";

const STEP = 1800;
const REDRAW_MS = 30_000;
const known = (value) => value !== null && value !== undefined;
const seconds = () => Math.round(Date.now() / 1000);

export class OctopusPowerwallCard extends HTMLElement {
  static getStubConfig(hass) {
    const entry = powerwalls(hass)[0]?.entry;
    return entry ? { config_entry_id: entry } : {};
  }

  static getConfigForm() {
    return {
      schema: [{ name: "config_entry_id", selector: { config_entry: { integration: DOMAIN } } }],
      computeLabel: (_field, localize) => localize(`component.${DOMAIN}.common.card_label_entry`) || "Powerwall",
    };
  }

  constructor() {
    super();
    this._config = {};
    this._shown = new Map();
    const part = (name, tag = "div", more = {}) => h(tag, { class: name, "data-part": name, ...more });
    this._parts = {
      dry: part("banner"),
      problems: part("problems", "div", { role: "alert" }),
      head: part("head", "div", { "aria-live": "polite" }),
      actions: part("actions"),
      figures: part("figures"),
      plot: part("plot", "div", { role: "slider", tabindex: 0 }),
      told: part("sr"),
      legend: part("legend", "ul", { "aria-hidden": "true" }),
      footer: h("footer"),
    };
    const plot = this._parts.plot;
    plot.addEventListener("pointermove", (event) => this._point(event));
    plot.addEventListener("pointerdown", (event) => this._point(event));
    plot.addEventListener("pointerleave", () => this._mark(undefined));
    plot.addEventListener("blur", () => this._mark(undefined));
    plot.addEventListener("keydown", (event) => this._key(event));
    this.attachShadow({ mode: "open" }).append(h("style", null, STYLE), h("ha-card", null, Object.values(this._parts)));
    this._sizes = new ResizeObserver(() => this._draw());
  }

  setConfig(config) {
    const changed = config.config_entry_id !== this._config.config_entry_id;
    this._config = config;
    if (changed) this._leave();
    this._follow();
  }

  set hass(hass) {
    const before = this._hass;
    this._hass = hass;
    this.toggleAttribute("dark", Boolean(hass.themes?.darkMode));
    if (before && before.connection !== hass.connection) this._leave();
    this._follow();
    if (before?.locale !== hass.locale) this._render();
  }

  getCardSize() {
    return 9;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  connectedCallback() {
    this._sizes.observe(this._parts.plot);
    this._timer = setInterval(() => this._draw(), REDRAW_MS);
    this._follow();
  }

  disconnectedCallback() {
    this._sizes.disconnect();
    clearInterval(this._timer);
    this._leave();
  }

  // --- what Home Assistant tells ---------------------------------------------------------------------------

  /** Subscribe, once: it is the only thing that the card ever asks for. */
  _follow() {
    const hass = this._hass;
    if (!hass?.connection || !this.isConnected || this._subscribed) return;
    const entry = this._config.config_entry_id ?? powerwalls(hass)[0]?.entry;
    if (!entry) {
      this._take({ loaded: false, headline: { text: localized(hass, "card_label_none") || "Octopus Powerwall" } });
      return;
    }
    const request = { type: `${DOMAIN}/timeline`, config_entry_id: entry };
    if (hass.locale?.language) request.language = hass.locale.language;
    const subscribed = hass.connection.subscribeMessage((message) => {
      if (this._subscribed === subscribed) this._take(message);
    }, request);
    this._subscribed = subscribed;
    subscribed.catch((error) => {
      if (this._subscribed === subscribed) this._take({ loaded: false, headline: { text: String(error?.message ?? error) } });
    });
  }

  _leave() {
    this._subscribed?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
    this._subscribed = undefined;
  }

  _take(message) {
    this._day = message;
    // The viewer's clock may be wrong, and ours is what the times are told by.
    this._ahead = message.now === undefined ? 0 : message.now - seconds();
    if (Math.abs(this._ahead) < 30) this._ahead = 0;
    this._render();
  }

  get _now() {
    return seconds() + (this._ahead ?? 0);
  }

  // --- what is shown ---------------------------------------------------------------------------------------

  _render() {
    const day = this._day;
    if (!day || !this._hass) return;
    this._words = new Words(this._hass.locale, day.time_zone ?? this._hass.config?.time_zone);
    const now = this._now;
    const say = (sentence) => this._words.say(sentence, now);
    const several = powerwalls(this._hass).length > 1;
    this._put("dry", day.dry_run, () => day.dry_run && h("div", { class: "dry" }, day.texts.dry_run));
    const lines = (day.lines ?? []).map(say);
    const title = several ? day.title : "";
    const head = [day.tone ?? "off", say(day.headline), lines, title];
    this._put("head", head, () =>
      h(
        "header",
        { class: head[0] },
        h("div", null, title && h("h3", null, title), h("h2", null, head[1]), lines.map((line) => h("p", null, line))),
      ),
    );
    const problems = (day.alerts ?? []).map((one) => ({ ...one, text: say(one), do: say(one.do) }));
    this._put("problems", problems, () => problems.map((problem) => this._problem(problem)));
    const actions = (day.actions ?? []).map((one) => ({ ...one, label: say(one.label) }));
    this._put("actions", actions, () => actions.map((action) => this._button(action)));
    this._put("legend", day.loaded && this._legendItems(day), (items) => items && items.map(([swatch, name]) => h("li", null, swatch(), name)));
    this._put("told", day.loaded && [day.bands, day.bars, this._hass.locale], () => day.loaded && this._told(day));
    this._put("footer", day.gains, () => day.loaded && this._gains(day));
    this._draw();
  }

  /** Fill a part anew only if it has changed, so that focus and reading stay where they are. */
  _put(name, data, build) {
    const key = JSON.stringify(data) ?? "";
    if (this._shown.get(name) === key) return;
    this._shown.set(name, key);
    const part = this._parts[name];
    const focused = this.shadowRoot.activeElement?.dataset.key;
    part.replaceChildren(...[build(data)].flat().filter(Boolean));
    if (focused) part.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  _problem({ severity, text, do: advice, link }) {
    const open = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState(null, "", link);
      window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
    };
    const how = link ? h("a", { href: link, click: open, "data-key": text }, advice) : h("span", null, advice);
    return h("div", { class: `problem ${severity}` }, h("b", null, text), " ", how);
  }

  _button({ key, label, domain, service, data }) {
    const press = async (event) => {
      const button = event.currentTarget;
      button.disabled = true;
      try {
        await this._hass.callService(domain, service, data);
      } catch {
        // Home Assistant has told the viewer.
      } finally {
        button.disabled = false;
      }
    };
    return h("button", { type: "button", "data-key": key, click: press }, label);
  }

  /** The picture and what is read from it: at the cursor, else now. */
  _draw() {
    const day = this._day;
    const plot = this._parts.plot;
    plot.hidden = this._parts.figures.hidden = !day?.loaded;
    if (!day?.loaded) return;
    const now = this._now;
    const t = this._at ?? now;
    const width = plot.clientWidth;
    const figures = this._figures(day, now, t);
    this._put("figures", figures, () =>
      figures.map(([kind, name, value]) => h("div", { class: kind }, h("small", null, name), h("b", null, value))),
    );
    plot.setAttribute("aria-label", day.texts.chart);
    plot.setAttribute("aria-valuemin", day.from);
    plot.setAttribute("aria-valuemax", day.to);
    plot.setAttribute("aria-valuenow", t);
    plot.setAttribute("aria-valuetext", figures.map(([, name, value]) => `${name} ${value}`).join(", "));
    if (width > 0) plot.replaceChildren(chart(day, now, width, this._words, this._at));
  }

  _figures(day, now, t) {
    const label = day.texts;
    const words = this._words;
    const seen = at(day, now, t);
    const here = this._at === undefined;
    const figures = [];
    if (!here) figures.push(["time", Math.abs(t - now) < 60 ? label.now : words.day(t), words.time(t, t)]);
    if (seen.level !== undefined) figures.push(["level", label.battery, `${words.number(seen.level)} %`]);
    if (seen.reserve !== undefined && seen.reserve !== null) {
      figures.push(["reserve", label.reserve, `${words.number(seen.reserve)} %`]);
    }
    const price = here ? day.price : (seen.band && !seen.band.skipped ? seen.band.certainty : "not_cheap");
    const name = { certain: label.cheap, perhaps: label.perhaps, not_cheap: label.day_rate }[price];
    const rate = here && known(day.rates.import) ? `${words.pence(day.rates.import)} · ` : "";
    figures.push([price, label.price, rate + name]);
    if (seen.bar && !here) figures.push(["bar", label.powerwall, label[seen.bar.intent]]);
    if (seen.sun !== undefined && !here) figures.push(["sun", label.sun, `${words.number(seen.sun)} kW`]);
    return figures;
  }

  _legendItems(day) {
    const label = day.texts;
    const box = (more) => () => s("svg", { width: 14, height: 10 }, s("rect", { x: 1, y: 1, width: 12, height: 8, rx: 2, ...more }));
    const stroke = (kind) => () => s("svg", { width: 16, height: 10 }, s("path", { class: kind, d: "M0 5H16" }));
    const has = (list, test) => list.some(test);
    const items = [
      [stroke("level"), label.battery],
      [stroke("reserve"), label.reserve],
      has(day.bands, (band) => band.certainty === "certain" && !band.skipped) && [box({ class: "band slot certain" }), label.cheap],
      has(day.bands, (band) => band.certainty === "perhaps" && !band.skipped) && [box({ class: "band slot perhaps", fill: "url(#perhaps)" }), label.perhaps],
      has(day.bars, (bar) => bar.intent === "charge") && [box({ class: "bar charge" }), label.charge],
      has(day.bars, (bar) => bar.intent === "preserve") && [box({ class: "bar preserve" }), label.preserve],
    ];
    return items.filter(Boolean);
  }

  /** The picture in words, for those who hear it. */
  _told(day) {
    const { cheap, perhaps, charge, preserve, skipped, span } = day.texts;
    const say = (start, end, what) => this._words.say({ text: span, values: { start: { at: start }, end: { at: end }, what } }, this._now);
    const spans = [
      ...day.bands.map((one) => [one, one.skipped ? skipped : one.certainty === "certain" ? cheap : perhaps]),
      ...day.bars.map((one) => [one, one.intent === "charge" ? charge : preserve]),
    ].sort(([one], [other]) => one.start - other.start);
    return h("ul", null, spans.map(([{ start, end }, what]) => h("li", null, say(start, end, what))));
  }

  _gains(day) {
    const { savings, energy_charged: charged, energy_kept: kept } = day.gains;
    const label = day.texts;
    const energies = [[label.charged, charged], [label.kept, kept]].filter(([, gain]) => known(gain?.today) && gain.today > 0.05);
    // A slot is paid for first: so long as its energy waits in the battery, a loss is no loss yet.
    const waits = savings?.today < 0 && energies.length > 0;
    const money = (value) => {
      const [kind, text] = value >= 0 ? ["gain", label.saved] : waits && value >= savings.today ? ["", label.ahead] : ["loss", label.lost];
      return h("b", { class: kind }, text.replace("{money}", this._words.money(Math.abs(value))));
    };
    const parts = [];
    const add = (name, value) => parts.push(h("div", null, `${name} `, money(value)));
    if (savings) {
      add(label.today, savings.today);
      add(label.month, savings.month);
    }
    if (energies.length) {
      const texts = energies.map(([name, gain]) => name.replace("{energy}", this._words.number(gain.today)));
      if (waits) texts.push(label.later);
      const text = texts.join(" · ");
      parts.push(h("p", { class: "energies" }, text));
    }
    return parts;
  }

  // --- moving along it -------------------------------------------------------------------------------------

  _mark(t) {
    if (this._at === t || !this._day?.loaded) return;
    this._at = t;
    this._draw();
  }

  _point(event) {
    if (!this._day?.loaded) return;
    const plot = this._parts.plot;
    this._mark(Math.round(scale(this._day, plot.clientWidth).time(event.clientX - plot.getBoundingClientRect().left)));
  }

  _key(event) {
    const day = this._day;
    if (!day?.loaded) return;
    const t = this._at ?? this._now;
    const to = { ArrowLeft: t - STEP, ArrowRight: t + STEP, PageUp: t + 6 * STEP, PageDown: t - 6 * STEP, Home: day.from, End: day.to }[event.key];
    if (event.key === "Escape") this._mark(undefined);
    if (to === undefined) return;
    event.preventDefault();
    this._mark(Math.min(Math.max(to, day.from), day.to));
  }
}
