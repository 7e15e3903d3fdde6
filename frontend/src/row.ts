/** How one event is shown, in the list and on the card. */
import { mdiHistory } from "@mdi/js";
import { css, html, nothing } from "lit";
import { icon } from "./base";
import { iconOf, toneOf } from "./kinds";
import { kindWord, methodWord, words } from "./localize";
import { clock, dateTime, day, isToday } from "./time";
import type { AccessEvent, Hass } from "./types";

const directionWord = (hass: Hass, direction: string): string =>
  hass.localize(
    `component.access_events.entity.event.access.state_attributes.direction.state.${direction}`,
  ) || direction;

/** Return how a person identified and which way they went, as far as it is known. */
export const howOf = (hass: Hass, event: AccessEvent): string[] => [
  ...(event.method && event.method !== "unknown" ? [methodWord(hass, event.method)] : []),
  ...(event.direction ? [directionWord(hass, event.direction)] : []),
];

export const whoOf = (event: AccessEvent): string => event.person ?? event.person_id ?? "";

export const whereOf = (event: AccessEvent): string =>
  event.door_name ?? event.reader_name ?? event.door_id ?? "";

export const whyOf = (event: AccessEvent): string => event.reason ?? event.message ?? "";

const dropImage = (event: Event) => (event.target as HTMLElement).remove();

/** Return the event's picture, else the person's, behind the sign of what happened. */
export function badge(hass: Hass, event: AccessEvent) {
  const person = event.ha_person ? hass.states[event.ha_person] : undefined;
  const portrait = person?.attributes.entity_picture;
  const picture = event.image ?? (typeof portrait === "string" ? portrait : null);
  return html`<div class="badge ${toneOf(event.kind)}">
    ${
      picture
        ? html`<img src=${hass.hassUrl(picture)} alt="" loading="lazy" decoding="async" @error=${dropImage} />`
        : nothing
    }
    ${icon(iconOf(event.kind))}
  </div>`;
}

/** Return the mark on what was not seen as it happened. */
export const lateMark = (hass: Hass, event: AccessEvent) =>
  event.live
    ? nothing
    : html`<span
        class="late"
        title=${words(hass, "learned_late_at", { time: dateTime(hass, event.received_at) })}
        >${icon(mdiHistory)}<span class="hidden-text">${words(hass, "learned_late")}</span></span
      >`;

export const timeOf = (hass: Hass, event: AccessEvent) =>
  html`<time datetime=${event.occurred_at} class=${isToday(hass, event.occurred_at) ? "today" : ""}>
    <span>${clock(hass, event.occurred_at)}</span>
    <span class="secondary">${day(hass, event.occurred_at)}</span>
  </time>`;

export const kindOf = (hass: Hass, event: AccessEvent) =>
  html`<span>${kindWord(hass, event.kind)}</span>`;

export const rowStyles = css`
  .badge {
    position: relative;
    display: grid;
    place-items: center;
    width: 40px;
    height: 40px;
    flex: none;
    border-radius: 50%;
    background: color-mix(in srgb, var(--ae-tone, var(--secondary-text-color)) 16%, transparent);
    color: var(--ae-tone, var(--secondary-text-color));
    --mdc-icon-size: 22px;
  }
  .badge img {
    grid-area: 1 / 1;
    width: 40px;
    height: 40px;
    border-radius: 8px;
    object-fit: cover;
    background: var(--divider-color);
  }
  .badge:has(img) {
    background: none;
    --mdc-icon-size: 16px;
  }
  .badge img + .icon {
    position: absolute;
    inset-inline-end: -5px;
    bottom: -4px;
    width: 18px;
    height: 18px;
    padding: 1px;
    border-radius: 50%;
    background: var(--card-background-color);
  }
  .late {
    display: inline-flex;
    color: var(--secondary-text-color);
    --mdc-icon-size: 18px;
  }
  time {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
`;
