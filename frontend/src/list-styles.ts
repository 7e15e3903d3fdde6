/** What the endless list looks like: a table where there is room, else lines below each other. */
import { css } from "lit";

export const listStyles = css`
  :host {
    position: relative;
    display: block;
    min-height: 0;
    overflow: hidden;
  }
  .scroller {
    height: 100%;
    overflow: hidden auto;
    overflow-anchor: none;
    overscroll-behavior: contain;
  }
  .grid:focus-visible {
    outline: none;
  }
  .scroller:has(.grid:focus-visible) {
    outline: 2px solid var(--primary-color);
    outline-offset: -2px;
  }
  .rows {
    position: relative;
    overflow: hidden;
  }
  .row {
    display: grid;
    align-items: center;
    padding: 0 16px;
    border-bottom: 1px solid var(--divider-color);
  }
  .rows .row {
    position: absolute;
    inset: 0 0 auto;
    contain: strict;
    cursor: pointer;
  }
  .rows .row:hover {
    background: color-mix(in srgb, var(--primary-text-color) 4%, transparent);
  }
  .grid:focus-visible .row.active {
    outline: 2px solid var(--primary-color);
    outline-offset: -2px;
  }
  .fresh {
    animation: fresh 3s ease-out;
  }
  @keyframes fresh {
    from {
      background: color-mix(in srgb, var(--primary-color) 25%, transparent);
    }
  }
  .row > span {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .row > .picture {
    overflow: visible;
  }
  .two {
    display: flex;
    flex-direction: column;
    line-height: 1.35;
  }
  .two > span {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .two > .secondary,
  time .secondary {
    font-size: var(--ha-font-size-s, 12px);
  }
  .wide .row {
    grid-template-columns: 40px minmax(112px, 0.7fr) 1.1fr 1.1fr 1.4fr 0.8fr;
    gap: 16px;
  }
  .wide .head {
    position: sticky;
    top: 0;
    z-index: 1;
    background: var(--card-background-color);
  }
  .wide .head .row {
    height: 40px;
    color: var(--secondary-text-color);
    font-size: var(--ha-font-size-s, 12px);
    font-weight: var(--ha-font-weight-medium, 500);
  }
  .wide .time {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .wide time {
    display: flex;
    flex-direction: column;
    line-height: 1.35;
  }
  .narrow .head {
    position: absolute;
    clip-path: inset(50%);
  }
  .narrow .rows .row {
    grid-template: "picture door time" "picture person person" "picture event event" / 40px 1fr auto;
    gap: 0 16px;
    align-content: center;
    line-height: 20px;
  }
  .narrow .picture {
    grid-area: picture;
  }
  .narrow .door {
    grid-area: door;
    font-weight: var(--ha-font-weight-medium, 500);
  }
  .narrow .time {
    grid-area: time;
    display: flex;
    gap: 6px;
    font-size: var(--ha-font-size-s, 12px);
  }
  .narrow time {
    display: flex;
    flex-direction: row-reverse;
    gap: 6px;
  }
  .narrow .today .secondary {
    display: none;
  }
  .narrow .person {
    grid-area: person;
  }
  .narrow .event {
    grid-area: event;
    font-size: var(--ha-font-size-s, 12px);
  }
  .narrow .two {
    display: block;
  }
  .narrow .two > .secondary:not(:empty)::before {
    content: " · ";
  }
  .narrow .door .secondary,
  .narrow .person .secondary,
  .narrow .method {
    display: none;
  }
  .more {
    padding: 16px;
    text-align: center;
  }
  .notice {
    margin: 16px;
  }
  .pill {
    position: absolute;
    inset: 52px 0 auto;
    display: flex;
    justify-content: center;
    pointer-events: none;
  }
  .pill .button {
    pointer-events: auto;
    background: var(--card-background-color);
    border: 1px solid var(--divider-color);
    box-shadow: 0 2px 8px rgb(0 0 0 / 25%);
  }
`;
