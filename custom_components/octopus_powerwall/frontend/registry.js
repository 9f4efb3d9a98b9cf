// What the frontend knows of us: our entities, the entries they belong to, and our texts.
export const DOMAIN = "octopus_powerwall";

const ours = (hass) => Object.values(hass?.entities ?? {}).filter((entity) => entity.platform === DOMAIN);

const entryOfDevice = (device) => device?.primary_config_entry ?? device?.config_entries?.[0];

/** The config entry that an entity belongs to. */
export const entryOf = (hass, entityId) => entryOfDevice(hass.devices?.[hass.entities?.[entityId]?.device_id]);

/** Every Powerwall that is set up: its entry, its name, and its entities' ids by key. Of several, Tesla's names tell more. */
export const powerwalls = (hass) => {
  const found = new Map();
  for (const entity of ours(hass)) {
    const device = hass.devices?.[entity.device_id];
    const entry = entryOfDevice(device);
    if (!entry) continue;
    if (!found.has(entry)) found.set(entry, { entry, device, ids: {} });
    if (entity.translation_key) found.get(entry).ids[entity.translation_key] = entity.entity_id;
  }
  const nameOf = ({ name_by_user, model, name }) => name_by_user || (found.size > 1 && model) || name;
  return [...found.values()]
    .map(({ device, ...one }) => ({ ...one, name: nameOf(device) }))
    .sort((one, other) => one.name.localeCompare(other.name));
};

const loading = {};

/**
 * Load our texts, and answer with what finds them; where Home Assistant refuses they stay empty. Asked again while they
 * are on their way, Home Assistant takes them for loaded: so they are asked for once in a language.
 */
export const loadTexts = async (hass) => {
  if (!hass?.loadBackendTranslation) return hass;
  try {
    return { localize: await (loading[hass.language] ??= hass.loadBackendTranslation("common", DOMAIN)) };
  } catch {
    return hass;
  }
};

/** One of our texts in the viewer's language. */
export const localized = (hass, key) => hass?.localize?.(`component.${DOMAIN}.common.${key}`) || "";
