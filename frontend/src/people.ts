/** The people in a system's register, and what the system lets be changed of them. */
import {
  mdiAccountCancel,
  mdiAccountCheck,
  mdiAccountPlus,
  mdiCardAccountDetails,
  mdiCellphone,
  mdiDelete,
  mdiDialpad,
  mdiFaceRecognition,
  mdiPencil,
} from "@mdi/js";
import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { fetchPeople, messageOf, removePerson, savePerson } from "./api";
import { BaseElement, icon } from "./base";
import "./person-form";
import type { PersonForm } from "./person-form";
import { styles } from "./styles";
import { dateTime } from "./time";
import type { Person, System } from "./types";

const SHOWN_AT_FIRST = 200;

const can = (system: System | undefined, capability: string): boolean =>
  system?.capabilities.some((name) => name.toLowerCase() === capability) ?? false;

@customElement("access-events-people")
export class People extends BaseElement {
  @property({ attribute: false }) systems: System[] = [];
  @state() private entryId = "";
  @state() private people: Person[] | undefined;
  @state() private error = "";
  @state() private search = "";
  @state() private limit = SHOWN_AT_FIRST;
  @state() private leaving: Person | undefined;
  @state() private busy = false;
  @query("access-events-person-form") private form!: PersonForm;
  @query("dialog") private dialog!: HTMLDialogElement;

  private get readable(): System[] {
    return this.systems.filter((system) => can(system, "users_read") || can(system, "users_add"));
  }

  private get system(): System | undefined {
    return this.readable.find((system) => system.entry_id === this.entryId);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("systems") && !this.system) this.choose(this.readable[0]?.entry_id ?? "");
  }

  private choose(entryId: string): void {
    this.entryId = entryId;
    this.people = undefined;
    this.error = "";
    this.limit = SHOWN_AT_FIRST;
    if (entryId) void this.load();
  }

  private load = async (): Promise<void> => {
    const { entryId } = this;
    try {
      const people = can(this.system, "users_read") ? await fetchPeople(this.hass, entryId) : [];
      if (entryId !== this.entryId) return;
      this.people = people.sort((a, b) => a.name.localeCompare(b.name));
      this.error = "";
    } catch (error) {
      if (entryId === this.entryId) this.error = messageOf(this.hass, error);
    }
  };

  private get found(): Person[] {
    const wanted = this.search.trim().toLocaleLowerCase();
    return (this.people ?? []).filter(
      ({ name, user_id }) =>
        name.toLocaleLowerCase().includes(wanted) || user_id.toLocaleLowerCase().includes(wanted),
    );
  }

  private async change(work: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.error = "";
    try {
      await work();
      await this.load();
      return true;
    } catch (error) {
      this.error = messageOf(this.hass, error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  private setActive(person: Person, active: boolean): void {
    void this.change(() =>
      savePerson(this.hass, this.entryId, { user_id: person.user_id, active }, true),
    );
  }

  private async askToRemove(person: Person): Promise<void> {
    this.leaving = person;
    await this.updateComplete;
    this.dialog.showModal();
  }

  private answered(): void {
    const { leaving } = this;
    this.leaving = undefined;
    if (leaving && this.dialog.returnValue === "remove") {
      void this.change(() => removePerson(this.hass, this.entryId, leaving.user_id));
    }
    this.dialog.returnValue = "";
  }

  private open(person?: Person): void {
    if (this.system) this.form.show(this.system, person);
  }

  protected override render() {
    const { system, found } = this;
    if (!system) {
      return html`<div class="page"><div class="empty">${this.words("no_system_with_people")}</div></div>`;
    }
    return html`<div class="page">
        <div class="bar">
          <label class="field">
            <span>${this.words("system")}</span>
            <select @change=${(event: Event) => this.choose((event.target as HTMLSelectElement).value)}>
              ${this.readable.map(
                ({ entry_id, title }) =>
                  html`<option value=${entry_id} .selected=${entry_id === this.entryId}>${title}</option>`,
              )}
            </select>
          </label>
          <label class="field">
            <span>${this.words("search")}</span>
            <input
              type="search"
              .value=${this.search}
              @input=${(event: InputEvent) => {
                this.search = (event.target as HTMLInputElement).value;
              }}
            />
          </label>
          ${
            can(system, "users_add")
              ? html`<button class="button filled" @click=${() => this.open()}>
                  ${icon(mdiAccountPlus)}${this.words("register_person")}
                </button>`
              : nothing
          }
        </div>
        ${
          this.error
            ? html`<div class="notice bad" role="alert">
                <span>${this.error}</span>
                <button class="button" @click=${this.load}>${this.words("try_again")}</button>
              </div>`
            : nothing
        }
        ${this.people ? this.renderPeople(found) : this.error ? nothing : html`<div class="empty" role="status">${this.words("loading")}</div>`}
      </div>
      <access-events-person-form .hass=${this.hass} @saved=${this.load}></access-events-person-form>
      <dialog aria-labelledby="leaving" @close=${this.answered}>
        <form method="dialog">
          <h2 id="leaving">${this.words("remove_person", { name: this.leaving?.name ?? "" })}</h2>
          <p>${this.words("remove_person_help", { system: system.title })}</p>
          <footer>
            <button class="button" value="">${this.words("cancel")}</button>
            <button class="button danger" value="remove">${this.words("remove")}</button>
          </footer>
        </form>
      </dialog>`;
  }

  private renderPeople(found: Person[]) {
    if (!found.length) {
      return html`<div class="empty" role="status">${this.words(this.people?.length ? "nothing_found" : "no_people")}</div>`;
    }
    return html`<ul class="card">
        ${found.slice(0, this.limit).map((person) => this.renderPerson(person))}
      </ul>
      ${
        found.length > this.limit
          ? html`<button class="button" @click=${() => {
              this.limit = Infinity;
            }}>
              ${this.words("show_all", { count: found.length })}
            </button>`
          : nothing
      }`;
  }

  private renderPerson(person: Person) {
    const { system } = this;
    const { name, credentials, groups } = person;
    const mayChange = can(system, "users_update");
    const linked = person.ha_person ? this.hass.states[person.ha_person] : undefined;
    return html`<li>
      <div class="who">
        <span class="name">${name}</span>
        <span class="secondary">
          ${[linked?.attributes.friendly_name, ...(groups ?? []), person.user_id].filter(Boolean).join(" · ")}
        </span>
      </div>
      <div class="credentials">
        ${credentials.cards ? this.renderCredential(mdiCardAccountDetails, "credential_cards", credentials.cards) : nothing}
        ${credentials.pin ? this.renderCredential(mdiDialpad, "credential_pin") : nothing}
        ${credentials.face ? this.renderCredential(mdiFaceRecognition, "credential_face") : nothing}
        ${credentials.phone ? this.renderCredential(mdiCellphone, "credential_phone") : nothing}
      </div>
      <div class="validity">
        ${person.active === false ? html`<span class="chip bad">${this.words("disabled")}</span>` : nothing}
        ${this.renderValidity(person)}
      </div>
      <div class="actions">
        ${
          mayChange
            ? this.renderAction(mdiPencil, this.words("edit_person", { name }), () =>
                this.open(person),
              )
            : nothing
        }
        ${
          mayChange && system?.user_fields.includes("active") && person.active !== null
            ? this.renderAction(
                person.active ? mdiAccountCancel : mdiAccountCheck,
                this.words(person.active ? "disable_person" : "enable_person", { name }),
                () => this.setActive(person, !person.active),
              )
            : nothing
        }
        ${
          can(system, "users_remove")
            ? this.renderAction(mdiDelete, this.words("remove_person", { name }), () =>
                this.askToRemove(person),
              )
            : nothing
        }
      </div>
    </li>`;
  }

  private renderCredential(
    path: string,
    key: "credential_cards" | "credential_pin" | "credential_face" | "credential_phone",
    count?: number,
  ) {
    const text = this.words(key, { count: count ?? "" });
    return html`<span title=${text}>${icon(path)}<span class="hidden-text">${text}</span>${count && count > 1 ? count : nothing}</span>`;
  }

  private renderValidity({ valid_from, valid_until }: Person) {
    const { hass } = this;
    const now = Date.now();
    const over = valid_until !== null && Date.parse(valid_until) < now;
    const future = valid_from !== null && Date.parse(valid_from) > now;
    return html`
      ${over ? html`<span class="chip warn">${this.words("expired")}</span>` : nothing}
      ${future ? html`<span class="chip">${this.words("valid_from_time", { time: dateTime(hass, valid_from) })}</span>` : nothing}
      ${valid_until && !over ? html`<span class="chip">${this.words("valid_until_time", { time: dateTime(hass, valid_until) })}</span>` : nothing}
    `;
  }

  private renderAction(path: string, text: string, act: () => void) {
    return html`<button class="icon-button" title=${text} aria-label=${text} ?disabled=${this.busy} @click=${act}>
      ${icon(path)}
    </button>`;
  }

  static override styles = [
    styles,
    css`
      :host {
        display: block;
        overflow: auto;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 12px;
        margin-bottom: 16px;
      }
      .bar .field {
        flex: 1 1 180px;
        max-width: 320px;
      }
      .bar .button {
        margin-inline-start: auto;
      }
      .notice {
        margin-bottom: 16px;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 2fr) auto minmax(0, 1.2fr) auto;
        align-items: center;
        gap: 16px;
        padding: 8px 8px 8px 16px;
        border-bottom: 1px solid var(--divider-color);
      }
      li:last-child {
        border: 0;
      }
      .who {
        display: flex;
        flex-direction: column;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .who .secondary {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-size: var(--ha-font-size-s, 12px);
      }
      .credentials {
        display: flex;
        gap: 10px;
        color: var(--secondary-text-color);
        --mdc-icon-size: 20px;
      }
      .credentials > span {
        display: inline-flex;
        align-items: center;
        gap: 2px;
      }
      .validity {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 6px;
      }
      .actions {
        display: flex;
      }
      form {
        padding-top: 20px;
      }
      form h2,
      form p {
        margin: 0;
        overflow-wrap: anywhere;
      }
      @media (max-width: 600px) {
        li {
          grid-template-columns: minmax(0, 1fr) auto;
          gap: 4px 8px;
        }
        .validity {
          justify-content: flex-start;
        }
        .credentials {
          justify-content: flex-end;
          padding-inline-end: 8px;
        }
        .bar .field,
        .bar .button {
          flex: 1 1 100%;
          max-width: none;
          margin: 0;
        }
        dialog {
          width: calc(100vw - 32px);
          height: fit-content;
          border-radius: var(--ha-border-radius-3xl, 24px);
        }
      }
    `,
  ];
}
