/** Tests of times in fields: the user's time zone, around the changes of its clocks too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, fromField, startOfDay, toField } from "../node_modules/.test/time.js";

const hass = (time_zone) => ({
  locale: { language: "en", time_format: "24", time_zone: "server" },
  config: { time_zone },
});

test("a field shows the time of the user's zone, and is read back as the same time", () => {
  for (const zone of [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
  ]) {
    for (let hour = 0; hour < 24 * 366; hour += 5) {
      const time = new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
      const back = fromField(hass(zone), toField(hass(zone), time));
      // In the hour that comes twice a field can't say which of the two it is.
      assert.ok(
        [0, 1_800_000, 3_600_000].includes(Math.abs(Date.parse(back) - Date.parse(time))),
        `${zone} ${time}`,
      );
      assert.equal(toField(hass(zone), back), toField(hass(zone), time));
    }
  }
  assert.equal(toField(hass("Europe/Berlin"), "2026-07-01T22:30:00Z"), "2026-07-02T00:30");
  assert.equal(fromField(hass("Europe/Berlin"), "2026-07-02T00:30"), "2026-07-01T22:30:00.000Z");
});

test("what is no time is none", () => {
  assert.equal(toField(hass("UTC"), null), "");
  assert.equal(fromField(hass("UTC"), ""), undefined);
});

test("a day begins at midnight of the user's zone, also when clocks change", () => {
  const berlin = hass("Europe/Berlin");
  const date = new Date("2026-03-29T12:00:00Z");
  assert.equal(startOfDay(berlin, date), "2026-03-28T23:00:00.000Z");
  assert.equal(startOfDay(berlin, date, -1), "2026-03-29T22:00:00.000Z");
  assert.equal(startOfDay(hass("Asia/Kolkata"), date), "2026-03-28T18:30:00.000Z");
});

test("a duration is told in its unit, also below zero, and nothing is never less than zero", () => {
  const told = (seconds) => duration(hass("UTC"), seconds);
  assert.equal(told(-0.04), "0 sec");
  assert.equal(told(3.46), "3.5 sec");
  assert.equal(told(-3.46), "-3.5 sec");
  assert.equal(told(-300), "-5 min");
  assert.equal(told(7200), "2 hr");
});
