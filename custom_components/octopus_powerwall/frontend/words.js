// How times, money and sentences are written for this viewer.

const currency = (language) => new Intl.NumberFormat(language, { style: "currency", currency: "GBP" });

/** The viewer's way of writing, from Home Assistant's locale and its time zone. */
export class Words {
  constructor(locale, timeZone) {
    const { language = "en", time_format: clock, time_zone: zone } = locale ?? {};
    const hour12 = clock === "12" ? true : clock === "24" ? false : undefined;
    const where = zone === "local" ? {} : { timeZone };
    const format = (options) => new Intl.DateTimeFormat(language, { ...where, hour12, ...options });
    const halves = format({ hour: "numeric" }).resolvedOptions().hour12;
    this._clock = format({ hour: halves ? "numeric" : "2-digit", minute: "2-digit" });
    this._hour = format({ hour: "numeric" });
    this._day = new Intl.DateTimeFormat(language, { ...where, weekday: "short" });
    this._parts = new Intl.DateTimeFormat("en-GB", { ...where, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this._number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
    this._money = currency(language);
  }

  /** A time of day, with its weekday where it is further off than a night. */
  time(at, now = at) {
    const far = Math.abs(at - now) > 20 * 3600 && this.day(at) !== this.day(now);
    return (far ? `${this.day(at)} ` : "") + this._clock.format(at * 1000);
  }

  day(at) {
    return this._day.format(at * 1000);
  }

  hour(at) {
    return this._hour.format(at * 1000);
  }

  /** The minutes since midnight on the viewer's clock. */
  minutes(at) {
    const [hour, minute] = this._parts.format(at * 1000).split(":");
    return Number(hour) * 60 + Number(minute);
  }

  number(value) {
    return this._number.format(value);
  }

  money(value) {
    return this._money.format(value);
  }

  /** A unit rate in pence, from pounds. */
  pence(rate) {
    return `${this._number.format(Math.round(rate * 1000) / 10)}p`;
  }

  /** A sentence with its values filled in. */
  say({ text, values = {} }, now) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      if (value === undefined || value === null) return whole;
      return typeof value === "object" ? this.time(value.at, now) : String(value);
    });
  }
}
