/** The rows of an endless list, of which only some are in memory. */
import type { AccessEvent, Page } from "./types";

const PAGE_SIZE = 100;
const LOADED_PAGES = 60;

interface Slice {
  /** What to ask for the rows again with; null is the newest. */
  cursor: string | null;
  /** The first row's place in the order, kept when the rows are not. */
  first: AccessEvent;
  count: number;
  events: AccessEvent[] | null;
  loading: boolean;
  used: number;
}

/** Order events as the journal does, newest first. */
export function compare(a: AccessEvent, b: AccessEvent): number {
  if (a.occurred_at !== b.occurred_at) return a.occurred_at > b.occurred_at ? -1 : 1;
  return b.seq - a.seq;
}

/**
 * Loads pages as they are needed, keeps the latest used, and puts new events where they
 * belong. `at` never waits: a row that is not there is loaded, and `changed` is called.
 */
export class Pages {
  /** Whether the oldest event is among the rows. */
  complete = false;
  length = 0;
  error: unknown;
  loading = false;

  private slices: Slice[] = [];
  private next: string | null = null;
  private uses = 0;
  private early: AccessEvent[] = [];

  constructor(
    private readonly fetchPage: (limit: number, before: string | null) => Promise<Page>,
    private readonly changed: () => void,
  ) {}

  /** Return a row, if it is in memory. */
  at(index: number): AccessEvent | undefined {
    let begin = 0;
    for (const slice of this.slices) {
      if (index < begin + slice.count) {
        slice.used = ++this.uses;
        if (slice.events) return slice.events[index - begin];
        void this.reload(slice);
        return undefined;
      }
      begin += slice.count;
    }
    return undefined;
  }

  /** Load the page after the last one. */
  async more(): Promise<void> {
    if (this.loading || this.complete) return;
    this.loading = true;
    this.error = undefined;
    try {
      const page = await this.fetchPage(PAGE_SIZE, this.next);
      const [first] = page.events;
      if (first) {
        this.slices.push({
          cursor: this.next,
          first,
          count: page.events.length,
          events: page.events,
          loading: false,
          used: ++this.uses,
        });
        this.length += page.events.length;
      }
      this.next = page.next;
      this.complete = page.next === null;
      const early = this.early;
      this.early = [];
      this.insert(early);
      this.forget();
    } catch (error) {
      this.error = error;
    }
    this.loading = false;
    this.changed();
  }

  /** Put new events where they belong, and return the places they took, in order. */
  insert(events: AccessEvent[]): number[] {
    if (this.loading && this.slices.length === 0) {
      this.early.push(...events);
      return [];
    }
    return events
      .toSorted(compare)
      .map((event) => this.insertOne(event))
      .filter((index) => index !== undefined);
  }

  /** Put what is known now in the place of what was known before. */
  replace(events: AccessEvent[]): void {
    const changed = new Map(events.map((event) => [event.seq, event]));
    for (const slice of this.slices) {
      slice.events = slice.events?.map((event) => changed.get(event.seq) ?? event) ?? null;
    }
  }

  private insertOne(event: AccessEvent): number | undefined {
    let index = 0;
    let found = this.slices[0];
    for (const slice of this.slices.slice(1)) {
      if (compare(slice.first, event) > 0) break;
      index += found?.count ?? 0;
      found = slice;
    }
    if (!found) {
      const slice = {
        cursor: null,
        first: event,
        count: 1,
        events: [event],
        loading: false,
        used: 0,
      };
      this.slices.push(slice);
      this.length = 1;
      return 0;
    }
    let place = 0;
    if (found.events) {
      place = found.events.findIndex((other) => compare(other, event) >= 0);
      if (place < 0) place = found.events.length;
      if (found.events[place]?.seq === event.seq) return undefined;
      const isLast = found === this.slices.at(-1) && place === found.events.length;
      if (isLast && !this.complete) return undefined;
      found.events.splice(place, 0, event);
      if (place === 0) found.first = event;
    }
    found.count += 1;
    this.length += 1;
    return index + place;
  }

  /** Load rows again that were dropped. */
  private async reload(slice: Slice): Promise<void> {
    if (slice.loading) return;
    slice.loading = true;
    try {
      const end = this.slices[this.slices.indexOf(slice) + 1]?.first;
      const events: AccessEvent[] = [];
      let before = slice.cursor;
      do {
        // Twice as many as were there: seeing one that is the next slice's ends it.
        const page = await this.fetchPage(2 * PAGE_SIZE, before);
        const own = page.events.filter((event) => !end || compare(event, end) < 0);
        events.push(...own);
        before = own.length === page.events.length ? page.next : null;
      } while (before !== null && (end || events.length < slice.count));
      this.length += events.length - slice.count;
      slice.events = events;
      slice.first = events[0] ?? slice.first;
      slice.count = events.length;
      this.forget();
      this.changed();
    } catch (error) {
      this.error = error;
      this.changed();
    } finally {
      slice.loading = false;
    }
  }

  /** Drop the rows that were used least lately. */
  private forget(): void {
    const loaded = this.slices.filter((slice) => slice.events);
    if (loaded.length <= LOADED_PAGES) return;
    const oldest = loaded.reduce((a, b) => (a.used < b.used ? a : b));
    oldest.events = null;
  }
}
