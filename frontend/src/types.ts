/** What Home Assistant hands to panels and cards, as far as it is used here. */

export interface Locale {
  language: string;
  time_format: "language" | "system" | "12" | "24";
  time_zone: "local" | "server";
}

export interface Connection {
  subscribeMessage<T>(
    callback: (message: T) => void,
    command: object,
  ): Promise<() => Promise<void>>;
  addEventListener(name: "ready", listener: () => void): void;
  removeEventListener(name: "ready", listener: () => void): void;
}

export interface State {
  entity_id: string;
  state: string;
  attributes: Record<string, unknown>;
}

export interface Hass {
  language: string;
  locale: Locale;
  config: { time_zone: string };
  user?: { is_admin: boolean };
  states: Record<string, State | undefined>;
  connection: Connection;
  dockedSidebar: "docked" | "always_hidden" | "auto";
  callWS<T>(command: object): Promise<T>;
  hassUrl(path: string): string;
  localize(key: string, values?: Record<string, string>): string;
  loadBackendTranslation(category: string, integration: string): Promise<unknown>;
}

/** Why a command failed. */
export interface Failure {
  message: string;
  translation_domain?: string;
  translation_key?: string;
  translation_placeholders?: Record<string, string> | null;
}

/** One access event, as on the bus, with where it is in the journal. */
export interface AccessEvent {
  key: string;
  seq: number;
  entry_id: string;
  vendor: string;
  device_id: string | null;
  door_id: string | null;
  door_name: string | null;
  reader_name: string | null;
  kind: string;
  method: string | null;
  person: string | null;
  person_id: string | null;
  ha_person: string | null;
  credential: string | null;
  direction: string | null;
  reason: string | null;
  message: string | null;
  vendor_code: string;
  occurred_at: string;
  received_at: string;
  live: boolean;
  image: string | null;
}

/** Which events are asked for; all that is set has to fit. */
export interface Filter {
  entry_ids?: string[];
  device_ids?: string[];
  kinds?: string[];
  person?: string;
  text?: string;
  start?: string;
  end?: string;
}

/** A page may be short, even empty, although there is a next one. */
export interface Page {
  events: AccessEvent[];
  next: string | null;
}

/** What was recorded just now, and known events of which more is known now. */
export interface News {
  events: AccessEvent[];
  changed?: AccessEvent[];
}

export interface Door {
  device_id: string;
  door_id: string;
  name: string;
  area: string | null;
}

export interface System {
  entry_id: string;
  title: string;
  vendor: string;
  connected: boolean;
  state: "live" | "catching_up" | "connecting" | "offline" | "not_loaded";
  catch_up: { read: number; since: string } | null;
  last_event: string | null;
  delay: number | null;
  events_recorded: number;
  gaps: { start: string | null; end: string | null; detail: string | null }[];
  capabilities: string[];
  user_fields: string[];
  doors: Door[];
}

export type Bucket = "hour" | "day";

export interface Tally {
  granted: number;
  denied: number;
  other: number;
}

export interface Counts {
  buckets: ({ start: string } & Tally)[];
  doors: ({ entry_id: string; device_id: string | null; door: string | null } & Tally)[];
}

/** A person in a system's register. Credentials are known as counts only. */
export interface Person {
  user_id: string;
  name: string;
  active: boolean | null;
  valid_from: string | null;
  valid_until: string | null;
  groups: string[] | null;
  doors: string[] | null;
  credentials: {
    cards: number | null;
    pin: boolean | null;
    face: boolean | null;
    phone: boolean | null;
  };
  ha_person: string | null;
}
