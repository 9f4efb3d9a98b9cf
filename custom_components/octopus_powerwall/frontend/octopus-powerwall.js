// Octopus Powerwall: what a dashboard loads. Plain modules, no library, no build; the folder's name has the version in it.
import { OctopusPowerwallCard } from "./card.js";
import { OctopusPowerwallStrategy } from "./strategy.js";
import { DOMAIN, entryOf, loadTexts, localized } from "./registry.js";

const CARD = "octopus-powerwall-card";
const STRATEGY = "octopus-powerwall";

// An older version may have been loaded before us: a name can be defined once only.
for (const [name, element] of [
  [CARD, OctopusPowerwallCard],
  [`ll-strategy-dashboard-${STRATEGY}`, OctopusPowerwallStrategy],
]) {
  if (!customElements.get(name)) customElements.define(name, element);
}

// Pickers read name and description when they open, so these follow the language.
const offer = (list, type, description, more) => {
  window[list] ??= [];
  if (window[list].some((one) => one.type === type)) return;
  window[list].push({
    type,
    name: "Octopus Powerwall",
    get description() {
      return localized(document.querySelector("home-assistant")?.hass, description);
    },
    ...more,
  });
};

offer("customCards", CARD, "card_description", {
  preview: true,
  getEntitySuggestion: (hass, entityId) => {
    const entry = hass.entities?.[entityId]?.platform === DOMAIN ? entryOf(hass, entityId) : undefined;
    return entry ? { config: { type: `custom:${CARD}`, config_entry_id: entry } } : null;
  },
});
offer("customStrategies", STRATEGY, "dashboard_description", { strategyType: "dashboard" });

loadTexts(document.querySelector("home-assistant")?.hass);
