/** What all elements share: Home Assistant's object, its words and its icons. */
import { html, LitElement, nothing } from "lit";
import { property } from "lit/decorators.js";
import { type Key, loadWords, words } from "./localize";
import type { Hass } from "./types";

/** Home Assistant hands over a new object at each state change: few of them concern the page. */
export const hassMatters = (now?: Hass, before?: Hass): boolean =>
  !now ||
  !before ||
  now.language !== before.language ||
  now.locale !== before.locale ||
  now.localize !== before.localize ||
  now.dockedSidebar !== before.dockedSidebar ||
  now.user !== before.user ||
  now.connection !== before.connection;

export class BaseElement extends LitElement {
  @property({ attribute: false, hasChanged: hassMatters }) hass!: Hass;

  protected words(key: Key, values?: Record<string, string | number>): string {
    return words(this.hass, key, values);
  }

  /** Load the words of a language, for elements that Home Assistant makes itself. */
  protected async loadWords(): Promise<void> {
    await loadWords(this.hass);
    this.requestUpdate();
  }
}

export const icon = (path: string | undefined) =>
  path
    ? html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${path}></path></svg>`
    : nothing;
