/** The panel's and the card's own words, and those that the integration's actions use too. */
import english from "./translations/en.json";
import type { Hass } from "./types";

declare const LANGUAGES_HASH: string;

export type Key = keyof typeof english;
type Words = Partial<Record<string, string>>;

const DOMAIN = "access_events";
const LANGUAGES = ["da", "de", "es", "fr", "nl", "pl", "ru", "tr", "uk"];
const loaded = new Map<string, Promise<Words>>();
const ready = new Map<string, Words>();

const languageOf = (hass: Hass): string => (hass.language ?? "en").split("-")[0] ?? "en";

async function fetchWords(language: string): Promise<Words> {
  if (!LANGUAGES.includes(language)) return {};
  const address = new URL(`./translations/${language}.json`, import.meta.url);
  address.searchParams.set("v", LANGUAGES_HASH);
  try {
    const answer = await fetch(address);
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

/** Load the words of the user's language; until then there is English. */
export async function loadWords(hass: Hass): Promise<void> {
  const language = languageOf(hass);
  // Home Assistant hands over a new `localize` when it has these, so nobody waits for them.
  for (const category of ["selector", "services", "entity", "exceptions"]) {
    void hass.loadBackendTranslation(category, DOMAIN).catch(() => undefined);
  }
  if (!loaded.has(language)) loaded.set(language, fetchWords(language));
  ready.set(language, (await loaded.get(language)) ?? {});
}

/** Return a text in the user's language, its `{placeholders}` filled. */
export function words(hass: Hass, key: Key, values: Record<string, string | number> = {}): string {
  const text = ready.get(languageOf(hass))?.[key] ?? english[key];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Return what the integration calls it, or the bare name made readable. */
function backendWord(hass: Hass, path: string, name: string): string {
  const readable = name.replaceAll("_", " ");
  return (
    hass.localize(`component.${DOMAIN}.${path}`) ||
    readable.charAt(0).toUpperCase() + readable.slice(1)
  );
}

export const kindWord = (hass: Hass, kind: string) =>
  backendWord(hass, `selector.kind.options.${kind}`, kind);

export const methodWord = (hass: Hass, method: string) =>
  backendWord(hass, `entity.sensor.last_method.state.${method}`, method);

export const fieldWord = (hass: Hass, field: string) =>
  backendWord(hass, `services.register_user.fields.${field}.name`, field);

export const fieldHelp = (hass: Hass, field: string) =>
  hass.localize(`component.${DOMAIN}.services.register_user.fields.${field}.description`);
