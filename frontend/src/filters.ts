/** The bar that says which events are asked for. */
import { mdiFilterRemove, mdiFilterVariant } from "@mdi/js";
import { css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { BaseElement, icon } from "./base";
import { KIND_GROUPS, KINDS } from "./kinds";
import { type Key, kindWord } from "./localize";
import { styles } from "./styles";
import { fromField, startOfDay, toField } from "./time";
import type { Filter, System } from "./types";

const TYPING_MS = 250;
const SPANS = ["any", "today", "yesterday", "week", "month", "own"] as const;

/** What is chosen, as it is in the fields. */
export interface Choice {
  /** A door's device, or an entry. */
  where: string;
  /** A kind, or a group of kinds. */
  kind: string;
  person: string;
  text: string;
  span: (typeof SPANS)[number];
  start: string;
  end: string;
}

/** What the event `filter-changed` tells. */
export interface Chosen {
  choice: Choice;
  filter: Filter;
}

export const NOTHING_CHOSEN: Choice = {
  where: "",
  kind: "",
  person: "",
  text: "",
  span: "any",
  start: "",
  end: "",
};

@customElement("access-events-filters")
export class Filters extends BaseElement {
  @property({ attribute: false }) systems: System[] = [];
  @property({ type: Boolean }) narrow = false;
  @property({ attribute: false }) choice = NOTHING_CHOSEN;
  @state() private shown = false;
  private typing: ReturnType<typeof setTimeout> | undefined;

  private choose(part: Partial<Choice>): void {
    this.choice = { ...this.choice, ...part };
    clearTimeout(this.typing);
    this.typing = undefined;
    const { choice, filter } = this;
    this.dispatchEvent(new CustomEvent<Chosen>("filter-changed", { detail: { choice, filter } }));
  }

  private typed(part: Partial<Choice>): void {
    this.choice = { ...this.choice, ...part };
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.choose({}), TYPING_MS);
  }

  private get filter(): Filter {
    const { where, kind, person, text } = this.choice;
    const [sort, id] = where.split(" ");
    const group = KIND_GROUPS[kind as keyof typeof KIND_GROUPS];
    return {
      ...(sort === "door" && id ? { device_ids: [id] } : {}),
      ...(sort === "system" && id ? { entry_ids: [id] } : {}),
      ...(kind ? { kinds: group ? [...group] : [kind] } : {}),
      ...(person.trim() ? { person: person.trim() } : {}),
      ...(text.trim() ? { text: text.trim() } : {}),
      ...this.span,
    };
  }

  private get span(): Pick<Filter, "start" | "end"> {
    const { hass } = this;
    const now = new Date();
    const { span, start, end } = this.choice;
    if (span === "today") return { start: startOfDay(hass, now) };
    if (span === "yesterday")
      return { start: startOfDay(hass, now, 1), end: startOfDay(hass, now) };
    if (span === "week") return { start: startOfDay(hass, now, 6) };
    if (span === "month") return { start: startOfDay(hass, now, 29) };
    if (span === "any") return {};
    const from = fromField(hass, start);
    const to = fromField(hass, end);
    return { ...(from ? { start: from } : {}), ...(to ? { end: to } : {}) };
  }

  private get chosen(): number {
    const { where, kind, person, span } = this.choice;
    return [where, kind, person].filter(Boolean).length + (span === "any" ? 0 : 1);
  }

  private clear(): void {
    this.choose(NOTHING_CHOSEN);
  }

  private chooseSpan(span: Choice["span"]): void {
    const { hass } = this;
    const start = toField(hass, startOfDay(hass, new Date()));
    this.choose({ span, ...(span === "own" && !this.choice.start ? { start, end: "" } : {}) });
  }

  protected override render() {
    const { choice, chosen } = this;
    const open = !this.narrow || this.shown;
    return html`
      <div class="bar" role="search" aria-label=${this.words("filter")}>
        <div class="first">
          <input
            type="search"
            aria-label=${this.words("search")}
            placeholder=${this.words("search")}
            .value=${choice.text}
            @input=${(event: InputEvent) => this.typed({ text: textOf(event) })}
          />
          ${
            this.narrow
              ? html`<button
                  class="icon-button"
                  aria-expanded=${this.shown}
                  aria-label=${this.words("filter")}
                  @click=${() => {
                    this.shown = !this.shown;
                  }}
                >
                  ${icon(mdiFilterVariant)}${chosen ? html`<span class="count">${chosen}</span>` : nothing}
                </button>`
              : nothing
          }
        </div>
        ${open ? this.renderFields() : nothing}
        ${
          chosen || choice.text
            ? html`<button class="button clear" @click=${this.clear}>
                ${icon(mdiFilterRemove)}${this.words("clear_filter")}
              </button>`
            : nothing
        }
      </div>
    `;
  }

  private renderFields() {
    const { choice } = this;
    return html`
      <select
        aria-label=${this.words("door")}
        @change=${(event: Event) => this.choose({ where: textOf(event) })}
      >
        ${option("", this.words("all_doors"), choice.where)}
        ${this.systems.map(
          (system) => html`<optgroup label=${system.title}>
            ${
              this.systems.length > 1
                ? option(
                    `system ${system.entry_id}`,
                    this.words("all_of", { name: system.title }),
                    choice.where,
                  )
                : nothing
            }
            ${system.doors.map(({ device_id, name }) => option(`door ${device_id}`, name, choice.where))}
          </optgroup>`,
        )}
      </select>
      <select
        aria-label=${this.words("event")}
        @change=${(event: Event) => this.choose({ kind: textOf(event) })}
      >
        ${option("", this.words("all_events"), choice.kind)}
        ${Object.keys(KIND_GROUPS).map((group) => option(group, this.words(`kinds_${group}` as Key), choice.kind))}
        <optgroup label=${this.words("only")}>
          ${KINDS.map((kind) => option(kind, kindWord(this.hass, kind), choice.kind))}
        </optgroup>
      </select>
      <input
        type="search"
        aria-label=${this.words("person")}
        placeholder=${this.words("person")}
        .value=${choice.person}
        @input=${(event: InputEvent) => this.typed({ person: textOf(event) })}
      />
      <select
        aria-label=${this.words("time")}
        @change=${(event: Event) => this.chooseSpan(textOf(event) as Choice["span"])}
      >
        ${SPANS.map((span) => option(span, this.words(`span_${span}`), choice.span))}
      </select>
      ${
        choice.span === "own"
          ? (["start", "end"] as const).map(
              (side) => html`<label class="field own">
                <span>${this.words(side === "start" ? "from" : "until")}</span>
                <input
                  type="datetime-local"
                  .value=${choice[side]}
                  @change=${(event: Event) => this.choose({ [side]: textOf(event) })}
                />
              </label>`,
            )
          : nothing
      }
    `;
  }

  static override styles = [
    styles,
    css`
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 8px;
        padding: 12px 16px;
      }
      .bar > * {
        flex: 1 1 150px;
        max-width: 240px;
      }
      .first {
        display: flex;
        gap: 8px;
      }
      .own {
        flex-basis: 190px;
      }
      .bar > .clear {
        flex: none;
      }
      .icon-button {
        position: relative;
      }
      .count {
        position: absolute;
        top: 0;
        inset-inline-end: 0;
        min-width: 18px;
        padding: 0 4px;
        border-radius: 9px;
        background: color-mix(in srgb, var(--primary-color) 45%, var(--card-background-color));
        color: var(--primary-text-color);
        font-size: 12px;
        line-height: 18px;
      }
      @media (max-width: 870px) {
        .bar > * {
          max-width: none;
        }
        .first {
          flex-basis: 100%;
        }
      }
    `,
  ];
}

const textOf = (event: Event): string =>
  (event.target as HTMLInputElement | HTMLSelectElement).value;

const option = (value: string, text: string, chosen: string) =>
  html`<option value=${value} ?selected=${value === chosen} .selected=${value === chosen}>${text}</option>`;
