/** How often doors were opened and refused, by hour or day, and by door. */
import { css, html, nothing, type PropertyValues, svg } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { fetchCounts, messageOf } from "./api";
import { BaseElement } from "./base";
import { styles } from "./styles";
import {
  day,
  dayAndHour,
  fromField,
  hour,
  number,
  shortDay,
  startOfDay,
  timeZoneOf,
  toField,
  weekdayAndHour,
} from "./time";
import type { Bucket, Counts, Filter, Tally } from "./types";

const SORTS = ["granted", "denied"] as const;
const HOUR = 3_600_000;
const MOST_HOURS = 14 * 24;
const MOST_DAYS = 400;
const USUAL_HOURS = 48;
const USUAL_DAYS = 30;
const HEIGHT = 240;
const LEFT = 44;
const BOTTOM = 28;

interface Bar extends Tally {
  start: string;
}

@customElement("access-events-chart")
export class Chart extends BaseElement {
  @property({ attribute: false }) filter: Filter = {};
  /** Titles of the systems by entry, shown where there are several. */
  @property({ attribute: false }) titles = new Map<string, string>();
  @state() private bucket: Bucket = "day";
  @state() private bars: Bar[] = [];
  @state() private doors: Counts["doors"] = [];
  @state() private error: unknown;
  @state() private width = 800;
  @state() private loading = true;
  private sizes = new ResizeObserver(([entry]) => {
    this.width = Math.max(280, Math.floor(entry?.contentRect.width ?? 0) - 64);
  });
  private asked = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("filter")) void this.load();
  }

  private choose(bucket: Bucket): void {
    this.bucket = bucket;
    void this.load();
  }

  /** Return when each bar begins; a span that is too long for its bars loses its begin. */
  private starts(): string[] {
    const { hass, filter, bucket } = this;
    const now = Date.now();
    const end = Math.min(now, Date.parse(filter.end ?? "") || now);
    const asked = Date.parse(filter.start ?? "") || 0;
    const starts: string[] = [];
    if (bucket === "hour") {
      const most = asked ? MOST_HOURS : USUAL_HOURS;
      const lastHour = toField(hass, new Date(end - 1).toISOString()).slice(0, 13);
      const last = Date.parse(fromField(hass, `${lastHour}:00`) ?? "");
      for (let at = last; at > asked - HOUR && starts.length < most; at -= HOUR) {
        starts.unshift(new Date(at).toISOString());
      }
    } else {
      const most = asked ? MOST_DAYS : USUAL_DAYS;
      for (let back = 0; starts.length < most; back++) {
        const start = startOfDay(hass, new Date(end - 1), back);
        starts.unshift(start);
        if (Date.parse(start) <= asked) break;
      }
    }
    return starts;
  }

  private async load(): Promise<void> {
    const asked = ++this.asked;
    const starts = this.starts();
    const [first] = starts;
    const { filter, bucket } = this;
    const later = [first, filter.start]
      .filter((time) => time !== undefined)
      .sort((a, b) => Date.parse(a) - Date.parse(b))
      .at(-1);
    this.loading = true;
    try {
      const counts = await fetchCounts(
        this.hass,
        { ...filter, ...(later ? { start: later } : {}) },
        bucket,
        timeZoneOf(this.hass),
      );
      if (asked !== this.asked) return;
      const begins = [...starts.map((start) => Date.parse(start)), Infinity];
      const within = (found: Bar, index: number): boolean => {
        const at = Date.parse(found.start);
        return at >= (begins[index] ?? 0) && at < (begins[index + 1] ?? 0);
      };
      this.bars = starts.map((start, index) => ({
        start,
        ...sum(counts.buckets.filter((found) => within(found, index))),
      }));
      this.doors = counts.doors
        .filter(({ granted, denied }) => granted + denied > 0)
        .sort((a, b) => b.granted + b.denied - a.granted - a.denied);
      this.error = undefined;
    } catch (error) {
      if (asked === this.asked) this.error = error;
    }
    this.loading = false;
  }

  private titleOf({ entry_id }: { entry_id: string }): string | undefined {
    return this.titles.size > 1 ? this.titles.get(entry_id) : undefined;
  }

  private label(start: string): string {
    return this.bucket === "hour" ? dayAndHour(this.hass, start) : day(this.hass, start);
  }

  protected override render() {
    const { bars } = this;
    if (this.error) {
      return html`<div class="page"><div class="notice bad" role="alert"><span>${messageOf(this.hass, this.error)}</span></div></div>`;
    }
    const total = sum(bars);
    return html`<div class="page" aria-busy=${this.loading}>
      <section class="card" aria-labelledby="over-time">
        <header>
          <h2 id="over-time">${this.words("accesses_over_time")}</h2>
          <div class="choice" role="group" aria-label=${this.words("accesses_over_time")}>
            ${(["hour", "day"] as const).map(
              (bucket) => html`<button
                class="button ${this.bucket === bucket ? "filled" : ""}"
                aria-pressed=${this.bucket === bucket}
                @click=${() => this.choose(bucket)}
              >
                ${this.words(`by_${bucket}`)}
              </button>`,
            )}
          </div>
        </header>
        <div
          class="progress"
          role="progressbar"
          aria-label=${this.words("loading")}
          style=${this.loading ? "" : "visibility:hidden"}
        ></div>
        ${this.renderLegend(total)} ${this.renderBars()}
        <details>
          <summary>${this.words("show_as_table")}</summary>
          <div class="scroller" tabindex="0" role="region" aria-labelledby="over-time">
            ${this.renderTable(
              this.words("time"),
              bars.map((bar) => [this.label(bar.start), bar]),
            )}
          </div>
        </details>
      </section>
      <section class="card" aria-labelledby="by-door">
        <header><h2 id="by-door">${this.words("accesses_by_door")}</h2></header>
        ${
          this.doors.length
            ? this.renderTable(
                this.words("door"),
                this.doors.map((door) => [
                  door.door ?? this.words("no_door"),
                  door,
                  this.titleOf(door),
                ]),
                true,
              )
            : html`<p class="secondary">${this.words("nothing_found")}</p>`
        }
      </section>
    </div>`;
  }

  private renderLegend(total: Tally) {
    return html`<div class="legend">
      ${SORTS.map((sort) => html`<span><i class=${sort}></i>${this.words(sort)}: ${number(this.hass, total[sort])}</span>`)}
    </div>`;
  }

  private renderBars() {
    const { bars, width } = this;
    const highest = nice(Math.max(1, ...bars.map(({ granted, denied }) => granted + denied)));
    const room = HEIGHT - BOTTOM - 8;
    const y = (value: number) => 8 + room * (1 - value / highest);
    const step = (width - LEFT) / Math.max(1, bars.length);
    const gap = step > 5 ? Math.min(6, step * 0.25) : 0;
    const ticks = highest < 4 ? range(highest + 1) : range(5).map((i) => (highest * i) / 4);
    const every = Math.ceil(bars.length / Math.max(1, Math.floor((width - LEFT) / 80)));
    const total = sum(bars);
    const summary = this.words("chart_summary", {
      granted: number(this.hass, total.granted),
      denied: number(this.hass, total.denied),
    });
    return html`<svg class="chart" viewBox="0 0 ${width} ${HEIGHT}" width=${width} height=${HEIGHT} role="img" aria-label=${summary}>
      ${ticks.map(
        (value) => svg`<line x1=${LEFT} x2=${width} y1=${y(value)} y2=${y(value)}></line>
          <text x=${LEFT - 8} y=${y(value) + 4} text-anchor="end">${number(this.hass, value)}</text>`,
      )}
      ${bars.map((bar, index) => {
        const x = LEFT + index * step + gap / 2;
        const top = y(bar.granted + bar.denied);
        return svg`<g>
          <title>${this.label(bar.start)} · ${this.words("granted")}: ${bar.granted} · ${this.words("denied")}: ${bar.denied}</title>
          <rect class="hit" x=${LEFT + index * step} y="0" width=${step} height=${HEIGHT - BOTTOM}></rect>
          <rect class="granted" x=${x} width=${step - gap} y=${y(bar.granted)} height=${y(0) - y(bar.granted)}></rect>
          <rect class="denied" x=${x} width=${step - gap} y=${top} height=${y(bar.granted) - top}></rect>
          ${index % every === 0 ? svg`<text x=${LEFT + (index + 0.5) * step} y=${HEIGHT - 8} text-anchor="middle">${this.axisLabel(bar.start)}</text>` : nothing}
        </g>`;
      })}
    </svg>`;
  }

  private axisLabel(start: string): string {
    const { hass } = this;
    if (this.bucket === "day") return shortDay(hass, start);
    return this.bars.length > 24 ? weekdayAndHour(hass, start) : hour(hass, start);
  }

  private renderTable(name: string, rows: [string, Tally, string?][], drawn = false) {
    const most = Math.max(1, ...rows.map(([, { granted, denied }]) => granted + denied));
    return html`<table>
      <thead>
        <tr>
          <th scope="col">${name}</th>
          ${drawn ? html`<td class="drawn"></td>` : nothing}
          ${SORTS.map((sort) => html`<th scope="col" class="number">${this.words(sort)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([title, tally, more]) => html`<tr>
            <th scope="row">${title} ${more ? html`<small class="secondary">${more}</small>` : nothing}</th>
            ${
              drawn
                ? html`<td class="drawn">
                    <div>${SORTS.map((sort) => html`<i class=${sort} style="width:${(100 * tally[sort]) / most}%"></i>`)}</div>
                  </td>`
                : nothing
            }
            ${SORTS.map((sort) => html`<td class="number">${number(this.hass, tally[sort])}</td>`)}
          </tr>`,
        )}
      </tbody>
    </table>`;
  }

  static override styles = [
    styles,
    css`
      :host {
        display: block;
        overflow: auto;
      }
      .card {
        padding: 16px;
        margin-bottom: 16px;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 8px;
      }
      .choice {
        display: flex;
        gap: 4px;
      }
      .legend {
        display: flex;
        gap: 24px;
        padding: 8px 0;
      }
      .legend i {
        display: inline-block;
        width: 12px;
        height: 12px;
        margin-inline-end: 8px;
        border-radius: 3px;
      }
      .chart {
        display: block;
        max-width: 100%;
        direction: ltr;
      }
      line {
        stroke: var(--divider-color);
      }
      text {
        fill: var(--secondary-text-color);
        font-size: 11px;
      }
      .hit {
        fill: transparent;
      }
      g:hover .hit {
        fill: color-mix(in srgb, var(--primary-text-color) 6%, transparent);
      }
      .granted {
        fill: var(--ae-good);
        background: var(--ae-good);
      }
      .denied {
        fill: var(--ae-bad);
        background: var(--ae-bad);
      }
      summary {
        padding: 8px 0;
        cursor: pointer;
      }
      .scroller {
        max-height: 320px;
        overflow: auto;
      }
      tr:last-child > * {
        border-bottom: 0;
      }
      th small {
        display: block;
      }
      .drawn {
        width: 45%;
      }
      .drawn div {
        display: flex;
        overflow: hidden;
        border-radius: 4px;
      }
      .drawn i {
        height: 14px;
      }
      @media (max-width: 600px) {
        th,
        td {
          padding-inline: 6px;
        }
        .drawn {
          width: 25%;
        }
      }
    `,
  ];
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const sum = (tallies: Tally[]): Tally =>
  tallies.reduce(
    (a, b) => ({
      granted: a.granted + b.granted,
      denied: a.denied + b.denied,
      other: a.other + b.other,
    }),
    { granted: 0, denied: 0, other: 0 },
  );

/** Return the next number that can be divided by four and read at a glance. */
function nice(value: number): number {
  if (value < 4) return value;
  const size = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map((step) => step * size);
  const found = steps.find((step) => step >= value && step % 4 === 0);
  return found ?? Math.ceil(value / 4) * 4;
}
