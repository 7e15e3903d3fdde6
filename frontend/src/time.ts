/** Times as the user has chosen to read them. */
import type { Hass } from "./types";

// Making a formatter, and asking which time zone the browser is in, takes longer than a row may.
const formats = new Map<string, WeakMap<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>>();
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Return the name of the time zone that times are shown in. */
export const timeZoneOf = (hass: Hass): string =>
  hass.locale.time_zone === "server" ? hass.config.time_zone : browserZone;

/** Return whether the user reads hours with AM and PM. */
function isTwelveHours(hass: Hass): boolean {
  const { language, time_format } = hass.locale;
  if (time_format === "12" || time_format === "24") return time_format === "12";
  const asked = time_format === "system" ? [] : language;
  return new Intl.DateTimeFormat(asked, { hour: "numeric" }).resolvedOptions().hour12 ?? false;
}

/** Format a time; `options` is one of the constants below, by which formatters are kept. */
export function format(
  hass: Hass,
  time: string | number,
  options: Intl.DateTimeFormatOptions,
): string {
  const { language, time_format } = hass.locale;
  const chosen = `${language} ${time_format} ${timeZoneOf(hass)}`;
  const known = formats.get(chosen) ?? new WeakMap();
  formats.set(chosen, known);
  let found: Intl.DateTimeFormat | undefined = known.get(options);
  if (!found) {
    const hours = isTwelveHours(hass)
      ? ({ hour: "numeric", hourCycle: "h12" } as const)
      : ({ hour: "2-digit", hourCycle: "h23" } as const);
    found = new Intl.DateTimeFormat(language, {
      timeZone: timeZoneOf(hass),
      ...options,
      ...(options.hour ? hours : {}),
    });
    known.set(options, found);
  }
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : found.format(date);
}

const CLOCK = { hour: "2-digit", minute: "2-digit" } as const;
const CLOCK_SECOND = { ...CLOCK, second: "2-digit" } as const;
const DAY = { day: "numeric", month: "short" } as const;
const WEEKDAY = { weekday: "short", ...DAY } as const;
const DAY_YEAR = { ...DAY, year: "numeric" } as const;
const DAY_CLOCK = { ...DAY, ...CLOCK } as const;
const WEEKDAY_CLOCK = { weekday: "short", ...CLOCK } as const;
const ALL = { ...DAY_YEAR, ...CLOCK_SECOND } as const;

export const clock = (hass: Hass, iso: string) => format(hass, iso, CLOCK_SECOND);

export const hour = (hass: Hass, iso: string) => format(hass, iso, CLOCK);

export const weekdayAndHour = (hass: Hass, iso: string) => format(hass, iso, WEEKDAY_CLOCK);

export const shortDay = (hass: Hass, iso: string) => format(hass, iso, DAY);

export const day = (hass: Hass, iso: string): string => {
  const thisYear = new Date(iso).getFullYear() === new Date().getFullYear();
  return format(hass, iso, thisYear ? WEEKDAY : DAY_YEAR);
};

export const isToday = (hass: Hass, iso: string): boolean =>
  Math.abs(Date.now() - Date.parse(iso)) < 86_400_000 &&
  format(hass, iso, DAY) === format(hass, Date.now(), DAY);

export const dateTime = (hass: Hass, iso: string) => format(hass, iso, ALL);

export const dayAndHour = (hass: Hass, iso: string) => format(hass, iso, DAY_CLOCK);

/** Return a number of seconds in words ("2 min"); below zero where a clock is ahead of ours. */
export function duration(hass: Hass, seconds: number): string {
  const size = Math.abs(seconds);
  const [value, unit] =
    size < 90
      ? [size < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds), "second"]
      : size < 5400
        ? [Math.round(seconds / 60), "minute"]
        : size < 129600
          ? [Math.round(seconds / 3600), "hour"]
          : [Math.round(seconds / 86400), "day"];
  return new Intl.NumberFormat(hass.locale.language, {
    style: "unit",
    unit: unit as string,
    unitDisplay: "short",
    signDisplay: "negative",
  }).format(value as number);
}

export const number = (hass: Hass, value: number): string =>
  new Intl.NumberFormat(hass.locale.language).format(value);

const FIELD = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
} as const;
const fieldFormats = new Map<string, Intl.DateTimeFormat>();

/** Return a time as the value of a `datetime-local` field, in the shown time zone. */
export function toField(hass: Hass, iso: string | null | undefined): string {
  if (!iso || Number.isNaN(Date.parse(iso))) return "";
  const timeZone = timeZoneOf(hass);
  const shown =
    fieldFormats.get(timeZone) ?? new Intl.DateTimeFormat("en-CA", { ...FIELD, timeZone });
  fieldFormats.set(timeZone, shown);
  const parts: Record<string, string> = {};
  for (const { type, value } of shown.formatToParts(new Date(iso))) parts[type] = value;
  return `${parts.year?.padStart(4, "0")}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/** Return the time that a `datetime-local` field says, or undefined if it says none. */
export function fromField(hass: Hass, value: string): string | undefined {
  const wanted = Date.parse(`${value}Z`);
  if (Number.isNaN(wanted)) return undefined;
  // The zone's offset is known for a moment only, and the moment only with the offset: near a
  // change of clocks the second round corrects the first.
  let guess = wanted;
  for (let round = 0; round < 2; round++) {
    guess += wanted - Date.parse(`${toField(hass, new Date(guess).toISOString())}Z`);
  }
  return new Date(guess).toISOString();
}

/** Return the moment at which the day of `date` began in the shown time zone, days before. */
export function startOfDay(hass: Hass, date: Date, daysBefore = 0): string {
  const today = toField(hass, date.toISOString()).slice(0, 10);
  const moved = new Date(Date.parse(`${today}T00:00Z`) - daysBefore * 86_400_000);
  return fromField(hass, moved.toISOString().slice(0, 16)) ?? date.toISOString();
}
