/** All that is known of one event, with its picture. */
import { mdiClose } from "@mdi/js";
import { css, html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { BaseElement, icon } from "./base";
import { kindWord } from "./localize";
import { badge, howOf, rowStyles, whereOf, whoOf } from "./row";
import { styles } from "./styles";
import { dateTime } from "./time";
import type { AccessEvent } from "./types";

@customElement("access-events-details")
export class Details extends BaseElement {
  @state() private event: AccessEvent | undefined;
  @query("dialog") private dialog!: HTMLDialogElement;
  private systemTitle: string | undefined;

  /** Open the dialog; `title` is the system's. */
  async show(event: AccessEvent, title: string | undefined): Promise<void> {
    this.event = event;
    this.systemTitle = title;
    await this.updateComplete;
    this.dialog.showModal();
  }

  private close = (): void => this.dialog.close();

  private closed(): void {
    this.event = undefined;
  }

  private pressed(press: MouseEvent): void {
    if (press.target === this.dialog) this.close();
  }

  protected override render() {
    const { event } = this;
    return html`<dialog aria-labelledby="title" @close=${this.closed} @click=${this.pressed}>
      ${event ? this.renderEvent(event) : nothing}
    </dialog>`;
  }

  private renderEvent(event: AccessEvent) {
    const { hass } = this;
    const person = event.ha_person ? hass.states[event.ha_person] : undefined;
    const rows: [string, string | null | undefined][] = [
      [this.words("door"), whereOf(event)],
      [this.words("person"), whoOf(event)],
      [
        this.words("home_assistant_person"),
        event.ha_person && String(person?.attributes.friendly_name ?? event.ha_person),
      ],
      [this.words("method"), howOf(hass, event).join(" · ")],
      [this.words("credential"), event.credential],
      [this.words("reason"), event.reason],
      [this.words("message"), event.message],
      [this.words("happened"), dateTime(hass, event.occurred_at)],
      [this.words(event.live ? "received" : "learned_late"), dateTime(hass, event.received_at)],
      [this.words("reader"), event.reader_name],
      [this.words("system"), this.systemTitle],
      [this.words("vendor_code"), event.vendor_code],
    ];
    return html`
      <header>
        ${badge(hass, { ...event, image: null, ha_person: null })}
        <h2 id="title">${kindWord(hass, event.kind)}</h2>
        <button class="icon-button" aria-label=${this.words("close")} @click=${this.close}>
          ${icon(mdiClose)}
        </button>
      </header>
      <div class="body">
        ${
          event.image
            ? html`<img
                class="picture"
                src=${hass.hassUrl(event.image)}
                alt=${this.words("picture_of", { door: whereOf(event) })}
              />`
            : nothing
        }
        <dl>
          ${rows.map(([name, value]) => (value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : nothing))}
        </dl>
      </div>
    `;
  }

  static override styles = [
    styles,
    rowStyles,
    css`
      header .badge {
        margin-inline-start: 12px;
      }
      .picture {
        max-width: 100%;
        max-height: 50dvh;
        align-self: center;
        border-radius: var(--ae-radius);
      }
      dl,
      dd {
        margin: 0;
      }
      dl > div {
        display: grid;
        grid-template-columns: minmax(110px, 35%) 1fr;
        gap: 16px;
        padding: 8px 0;
        border-bottom: 1px solid var(--divider-color);
      }
      dl > div:last-child {
        border: 0;
      }
      dt {
        color: var(--secondary-text-color);
      }
      dd {
        overflow-wrap: anywhere;
      }
    `,
  ];
}
