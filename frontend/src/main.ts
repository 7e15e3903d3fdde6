/** Defines the panel, and the card with its place in the card picker. */
import { CARD } from "./card";
import "./card-editor";
import { type Key, loadWords, words } from "./localize";
import "./panel";
import english from "./translations/en.json";
import type { Hass } from "./types";

interface CustomCard {
  type: string;
  name: string;
  description: string;
  preview: boolean;
}

/** Return a text for the card picker, which asks outside of any element. */
function pickerText(key: Key): string {
  const root = document.querySelector("home-assistant") as (Element & { hass?: Hass }) | null;
  if (!root?.hass) return english[key];
  void loadWords(root.hass);
  return words(root.hass, key);
}

const global = window as unknown as { customCards?: CustomCard[] };
global.customCards ??= [];
const cards = global.customCards;
if (!cards.some(({ type }) => type === CARD)) {
  cards.push({
    type: CARD,
    preview: true,
    get name() {
      return pickerText("card_name");
    },
    get description() {
      return pickerText("card_description");
    },
  });
}
