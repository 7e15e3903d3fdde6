/** The integration's WebSocket commands. */
import type {
  AccessEvent,
  Bucket,
  Counts,
  Failure,
  Filter,
  Hass,
  News,
  Page,
  Person,
  System,
} from "./types";

const DOMAIN = "access_events";

export const fetchSystems = async (hass: Hass): Promise<System[]> =>
  (await hass.callWS<{ systems: System[] }>({ type: `${DOMAIN}/systems` })).systems;

export const fetchPage = (
  hass: Hass,
  filter: Filter,
  limit: number,
  before?: string | null,
): Promise<Page> =>
  hass.callWS({
    type: `${DOMAIN}/query`,
    ...filter,
    limit,
    ...(before ? { before } : {}),
  });

export const subscribeEvents = (
  hass: Hass,
  filter: Filter,
  callback: (news: News) => void,
): Promise<() => Promise<void>> =>
  hass.connection.subscribeMessage<News>(callback, { type: `${DOMAIN}/subscribe`, ...filter });

/** Return the newest events; where few fit, the server looks for them in several steps. */
export async function fetchNewest(
  hass: Hass,
  filter: Filter,
  count: number,
  isWanted: () => boolean,
): Promise<AccessEvent[]> {
  const events: AccessEvent[] = [];
  let before: string | null = null;
  do {
    const page: Page = await fetchPage(hass, filter, count - events.length, before);
    events.push(...page.events);
    before = page.next;
  } while (before !== null && events.length < count && isWanted());
  return events;
}

export const fetchCounts = (
  hass: Hass,
  filter: Filter,
  bucket: Bucket,
  timeZone: string,
): Promise<Counts> =>
  hass.callWS({ type: `${DOMAIN}/counts`, ...filter, bucket, time_zone: timeZone });

/** Ask for a file of what fits the filter, and hand it to the browser. */
export async function download(
  hass: Hass,
  filter: Filter,
  format: "csv" | "jsonl",
  timeZone: string,
): Promise<void> {
  const { path } = await hass.callWS<{ path: string }>({
    type: `${DOMAIN}/download`,
    ...filter,
    format,
    time_zone: timeZone,
  });
  const link = document.createElement("a");
  link.href = hass.hassUrl(path);
  link.download = "";
  link.style.display = "none";
  document.body.append(link);
  link.click();
  link.remove();
}

export const fetchPeople = async (hass: Hass, entryId: string): Promise<Person[]> =>
  (await hass.callWS<{ people: Person[] }>({ type: `${DOMAIN}/people/list`, entry_id: entryId }))
    .people;

/** Register a person, or change the one that `user_id` names. */
export const savePerson = (
  hass: Hass,
  entryId: string,
  fields: Record<string, unknown>,
  known: boolean,
): Promise<unknown> =>
  hass.callWS({
    type: `${DOMAIN}/people/${known ? "update" : "register"}`,
    entry_id: entryId,
    ...fields,
  });

export const removePerson = (hass: Hass, entryId: string, userId: string): Promise<null> =>
  hass.callWS({ type: `${DOMAIN}/people/remove`, entry_id: entryId, user_id: userId });

/** Return what a failed command says of itself, in the user's language where it has words. */
export function messageOf(hass: Hass, error: unknown): string {
  if (!error || typeof error !== "object" || !("message" in error)) return String(error);
  const { message, translation_domain, translation_key, translation_placeholders } =
    error as Failure;
  const key = `component.${translation_domain}.exceptions.${translation_key}.message`;
  return (translation_key && hass.localize(key, translation_placeholders ?? {})) || String(message);
}
