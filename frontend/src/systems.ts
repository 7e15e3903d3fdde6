/** How the systems are doing: connection, delay, what is being read again, and gaps. */
import {
  mdiCheckCircle,
  mdiCloudSync,
  mdiLanDisconnect,
  mdiLanPending,
  mdiPowerPlugOff,
} from "@mdi/js";
import { css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { BaseElement, icon } from "./base";
import { styles } from "./styles";
import { dateTime, duration, number } from "./time";
import type { System } from "./types";

const LOOKS: Record<System["state"], [path: string, tone: string]> = {
  live: [mdiCheckCircle, "good"],
  catching_up: [mdiCloudSync, "warn"],
  connecting: [mdiLanPending, "warn"],
  offline: [mdiLanDisconnect, "bad"],
  not_loaded: [mdiPowerPlugOff, "bad"],
};

@customElement("access-events-systems")
export class Systems extends BaseElement {
  @property({ attribute: false }) systems: System[] = [];

  protected override render() {
    return html`<div class="page">${this.systems.map((system) => this.renderSystem(system))}</div>`;
  }

  private renderSystem(system: System) {
    const { hass } = this;
    const [path, tone] = LOOKS[system.state] ?? LOOKS.offline;
    const facts: [string, string | null][] = [
      [this.words("last_event"), system.last_event && dateTime(hass, system.last_event)],
      [this.words("delay"), system.delay === null ? null : duration(hass, system.delay)],
      [this.words("events_recorded"), number(hass, system.events_recorded)],
      [this.words("doors"), system.doors.map((door) => door.name).join(", ")],
    ];
    return html`<section class="card" aria-labelledby="system-${system.entry_id}">
      <header>
        <h2 id="system-${system.entry_id}">${system.title}</h2>
        <span class="chip ${tone}">${icon(path)}${this.words(`state_${system.state}`)}</span>
      </header>
      ${
        system.catch_up
          ? html`<div class="catch-up">
              <div class="progress" role="progressbar" aria-label=${this.words("state_catching_up")}></div>
              <span>${this.words("catch_up_progress", {
                count: number(hass, system.catch_up.read),
                time: dateTime(hass, system.catch_up.since),
              })}</span>
            </div>`
          : nothing
      }
      <dl>
        ${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value || "–"}</dd></div>`)}
      </dl>
      ${system.gaps.length ? this.renderGaps(system) : html`<p class="secondary">${this.words("no_gaps")}</p>`}
    </section>`;
  }

  private renderGaps({ gaps }: System) {
    const { hass } = this;
    return html`<details>
      <summary>${this.words("gaps")} (${gaps.length})</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">${this.words("from")}</th>
            <th scope="col">${this.words("until")}</th>
            <th scope="col">${this.words("reason")}</th>
          </tr>
        </thead>
        <tbody>
          ${gaps.map(
            (gap) => html`<tr>
              <td>${gap.start ? dateTime(hass, gap.start) : "–"}</td>
              <td>${gap.end ? dateTime(hass, gap.end) : "–"}</td>
              <td>${gap.detail}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </details>`;
  }

  static override styles = [
    styles,
    css`
      :host {
        display: block;
        overflow: auto;
      }
      .page {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 1fr));
        gap: 16px;
        align-items: start;
      }
      .card {
        padding: 16px;
        min-width: 0;
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 8px;
      }
      h2 {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      dl {
        margin: 12px 0;
      }
      dl > div {
        display: flex;
        justify-content: space-between;
        gap: 16px;
        padding: 6px 0;
      }
      dt {
        flex: none;
        color: var(--secondary-text-color);
      }
      dd {
        margin: 0;
        text-align: end;
        overflow-wrap: anywhere;
      }
      p {
        margin: 0;
      }
      .catch-up {
        display: flex;
        flex-direction: column;
        gap: 8px;
        margin-top: 12px;
      }
      summary {
        cursor: pointer;
        padding: 4px 0;
      }
      details {
        overflow-x: auto;
      }
    `,
  ];
}
