// The dashboard: one view for each Powerwall, made anew at each visit from what the registry has. Nothing to paste.
import { loadTexts, localized, powerwalls } from "./registry.js";

const tile = (entity, more) => ({ type: "tile", entity, name: { type: "entity" }, ...more });
const full = { grid_options: { columns: "full" } };
const heading = (text, icon, more) => ({ type: "heading", heading: text, heading_style: "title", icon, ...more });

const section = (cards, more) => {
  const kept = cards.filter(Boolean);
  return kept.length > 1 ? { type: "grid", cards: kept, ...more } : undefined;
};

const statistics = (title, entity, period, days) => ({
  type: "statistics-graph",
  title,
  entities: [entity],
  chart_type: "bar",
  stat_types: ["change"],
  period,
  days_to_show: days,
  hide_legend: true,
  grid_options: { columns: "full", rows: 4 },
});

export class OctopusPowerwallStrategy extends HTMLElement {
  static async generate(_config, hass) {
    // A dashboard is made once: it has to wait for its words.
    const words = await loadTexts(hass);
    const found = powerwalls(hass);
    const text = (key) => localized(words, `dashboard_${key}`);
    if (!found.length) {
      return { views: [{ cards: [{ type: "markdown", content: text("empty") }] }] };
    }
    const binds = ({ ids }) => hass.states?.[ids.allowance_used]?.attributes.binds === true;
    return { views: found.map((one, index) => view(one, index, text, found.length, binds(one))) };
  }
}

const view = ({ entry, name, ids }, index, text, count, binding) => {
  const badge = (key) => ids[key] && { type: "entity", entity: ids[key], show_state: true, show_icon: false };
  const known = (key, more) => ids[key] && tile(ids[key], more);
  const attention = ids.attention && {
    ...tile(ids.attention, { color: "red", ...full }),
    visibility: [{ condition: "state", entity: ids.attention, state: "on" }],
  };
  const now = section(
    [
      heading(text("now"), "mdi:lightning-bolt", { badges: ["cheap_rate", "import_rate"].map(badge).filter(Boolean) }),
      attention,
      { type: "custom:octopus-powerwall-card", config_entry_id: entry, ...full },
    ],
    { column_span: 2 },
  );
  const slots = section([
    heading(text("slots"), "mdi:calendar-clock"),
    known("next_slot_start"),
    known("planned_energy", { name: text("car_energy") }),
    // Where slots are cheap as a whole, the six hours bind nobody, unless the owner's option says otherwise.
    binding && known("allowance_used"),
    known("tariff", full),
    ids.schedule && { type: "calendar", initial_view: "listWeek", entities: [ids.schedule], grid_options: { columns: "full", rows: 5 } },
  ]);
  const savings =
    ids.savings &&
    section([
      heading(text("savings"), "mdi:piggy-bank-outline"),
      known("energy_charged"),
      known("energy_kept"),
      statistics(text("savings_day"), ids.savings, "day", 14),
      statistics(text("savings_month"), ids.savings, "month", 365),
    ]);
  const happened = section([
    heading(text("happened"), "mdi:history"),
    // The sentences stand in the switch's logbook: an event's own lines would be there beside them, without a value.
    ids.automation && { type: "logbook", hours_to_show: 48, target: { entity_id: [ids.automation] }, grid_options: { columns: "full", rows: 6 } },
  ]);
  const choices = section([
    heading(text("choices"), "mdi:tune"),
    known("automation", { features: [{ type: "toggle" }], features_position: "inline", ...full }),
    known("slot_action", { features: [{ type: "select-options" }], features_position: "inline", ...full }),
    known("charge_target", { features: [{ type: "numeric-input", style: "buttons" }], features_position: "inline", ...full }),
    ...["skip_slot", "resume", "refresh"].map((key) => known(key, { hide_state: true })),
  ]);
  const several = count > 1;
  return {
    title: name,
    path: several ? `powerwall-${index + 1}` : "powerwall",
    // An icon would stand in the place of the name.
    ...(several ? {} : { icon: "mdi:home-battery" }),
    type: "sections",
    max_columns: 3,
    sections: [now, choices, happened, savings, slots].filter(Boolean),
  };
};
