/** The card `custom:access-events-card`: the latest events on a dashboard. */
import { mdiDoor } from "@mdi/js";
import { css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { fetchNewest, messageOf, subscribeEvents } from "./api";
import { BaseElement, icon } from "./base";
import "./details";
import type { Details } from "./details";
import { KIND_GROUPS } from "./kinds";
import { compare } from "./pages";
import { badge, howOf, kindOf, lateMark, rowStyles, timeOf, whereOf, whoOf, whyOf } from "./row";
import { styles } from "./styles";
import type { AccessEvent, Filter } from "./types";

export const CARD = "access-events-card";
export const EDITOR = "access-events-card-editor";
const USUAL_COUNT = 6;
const MOST = 50;

export interface CardConfig {
  type: string;
  title?: string;
  doors?: string[];
  systems?: string[];
  kinds?: string[];
  person?: string;
  count?: number;
  pictures?: boolean;
}

@customElement(CARD)
export class Card extends BaseElement {
  @property({ type: Boolean }) preview = false;
  @state() private config: CardConfig = { type: `custom:${CARD}` };
  @state() private events: AccessEvent[] | undefined;
  @state() private error = "";
  @query("access-events-details") private details!: Details;
  private unsubscribe: (() => Promise<void>) | undefined;
  private round = 0;
  private language = "";

  static getConfigElement(): HTMLElement {
    return document.createElement(EDITOR);
  }

  static getStubConfig(): Omit<CardConfig, "type"> {
    return { kinds: [...KIND_GROUPS.accesses], count: USUAL_COUNT };
  }

  /** Take what the dashboard says; raises what the user has to change. */
  setConfig(config: CardConfig): void {
    for (const key of ["doors", "systems", "kinds"] as const) {
      if (config[key] !== undefined && !Array.isArray(config[key])) {
        throw new Error(`"${key}" has to be a list`);
      }
    }
    const { count } = config;
    if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= MOST)) {
      throw new Error(`"count" has to be a whole number from 1 to ${MOST}`);
    }
    this.config = config;
    if (this.isConnected && this.hass) this.restart();
  }

  getCardSize(): number {
    return 1 + this.count;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto", min_rows: 2 };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hass) this.restart();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop();
  }

  protected override willUpdate(): void {
    if (this.hass && this.language !== this.hass.language) {
      this.language = this.hass.language;
      void this.loadWords();
    }
    if (this.hass && this.isConnected && !this.round) this.restart();
  }

  private get count(): number {
    return this.config.count ?? USUAL_COUNT;
  }

  private get filter(): Filter {
    const { doors, systems, kinds, person } = this.config;
    return {
      ...(doors?.length ? { device_ids: doors } : {}),
      ...(systems?.length ? { entry_ids: systems } : {}),
      ...(kinds?.length ? { kinds } : {}),
      ...(person ? { person } : {}),
    };
  }

  private stop(): void {
    this.round++;
    this.hass?.connection.removeEventListener("ready", this.restart);
    void this.unsubscribe?.().catch(() => undefined);
    this.unsubscribe = undefined;
  }

  /** Show what fits now, and what comes. */
  private restart = (): void => {
    this.stop();
    const { hass, filter, round, count } = this;
    hass.connection.addEventListener("ready", this.restart);
    const isWanted = (): boolean => round === this.round;
    const take = (events: AccessEvent[]): void => {
      const known = new Map([...(this.events ?? []), ...events].map((event) => [event.seq, event]));
      this.events = [...known.values()].sort(compare).slice(0, count);
    };
    const failed = (error: unknown): void => {
      if (isWanted()) this.error = messageOf(this.hass, error);
    };
    const early: AccessEvent[] = [];
    let isLoaded = false;
    void subscribeEvents(hass, filter, ({ events, changed = [] }) => {
      if (!isWanted()) return;
      if (!isLoaded) early.push(...events, ...changed);
      else {
        const known = changed.filter(({ seq }) => this.events?.some((event) => event.seq === seq));
        take([...events, ...known]);
      }
    })
      .then((unsubscribe) => {
        if (isWanted()) this.unsubscribe = unsubscribe;
        else void unsubscribe();
      })
      .catch(failed);
    void fetchNewest(hass, filter, count, isWanted)
      .then((events) => {
        if (!isWanted()) return;
        this.error = "";
        this.events = [];
        isLoaded = true;
        take([...events, ...early]);
      })
      .catch(failed);
  };

  protected override render() {
    if (!this.hass) return nothing;
    const { config } = this;
    return html`<ha-card>
      ${config.title ? html`<h2>${config.title}</h2>` : nothing}
      ${
        this.error
          ? html`<div class="notice bad" role="alert"><span>${this.error}</span></div>`
          : this.renderEvents()
      }
      <access-events-details .hass=${this.hass}></access-events-details>
    </ha-card>`;
  }

  private renderEvents() {
    const { events } = this;
    if (!events) return html`<div class="empty" role="status">${this.words("loading")}</div>`;
    if (!events.length) {
      return html`<div class="empty" role="status">${icon(mdiDoor)}${this.words("nothing_yet")}</div>`;
    }
    return html`<ul aria-label=${this.config.title || this.words("access_log")}>
      ${repeat(
        events,
        (event) => event.seq,
        (event) => html`<li>${this.renderEvent(event)}</li>`,
      )}
    </ul>`;
  }

  private renderEvent(event: AccessEvent) {
    const { hass } = this;
    const pictures = this.config.pictures ?? true;
    const shown = pictures ? event : { ...event, image: null, ha_person: null };
    const who = whoOf(event);
    return html`<button @click=${() => this.details.show(event, undefined)}>
      ${badge(hass, shown)}
      <span class="what">
        <span class="name">${who || whereOf(event)}</span>
        <span class="secondary">
          ${kindOf(hass, event)}${[who ? whereOf(event) : "", ...howOf(hass, event), whyOf(event)]
            .filter(Boolean)
            .map((word) => ` · ${word}`)}
        </span>
      </span>
      ${lateMark(hass, event)}${timeOf(hass, event)}
    </button>`;
  }

  static override styles = [
    styles,
    rowStyles,
    css`
      :host {
        display: block;
      }
      ha-card {
        display: block;
        overflow: hidden;
        padding-block: 8px;
      }
      h2 {
        padding: 8px 16px;
        color: var(--ha-card-header-color, var(--primary-text-color));
        font-size: var(--ha-card-header-font-size, var(--ha-font-size-2xl, 24px));
        overflow-wrap: anywhere;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      button {
        display: flex;
        align-items: center;
        gap: 16px;
        width: 100%;
        min-height: 56px;
        padding: 6px 16px;
        border: 0;
        background: none;
        text-align: start;
      }
      .notice .button {
        width: auto;
      }
      button:hover {
        background: color-mix(in srgb, var(--primary-text-color) 4%, transparent);
      }
      button:focus-visible {
        outline-offset: -2px;
      }
      .what {
        display: flex;
        flex: 1;
        flex-direction: column;
        min-width: 0;
        line-height: 1.4;
      }
      .what > span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .what .secondary,
      time {
        font-size: var(--ha-font-size-s, 12px);
      }
      time {
        display: flex;
        flex-direction: column;
        align-items: flex-end;
        line-height: 1.4;
      }
      .today .secondary {
        display: none;
      }
      .notice {
        margin: 8px 16px;
      }
      .empty {
        padding: 24px;
      }
    `,
  ];
}
