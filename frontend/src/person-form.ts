/** The form for a person: only the fields that the system has a use for. */
import { mdiClose } from "@mdi/js";
import { css, html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { messageOf, savePerson } from "./api";
import { BaseElement, icon } from "./base";
import { fieldHelp, fieldWord } from "./localize";
import { styles } from "./styles";
import { fromField, toField } from "./time";
import type { Person, System } from "./types";

const FIELDS = [
  "name",
  "user_id",
  "active",
  "valid_from",
  "valid_until",
  "passes",
  "doors",
  "schedule",
  "groups",
  "cards",
  "pin",
  "duress_pin",
  "phone",
  "email",
] as const;
type Field = (typeof FIELDS)[number];

const TYPES: Partial<Record<Field, string>> = {
  valid_from: "datetime-local",
  valid_until: "datetime-local",
  passes: "number",
  pin: "password",
  duress_pin: "password",
  phone: "tel",
  email: "email",
};
const LISTS: readonly Field[] = ["groups", "cards"];
/** Fields that need no word beside their name. */
const PLAIN: readonly Field[] = ["name", "pin", "phone", "email"];
const TIMES: readonly Field[] = ["valid_from", "valid_until"];

@customElement("access-events-person-form")
export class PersonForm extends BaseElement {
  @state() private system: System | undefined;
  @state() private person: Person | undefined;
  @state() private error = "";
  @state() private busy = false;
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("form") private form!: HTMLFormElement;

  /** Open it for a new person of a system, or for one that is registered. */
  async show(system: System, person?: Person): Promise<void> {
    this.system = system;
    this.person = person;
    this.error = "";
    await this.updateComplete;
    this.dialog.showModal();
  }

  private close = (): void => this.dialog.close();

  private closed(): void {
    // What was typed, a PIN too, goes with the form.
    this.system = undefined;
    this.person = undefined;
  }

  private get fields(): Field[] {
    return FIELDS.filter(
      (field) => this.system?.user_fields.includes(field) && !(field === "user_id" && this.person),
    );
  }

  /** Return what a field holds at first; a secret is never shown. */
  private initial(field: Field): string {
    const { person, hass } = this;
    if (!person) return "";
    if (field === "name") return person.name;
    if (field === "valid_from" || field === "valid_until") return toField(hass, person[field]);
    if (field === "groups") return (person.groups ?? []).join("\n");
    return "";
  }

  /** Return what was filled in, or changed. */
  private get values(): Record<string, unknown> {
    const data = new FormData(this.form);
    const values: Record<string, unknown> = {};
    for (const field of this.fields) {
      if (field === "active") {
        const active = data.has("active");
        if (active !== (this.person?.active ?? true)) values.active = active;
      } else if (field === "doors") {
        const doors = data.getAll("doors");
        const before = this.person?.doors ?? [];
        if (
          doors.length !== before.length ||
          doors.some((door) => !before.includes(String(door)))
        ) {
          values.doors = doors;
        }
      } else {
        const text = String(data.get(field) ?? "").trim();
        if (text === this.initial(field)) continue;
        if (LISTS.includes(field)) {
          values[field] = text
            .split(/[\n,;]/)
            .map((part) => part.trim())
            .filter(Boolean);
        } else if (TIMES.includes(field)) {
          const time = fromField(this.hass, text);
          if (time) values[field] = time;
        } else {
          values[field] = field === "passes" ? Number(text) : text;
        }
      }
    }
    // Some systems want both ends of a validity, or neither.
    if (TIMES.some((field) => field in values)) {
      for (const field of TIMES) {
        const time = fromField(this.hass, String(data.get(field) ?? ""));
        if (time) values[field] = time;
      }
    }
    return values;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { system, person, values } = this;
    if (!system) return;
    if (person && Object.keys(values).length === 0) {
      this.close();
      return;
    }
    this.busy = true;
    this.error = "";
    try {
      const fields = person ? { ...values, user_id: person.user_id } : values;
      await savePerson(this.hass, system.entry_id, fields, person !== undefined);
      this.close();
      this.dispatchEvent(new CustomEvent("saved"));
      this.dispatchEvent(
        new CustomEvent("hass-notification", {
          detail: { message: this.words("person_saved") },
          bubbles: true,
          composed: true,
        }),
      );
    } catch (error) {
      this.error = messageOf(this.hass, error);
      // Half of it may be done, which the list shows.
      this.dispatchEvent(new CustomEvent("saved"));
    }
    this.busy = false;
  }

  protected override render() {
    const { system, person } = this;
    return html`<dialog aria-labelledby="title" @close=${this.closed}>
      ${
        system
          ? html`<header>
                <button class="icon-button" aria-label=${this.words("close")} @click=${this.close}>
                  ${icon(mdiClose)}
                </button>
                <h2 id="title">
                  ${person ? this.words("edit_person", { name: person.name }) : this.words("register_person")}
                </h2>
              </header>
              <form autocomplete="off" @submit=${this.submit}>
                ${this.fields.map((field) => this.renderField(field))}
                ${this.error ? html`<div class="notice bad" role="alert"><span>${this.error}</span></div>` : nothing}
                <footer>
                  <button class="button" type="button" @click=${this.close}>${this.words("cancel")}</button>
                  <button class="button filled" ?disabled=${this.busy}>
                    ${this.words(person ? "save" : "register")}
                  </button>
                </footer>
              </form>`
          : nothing
      }
    </dialog>`;
  }

  private renderField(field: Field) {
    const { hass, system, person } = this;
    const name = fieldWord(hass, field);
    if (field === "active") {
      return html`<label class="check">
        <input type="checkbox" name="active" .checked=${person?.active ?? true} />${name}
      </label>`;
    }
    if (field === "doors") {
      return html`<fieldset>
        <legend>${name}</legend>
        ${system?.doors.map(
          (door) => html`<label class="check">
            <input
              type="checkbox"
              name="doors"
              value=${door.device_id}
              .checked=${person?.doors?.includes(door.device_id) ?? false}
            />${door.name}
          </label>`,
        )}
        <small class="secondary">${this.helpOf(field)}</small>
      </fieldset>`;
    }
    const help = this.helpOf(field);
    return html`<label class="field">
      <span>${name}${field === "name" ? " *" : ""}</span>
      ${
        LISTS.includes(field)
          ? html`<textarea name=${field} rows="2" .value=${this.initial(field)}></textarea>`
          : html`<input
              name=${field}
              type=${TYPES[field] ?? "text"}
              autocomplete=${TYPES[field] === "password" ? "new-password" : "off"}
              inputmode=${TYPES[field] === "password" ? "numeric" : nothing}
              min=${field === "passes" ? "1" : nothing}
              ?required=${field === "name"}
              .value=${this.initial(field)}
            />`
      }
      ${help ? html`<small>${help}</small>` : nothing}
    </label>`;
  }

  private helpOf(field: Field): string {
    const unknown = this.person && !["name", ...TIMES].includes(field);
    const isShown =
      field === "groups" ? this.person?.groups : field === "doors" && this.person?.doors;
    if (unknown && !isShown) return this.words("empty_keeps");
    if (LISTS.includes(field)) return this.words("one_a_line");
    return PLAIN.includes(field) ? "" : fieldHelp(this.hass, field);
  }

  static override styles = [
    styles,
    css`
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
      }
      footer {
        position: sticky;
        bottom: 0;
        padding-block: 8px;
        background: var(--ha-dialog-surface-background, var(--card-background-color));
      }
    `,
  ];
}
