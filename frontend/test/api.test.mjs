import assert from "node:assert/strict";
import { test } from "node:test";
import { messageOf } from "../node_modules/.test/api.js";

const hass = {
  localize: (key, values) =>
    key === "component.access_events.exceptions.rejected.message"
      ? `System tego nie wykonał: ${values.reason}`
      : "",
};

test("an error is told in the user's language", () => {
  const error = {
    message: "The system did not do this: no",
    translation_domain: "access_events",
    translation_key: "rejected",
    translation_placeholders: { reason: "no" },
  };
  assert.equal(messageOf(hass, error), "System tego nie wykonał: no");
});

test("an error without words of its own is told as it is", () => {
  const error = { message: "Gone", translation_domain: "access_events", translation_key: "gone" };
  assert.equal(messageOf(hass, error), "Gone");
  assert.equal(messageOf(hass, { message: "Unknown error" }), "Unknown error");
  assert.equal(messageOf(hass, new Error("No answer")), "No answer");
  assert.equal(messageOf(hass, "?"), "?");
});
