/** The page "Access log": its bar, its tabs, and what the tabs share. */
import {
  mdiAccountGroup,
  mdiChartBar,
  mdiDownload,
  mdiFormatListBulleted,
  mdiMenu,
  mdiServerNetwork,
} from "@mdi/js";
import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { download, fetchSystems, messageOf } from "./api";
import { BaseElement, icon } from "./base";
import "./chart";
import { type Chosen, NOTHING_CHOSEN } from "./filters";
import "./list";
import "./people";
import { styles } from "./styles";
import "./systems";
import { timeZoneOf } from "./time";
import type { System } from "./types";

const SYSTEMS_MS = 5000;
const MENU = "ha-menu-button";

const TABS = {
  log: mdiFormatListBulleted,
  chart: mdiChartBar,
  people: mdiAccountGroup,
  systems: mdiServerNetwork,
};
type Tab = keyof typeof TABS;

@customElement("access-events-panel")
export class Panel extends BaseElement {
  @property({ type: Boolean, reflect: true }) narrow = false;
  @property({ attribute: false }) route?: { prefix: string; path: string };
  @state() private systems: System[] | undefined;
  @state() private chosen: Chosen = { choice: NOTHING_CHOSEN, filter: {} };
  @state() private error = "";
  @state() private ready = false;
  private titles = new Map<string, string>();
  private timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = setInterval(() => {
      if (this.tab === "systems" && !document.hidden) void this.loadSystems();
    }, SYSTEMS_MS);
    void customElements.whenDefined(MENU).then(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("hass");
    if (changed.has("hass") && before?.language !== this.hass.language) {
      this.ready = false;
      void this.loadWords().then(() => {
        this.ready = true;
      });
    }
    if (changed.has("hass") && !before) void this.loadSystems();
    if (changed.has("route") && this.systems && this.tab !== "log") void this.loadSystems();
  }

  private async loadSystems(): Promise<void> {
    try {
      const systems = await fetchSystems(this.hass);
      this.systems = systems;
      const titles = new Map(systems.map(({ entry_id, title }) => [entry_id, title]));
      if (JSON.stringify([...titles]) !== JSON.stringify([...this.titles])) this.titles = titles;
      this.error = "";
    } catch (error) {
      this.error = messageOf(this.hass, error);
      this.systems ??= [];
    }
  }

  private get tabs(): Tab[] {
    return (Object.keys(TABS) as Tab[]).filter(
      (tab) => tab !== "people" || this.hass.user?.is_admin,
    );
  }

  private get tab(): Tab {
    const name = this.route?.path.split("/")[1] as Tab;
    return this.tabs.includes(name) ? name : "log";
  }

  private addressOf(tab: Tab): string {
    const prefix = this.route?.prefix ?? "";
    return tab === "log" ? prefix : `${prefix}/${tab}`;
  }

  /** Change the tab as a link of Home Assistant does, without loading the page. */
  private follow(event: MouseEvent): void {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { href } = event.currentTarget as HTMLAnchorElement;
    history.replaceState(history.state, "", href);
    window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace: true } }));
  }

  private async download(format: "csv" | "jsonl"): Promise<void> {
    this.error = "";
    try {
      await download(this.hass, this.chosen.filter, format, timeZoneOf(this.hass));
    } catch (error) {
      this.error = messageOf(this.hass, error);
    }
  }

  protected override render() {
    if (!this.ready) return nothing;
    const { tab } = this;
    return html`
      <header class="toolbar">
        ${this.renderMenu()}
        <h1>${this.words("access_log")}</h1>
        ${this.narrow ? nothing : this.renderTabs()}
        <div class="end">
          ${
            tab === "log"
              ? (["csv", "jsonl"] as const).map(
                  (format) => html`<button
                    class="button"
                    title=${this.words("download_as", { format: format === "csv" ? "CSV" : "JSON Lines" })}
                    aria-label=${this.words("download_as", { format: format === "csv" ? "CSV" : "JSON Lines" })}
                    @click=${() => this.download(format)}
                  >
                    ${this.narrow ? nothing : icon(mdiDownload)}${format === "csv" ? "CSV" : "JSON"}
                  </button>`,
                )
              : nothing
          }
        </div>
      </header>
      <main>
        ${
          this.error
            ? html`<div class="notice bad" role="alert"><span>${this.error}</span></div>`
            : nothing
        }
        ${this.renderTab(tab)}
      </main>
      ${this.narrow ? this.renderTabs() : nothing}
    `;
  }

  private renderMenu() {
    if (!this.narrow && this.hass.dockedSidebar !== "always_hidden") return nothing;
    if (customElements.get(MENU)) {
      return html`<ha-menu-button .hass=${this.hass} .narrow=${this.narrow}></ha-menu-button>`;
    }
    return html`<button
      class="icon-button"
      aria-label=${this.hass.localize("ui.sidebar.sidebar_toggle") || this.words("menu")}
      @click=${() => this.dispatchEvent(new CustomEvent("hass-toggle-menu", { bubbles: true, composed: true }))}
    >
      ${icon(mdiMenu)}
    </button>`;
  }

  private renderTabs() {
    return html`<nav aria-label=${this.words("access_log")}>
      ${this.tabs.map(
        (tab) => html`<a
          href=${this.addressOf(tab)}
          aria-current=${tab === this.tab ? "page" : nothing}
          @click=${this.follow}
          >${icon(TABS[tab])}<span>${this.words(`tab_${tab}`)}</span></a
        >`,
      )}
    </nav>`;
  }

  private renderTab(tab: Tab) {
    const { hass, systems } = this;
    if (tab === "log" || tab === "chart") {
      return html`
        <access-events-filters
          .hass=${hass}
          .systems=${systems ?? []}
          .narrow=${this.narrow}
          .choice=${this.chosen.choice}
          @filter-changed=${(event: CustomEvent<Chosen>) => {
            this.chosen = event.detail;
          }}
        ></access-events-filters>
        ${
          tab === "log"
            ? html`<access-events-list
                class="card"
                .hass=${hass}
                .filter=${this.chosen.filter}
                .titles=${this.titles}
              ></access-events-list>`
            : html`<access-events-chart
                .hass=${hass}
                .filter=${this.chosen.filter}
                .titles=${this.titles}
              ></access-events-chart>`
        }
      `;
    }
    if (!systems) return html`<div class="empty" role="status">${this.words("loading")}</div>`;
    if (!systems.length) return html`<div class="empty">${this.words("no_systems")}</div>`;
    return tab === "people"
      ? html`<access-events-people .hass=${hass} .systems=${systems}></access-events-people>`
      : html`<access-events-systems .hass=${hass} .systems=${systems}></access-events-systems>`;
  }

  static override styles = [
    styles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        height: 100vh;
        height: 100dvh;
        background: var(--primary-background-color);
      }
      .toolbar {
        display: flex;
        align-items: center;
        gap: 8px;
        height: calc(var(--header-height, 56px) + var(--safe-area-inset-top, 0px));
        padding: var(--safe-area-inset-top, 0) max(12px, var(--safe-area-inset-right, 0px)) 0
          max(12px, var(--safe-area-inset-left, 0px));
        flex: none;
        background: var(--sidebar-background-color);
        color: var(--sidebar-text-color);
        border-bottom: 1px solid var(--divider-color);
      }
      h1 {
        margin-inline-start: 8px;
        font-size: var(--ha-font-size-xl, 20px);
        line-height: var(--ha-line-height-normal, 1.5);
        white-space: nowrap;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .end {
        display: flex;
        flex: 1 0 auto;
        justify-content: flex-end;
        min-width: 0;
      }
      .end .button {
        padding: 0 12px;
      }
      nav {
        display: flex;
        flex: 4;
        justify-content: center;
        align-self: stretch;
      }
      nav a {
        position: relative;
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 0 20px;
        color: var(--sidebar-text-color);
        font-weight: var(--ha-font-weight-medium, 500);
        text-decoration: none;
        --mdc-icon-size: 20px;
      }
      nav a:hover {
        background: color-mix(in srgb, currentcolor 6%, transparent);
      }
      nav a:focus-visible {
        outline-offset: -2px;
      }
      nav a[aria-current]::after {
        content: "";
        position: absolute;
        inset: auto 0 0;
        height: 3px;
        background: var(--primary-color);
      }
      nav a[aria-current] .icon {
        color: var(--primary-color);
      }
      :host([narrow]) .end .button {
        padding-inline: 8px;
      }
      :host([narrow]) nav {
        flex: none;
        justify-content: space-around;
        height: calc(56px + var(--safe-area-inset-bottom, 0px));
        padding-bottom: var(--safe-area-inset-bottom, 0);
        background: var(--sidebar-background-color);
        border-top: 1px solid var(--divider-color);
      }
      :host([narrow]) nav a {
        flex: 1;
        flex-direction: column;
        justify-content: center;
        gap: 0;
        padding: 0 4px;
        font-size: var(--ha-font-size-s, 12px);
        --mdc-icon-size: 24px;
      }
      :host([narrow]) nav a[aria-current]::after {
        inset: 0 0 auto;
      }
      main {
        display: flex;
        flex: 1;
        flex-direction: column;
        min-height: 0;
      }
      main > * {
        flex: none;
      }
      main > access-events-list {
        flex: 1;
        margin: 0 16px 16px;
      }
      main > :is(access-events-chart, access-events-people, access-events-systems) {
        flex: 1;
        min-height: 0;
      }
      :host([narrow]) main > access-events-list {
        margin: 0;
        border-width: 1px 0 0;
        border-radius: 0;
      }
      .notice {
        margin: 16px 16px 0;
      }
    `,
  ];
}
