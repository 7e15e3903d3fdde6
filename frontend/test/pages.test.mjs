/** Tests of the endless list's rows: what is loaded, dropped, put in between and loaded again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, Pages } from "../node_modules/.test/pages.js";

const BEGIN = Date.parse("2026-01-01T00:00:00Z");

const event = (seq, minute = seq) => ({
  seq,
  key: String(seq),
  occurred_at: new Date(BEGIN + minute * 60_000).toISOString(),
});

/** A journal that answers as the integration does: newest first, from behind a place. */
class Journal {
  asked = 0;

  constructor(count) {
    this.events = Array.from({ length: count }, (_, index) => event(count - index));
  }

  add(...events) {
    this.events = [...this.events, ...events].sort(compare);
  }

  fetch = async (limit, before) => {
    this.asked++;
    const begin = before === null ? 0 : this.events.findIndex(({ key }) => key === before) + 1;
    const events = this.events.slice(begin, begin + limit);
    const isLast = begin + limit >= this.events.length;
    return { events, next: isLast ? null : events.at(-1).key };
  };
}

/** Wait until what was begun without being waited for has ended. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 5));

async function all(pages) {
  const found = [];
  for (let index = 0; index < pages.length; index++) {
    if (!pages.at(index)) await rest();
    found.push(pages.at(index)?.key);
  }
  return found;
}

async function loadAll(pages) {
  while (!pages.complete) await pages.more();
}

const keys = (journal) => journal.events.map(({ key }) => key);

test("all pages are loaded in order, and then no more is asked for", async () => {
  const journal = new Journal(1234);
  const pages = new Pages(journal.fetch, () => {});
  await loadAll(pages);
  assert.equal(pages.length, 1234);
  assert.deepEqual(await all(pages), keys(journal));
  const { asked } = journal;
  await pages.more();
  assert.equal(journal.asked, asked);
});

test("rows that were not looked at for long are dropped, and loaded again", async () => {
  const journal = new Journal(10_000);
  const pages = new Pages(journal.fetch, () => {});
  await loadAll(pages);
  const { asked } = journal;
  assert.equal(pages.at(0), undefined);
  await rest();
  assert.equal(pages.at(0).key, "10000");
  assert.equal(journal.asked, asked + 1);
  assert.deepEqual(await all(pages), keys(journal));
});

test("new events go to the top, and late ones to where they belong", async () => {
  const journal = new Journal(300);
  const pages = new Pages(journal.fetch, () => {});
  await loadAll(pages);
  const late = event(302, 150.5);
  journal.add(event(301), late);
  assert.deepEqual(pages.insert([late, event(301)]), [0, 151]);
  assert.deepEqual(await all(pages), keys(journal));
});

test("an event that is there already is not there twice", async () => {
  const journal = new Journal(50);
  const pages = new Pages(journal.fetch, () => {});
  await loadAll(pages);
  assert.deepEqual(pages.insert([event(50), event(7)]), []);
  assert.equal(pages.length, 50);
});

test("what is older than all that was loaded waits for its page", async () => {
  const journal = new Journal(300);
  const pages = new Pages(journal.fetch, () => {});
  await pages.more();
  const late = event(301, 20.5);
  journal.add(late);
  assert.deepEqual(pages.insert([late]), []);
  await loadAll(pages);
  assert.deepEqual(await all(pages), keys(journal));
});

test("late events among rows that were dropped are found when these come back", async () => {
  const journal = new Journal(10_000);
  const pages = new Pages(journal.fetch, () => {});
  await loadAll(pages);
  const late = Array.from({ length: 250 }, (_, index) =>
    event(20_000 + index, 9_950 + index / 1000),
  );
  journal.add(...late);
  pages.insert(late);
  assert.equal(pages.length, 10_250);
  assert.deepEqual(await all(pages), keys(journal));
});

test("what comes while the first page is on its way is kept", async () => {
  const journal = new Journal(10);
  const pages = new Pages(journal.fetch, () => {});
  const loading = pages.more();
  pages.insert([event(11), event(10)]);
  await loading;
  assert.deepEqual(await all(pages), ["11", ...keys(journal)]);
});

test("an empty page is not the end", async () => {
  const answers = [
    { events: [], next: "a" },
    { events: [event(2)], next: "b" },
    { events: [], next: "c" },
    { events: [event(1)], next: null },
  ];
  const pages = new Pages(
    async () => answers.shift(),
    () => {},
  );
  await loadAll(pages);
  assert.deepEqual(await all(pages), ["2", "1"]);
});

test("a failure is told, and the next try goes on from there", async () => {
  const journal = new Journal(150);
  let fails = true;
  const pages = new Pages(
    async (...asked) => {
      if (fails) throw new Error("away");
      return journal.fetch(...asked);
    },
    () => {},
  );
  await pages.more();
  assert.equal(pages.error.message, "away");
  fails = false;
  await loadAll(pages);
  assert.equal(pages.error, undefined);
  assert.deepEqual(await all(pages), keys(journal));
});

test("more that is known of an event takes its place", async () => {
  const journal = new Journal(3);
  const pages = new Pages(journal.fetch, () => {});
  await loadAll(pages);
  pages.replace([{ ...event(2), image: "/picture" }]);
  assert.equal(pages.at(1).image, "/picture");
  assert.equal(pages.length, 3);
});
