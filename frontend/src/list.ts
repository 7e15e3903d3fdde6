/** The endless list: only what is to be seen is in the page, whatever the journal's length. */
import { mdiArrowUp, mdiMagnifyClose } from "@mdi/js";
import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { fetchPage, messageOf, subscribeEvents } from "./api";
import { BaseElement, icon } from "./base";
import "./details";
import type { Details } from "./details";
import { listStyles } from "./list-styles";
import { Pages } from "./pages";
import { badge, howOf, kindOf, lateMark, rowStyles, timeOf, whereOf, whoOf, whyOf } from "./row";
import { styles } from "./styles";
import type { Filter, News } from "./types";

const WIDE_ROW = 56;
const NARROW_ROW = 76;
const WIDE_FROM = 760;
const OVERSCAN = 6;
const LOAD_AHEAD = 60;
const FRESH_MS = 3000;
// Browsers can't draw a box of any height; past this one the scroll bar's steps grow instead.
const TALLEST = 8_000_000;

@customElement("access-events-list")
export class List extends BaseElement {
  @property({ attribute: false }) filter: Filter = {};
  /** Titles of the systems by entry, shown where there are several. */
  @property({ attribute: false }) titles = new Map<string, string>();

  @state() private wide = true;
  @state() private active = -1;
  @state() private unseen = 0;
  @query(".scroller") private scroller!: HTMLElement;
  @query(".grid") private grid!: HTMLElement;
  @query("access-events-details") private details!: Details;

  private pages!: Pages;
  private top = 0;
  private height = 600;
  private fresh = new Set<number>();
  private unsubscribe: (() => Promise<void>) | undefined;
  private sizes = new ResizeObserver(() => this.measure());
  private wasLost = false;
  private round = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
    if (this.hasUpdated) this.restart();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
    this.stop();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Words, titles and the way times are written concern all rows.
    if (changed.has("hass") || changed.has("titles")) this.round++;
    if (changed.has("filter")) this.restart();
    const before = changed.get("hass");
    if (before && before.connection !== this.hass.connection) this.restart();
  }

  private stop(): void {
    this.hass.connection.removeEventListener("ready", this.reconnected);
    void this.unsubscribe?.().catch(() => undefined);
    this.unsubscribe = undefined;
  }

  /** Show the newest of what fits the filter, and what comes from now on. */
  private restart(): void {
    this.stop();
    const { hass, filter } = this;
    const pages = new Pages(
      (limit, before) => fetchPage(hass, filter, limit, before),
      () => this.pages === pages && this.loaded(),
    );
    this.pages = pages;
    this.active = -1;
    this.unseen = 0;
    this.fresh.clear();
    this.moveTo(0);
    hass.connection.addEventListener("ready", this.reconnected);
    void subscribeEvents(hass, filter, (news) => this.pages === pages && this.arrived(news))
      .then((unsubscribe) => {
        if (this.pages === pages && this.isConnected) this.unsubscribe = unsubscribe;
        else void unsubscribe();
      })
      .catch((error) => {
        pages.error ??= error;
        this.requestUpdate();
      });
    void pages.more();
  }

  /** Home Assistant was away: what came meanwhile was not announced. */
  private reconnected = (): void => {
    if (this.top === 0) this.restart();
    else this.wasLost = true;
    this.requestUpdate();
  };

  private loaded(): void {
    this.moveTo(this.top);
    this.requestUpdate();
  }

  private arrived({ events, changed }: News): void {
    if (changed) this.pages.replace(changed);
    const places = this.pages.insert(events);
    const firstSeen = Math.floor(this.top / this.rowHeight);
    const above = places.filter((place) => this.top > 0 && place <= firstSeen).length;
    for (const { seq } of events) this.fresh.add(seq);
    setTimeout(() => {
      for (const { seq } of events) this.fresh.delete(seq);
    }, FRESH_MS);
    if (this.active >= 0) this.active += places.filter((place) => place <= this.active).length;
    if (above) {
      this.unseen += above;
      this.moveTo(this.top + above * this.rowHeight);
    }
    this.requestUpdate();
  }

  // Where the list stands.

  private get rowHeight(): number {
    return this.wide ? WIDE_ROW : NARROW_ROW;
  }

  private get rowsHeight(): number {
    return this.pages.length * this.rowHeight;
  }

  /** How many of the list's pixels one of the scroll bar's pixels stands for. */
  private get scale(): number {
    return this.rowsHeight > TALLEST
      ? (this.rowsHeight - this.height) / (TALLEST - this.height)
      : 1;
  }

  private measure(): void {
    this.wide = this.clientWidth >= WIDE_FROM;
    this.height = this.scroller?.clientHeight ?? this.height;
    this.requestUpdate();
  }

  private moveTo(top: number): void {
    this.top = Math.max(0, top);
    void this.updateComplete.then(() => {
      const wanted = this.top / this.scale;
      if (this.scroller && Math.abs(this.scroller.scrollTop - wanted) >= 1) {
        this.scroller.scrollTop = wanted;
      }
    });
    this.requestUpdate();
  }

  private scrolled(): void {
    const { scrollTop } = this.scroller;
    // A step of the list's own making says nothing new, and would lose what the scale rounds.
    if (Math.abs(scrollTop - this.top / this.scale) >= 1) this.top = scrollTop * this.scale;
    if (this.top === 0) {
      this.unseen = 0;
      if (this.wasLost) this.restart();
    }
    this.requestUpdate();
  }

  private toTop(): void {
    if (this.wasLost) this.restart();
    this.unseen = 0;
    this.moveTo(0);
    this.grid.focus();
  }

  private keyPressed(press: KeyboardEvent): void {
    const jump = Math.max(1, Math.floor(this.height / this.rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: jump,
      PageUp: -jump,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[press.key];
    if (step !== undefined && this.pages.length) {
      press.preventDefault();
      const last = this.pages.length - 1;
      this.active = Math.min(last, Math.max(0, this.active < 0 ? 0 : this.active + step));
      const begin = this.active * this.rowHeight;
      const shown = this.height - this.headHeight;
      if (begin < this.top) this.moveTo(begin);
      else if (begin + this.rowHeight > this.top + shown)
        this.moveTo(begin + this.rowHeight - shown);
    } else if ((press.key === "Enter" || press.key === " ") && this.active >= 0) {
      press.preventDefault();
      this.open(this.active);
    }
  }

  private get headHeight(): number {
    return this.wide ? 40 : 0;
  }

  private open(index: number): void {
    const event = this.pages.at(index);
    if (!event) return;
    this.active = index;
    this.details.show(event, this.titles.get(event.entry_id));
  }

  // What is to be seen.

  protected override render() {
    const { pages, rowHeight, scale } = this;
    const from = Math.max(0, Math.floor(this.top / rowHeight) - OVERSCAN);
    const to = Math.min(pages.length, Math.ceil((this.top + this.height) / rowHeight) + OVERSCAN);
    if (to + LOAD_AHEAD > pages.length && !pages.error) void pages.more();
    const shift = scale === 1 ? 0 : this.top / scale - this.top;
    const rows = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
    return html`
      <div class="scroller ${this.wide ? "wide" : "narrow"}" @scroll=${this.scrolled}>
      <div
        class="grid"
        role="grid"
        tabindex="0"
        aria-label=${this.words("log")}
        aria-rowcount=${pages.complete ? pages.length + 1 : -1}
        aria-busy=${pages.loading}
        aria-activedescendant=${this.active >= from && this.active < to ? `row-${this.active}` : nothing}
        @keydown=${this.keyPressed}
      >
        ${this.renderHead()}
        <div role="rowgroup" class="rows" style="height:${Math.min(this.rowsHeight, TALLEST)}px">
          ${repeat(
            rows,
            (index) => pages.at(index)?.seq ?? `empty ${index}`,
            (index) => this.guardRow(index, index * rowHeight + shift),
          )}
        </div>
      </div>
        ${this.renderEnd()}
      </div>
      ${this.renderPill()}
      <access-events-details .hass=${this.hass}></access-events-details>
    `;
  }

  private renderHead() {
    const columns = ["picture", "time", "door", "person", "event", "method"] as const;
    return html`<div role="rowgroup" class="head">
      <div role="row" class="row" aria-rowindex="1">
        ${columns.map((key, index) => html`<span role="columnheader" aria-colindex=${index + 1} class=${key}><span class=${key === "picture" ? "hidden-text" : ""}>${this.words(key)}</span></span>`)}
      </div>
    </div>`;
  }

  /** A row that has not changed is not looked at again, however far the list is moved. */
  private guardRow(index: number, place: number) {
    const event = this.pages.at(index);
    const isFresh = event !== undefined && this.fresh.has(event.seq);
    const look = [event, index, place, isFresh, this.active === index, this.wide, this.round];
    return guard(look, () => this.renderRow(index, place));
  }

  private renderRow(index: number, place: number) {
    const event = this.pages.at(index);
    const position = `transform:translateY(${place}px);height:${this.rowHeight}px`;
    if (!event) {
      return html`<div role="row" class="row" aria-rowindex=${index + 2} style=${position}>
        <span role="gridcell" class="picture"><div class="badge"></div></span>
      </div>`;
    }
    const { hass } = this;
    const title = this.titles.size > 1 ? this.titles.get(event.entry_id) : undefined;
    const why = whyOf(event);
    return html`<div
      role="row"
      id="row-${index}"
      class="row ${this.active === index ? "active" : ""} ${this.fresh.has(event.seq) ? "fresh" : ""}"
      aria-rowindex=${index + 2}
      style=${position}
      @click=${() => this.open(index)}
    >
      <span role="gridcell" class="picture">${badge(hass, event)}</span>
      <span role="gridcell" class="time">${timeOf(hass, event)}${lateMark(hass, event)}</span>
      <span role="gridcell" class="door two">
        <span>${whereOf(event)}</span>
        <span class="secondary">${title}</span>
      </span>
      <span role="gridcell" class="person two">
        <span>${whoOf(event)}</span>
        <span class="secondary">${event.credential}</span>
      </span>
      <span role="gridcell" class="event two">
        ${kindOf(hass, event)}
        <span class="secondary" title=${why}>${why}</span>
      </span>
      <span role="gridcell" class="method">${howOf(hass, event).join(" · ")}</span>
    </div>`;
  }

  private renderEnd() {
    const { pages } = this;
    if (pages.error) {
      return html`<div class="notice bad" role="alert">
        <span>${messageOf(this.hass, pages.error)}</span>
        <button class="button" @click=${this.restart}>${this.words("try_again")}</button>
      </div>`;
    }
    if (pages.complete && pages.length === 0) {
      return html`<div class="empty" role="status">
        ${icon(mdiMagnifyClose)}<span>${this.words("nothing_found")}</span>
      </div>`;
    }
    return pages.complete
      ? nothing
      : html`<div class="more secondary" role="status">${this.words("loading")}</div>`;
  }

  private renderPill() {
    if (!this.unseen && !this.wasLost) return nothing;
    return html`<div class="pill" role="status">
      <button class="button" @click=${this.toTop}>
        ${icon(mdiArrowUp)}${this.unseen ? this.words("new_events", { count: this.unseen }) : this.words("refresh")}
      </button>
    </div>`;
  }

  static override styles = [styles, rowStyles, listStyles];
}
