/** The card's visual editor: Home Assistant's own form. */
import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { BaseElement } from "./base";
import { type CardConfig, EDITOR } from "./card";
import { KINDS } from "./kinds";
import { type Key, kindWord } from "./localize";
import { styles } from "./styles";

interface Helpers {
  createCardElement(config: object): Promise<HTMLElement>;
}
interface WithEditor {
  getConfigElement?(): Promise<HTMLElement>;
}

const LABELS: Record<string, Key> = {
  title: "card_title",
  doors: "doors",
  kinds: "events",
  person: "person",
  count: "card_count",
  pictures: "card_pictures",
};

/** Make sure that `ha-form` is there: the editors of Home Assistant's own cards bring it. */
async function loadForm(): Promise<void> {
  if (customElements.get("ha-form")) return;
  const { loadCardHelpers } = window as unknown as { loadCardHelpers(): Promise<Helpers> };
  const helpers = await loadCardHelpers();
  const card = await helpers.createCardElement({ type: "button" });
  await (card.constructor as WithEditor).getConfigElement?.();
  await customElements.whenDefined("ha-form");
}

@customElement(EDITOR)
export class CardEditor extends BaseElement {
  @state() private config: CardConfig | undefined;
  @state() private ready = false;
  private language = "";

  setConfig(config: CardConfig): void {
    this.config = config;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void loadForm().then(() => {
      this.ready = true;
    });
  }

  protected override willUpdate(): void {
    if (this.hass && this.language !== this.hass.language) {
      this.language = this.hass.language;
      void this.loadWords();
    }
  }

  private get schema() {
    const kinds = KINDS.map((kind) => ({ value: kind, label: kindWord(this.hass, kind) }));
    return [
      { name: "title", selector: { text: {} } },
      {
        name: "doors",
        selector: { device: { multiple: true, filter: { integration: "access_events" } } },
      },
      {
        name: "kinds",
        selector: { select: { multiple: true, mode: "dropdown", options: kinds } },
      },
      { name: "person", selector: { text: {} } },
      { name: "count", default: 6, selector: { number: { min: 1, max: 50, mode: "box" } } },
      { name: "pictures", default: true, selector: { boolean: {} } },
    ];
  }

  private label = ({ name }: { name: string }): string => this.words(LABELS[name] ?? "events");

  private changed(event: CustomEvent<{ value: CardConfig }>): void {
    event.stopPropagation();
    const config = Object.fromEntries(
      Object.entries(event.detail.value).filter(
        ([, value]) =>
          value !== "" && value !== undefined && !(Array.isArray(value) && !value.length),
      ),
    );
    this.dispatchEvent(
      new CustomEvent("config-changed", { detail: { config }, bubbles: true, composed: true }),
    );
  }

  protected override render() {
    if (!this.hass || !this.config || !this.ready) return nothing;
    return html`<ha-form
      .hass=${this.hass}
      .data=${{ count: 6, pictures: true, ...this.config }}
      .schema=${this.schema}
      .computeLabel=${this.label}
      @value-changed=${this.changed}
    ></ha-form>`;
  }

  static override styles = styles;
}
