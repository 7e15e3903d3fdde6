/** What all parts look like: Home Assistant's theme variables on native elements. */
import { css } from "lit";

/** The theme's primary colour, moved towards the text's until it can be read as text. */
const inkOfAccent = css`color-mix(in srgb, var(--primary-color) 55%, var(--primary-text-color))`;

export const styles = css`
  :host {
    color: var(--primary-text-color);
    font-family: var(--ha-font-family-body, Roboto, Noto, sans-serif);
    font-size: var(--ha-font-size-m, 14px);
    line-height: var(--ha-line-height-normal, 1.5);
    -webkit-font-smoothing: var(--ha-font-smoothing, antialiased);
    --ae-good: var(--success-color, #43a047);
    --ae-bad: var(--error-color, #db4437);
    --ae-warn: var(--warning-color, #ffa600);
    --ae-radius: var(--ha-card-border-radius, var(--ha-border-radius-lg, 12px));
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  * {
    box-sizing: border-box;
  }
  :focus-visible {
    outline: 2px solid ${inkOfAccent};
    outline-offset: 2px;
  }
  .hidden-text {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .icon {
    width: var(--mdc-icon-size, 24px);
    height: var(--mdc-icon-size, 24px);
    flex: none;
    fill: currentcolor;
  }
  .secondary {
    color: var(--secondary-text-color);
  }
  .card {
    background: var(--ha-card-background, var(--card-background-color));
    border: var(--ha-card-border-width, 1px) solid
      var(--ha-card-border-color, var(--divider-color));
    border-radius: var(--ae-radius);
    box-shadow: var(--ha-card-box-shadow, none);
  }
  h1,
  h2 {
    margin: 0;
    font-weight: var(--ha-font-weight-normal, 400);
  }
  h2 {
    font-size: var(--ha-font-size-xl, 20px);
  }
  section h2 {
    font-size: var(--ha-font-size-l, 16px);
    font-weight: var(--ha-font-weight-medium, 500);
  }
  button {
    font: inherit;
    color: inherit;
    cursor: pointer;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: 40px;
    padding: 0 16px;
    border: 0;
    border-radius: var(--ha-border-radius-pill, 9999px);
    background: none;
    color: ${inkOfAccent};
    font-weight: var(--ha-font-weight-medium, 500);
    white-space: nowrap;
    --mdc-icon-size: 20px;
  }
  .button:hover:not(:disabled),
  .icon-button:hover:not(:disabled) {
    background: color-mix(in srgb, currentcolor 8%, transparent);
  }
  .button.filled {
    background: color-mix(in srgb, var(--primary-color) 18%, transparent);
    color: var(--primary-text-color);
  }
  .button.filled:hover:not(:disabled) {
    background: color-mix(in srgb, var(--primary-color) 28%, transparent);
  }
  .button.danger {
    color: color-mix(in srgb, var(--ae-bad) 60%, var(--primary-text-color));
  }
  .icon-button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    width: 40px;
    height: 40px;
    flex: none;
    padding: 0;
    border: 0;
    border-radius: 50%;
    background: none;
  }
  label.field {
    display: flex;
    flex-direction: column;
    gap: 4px;
    min-width: 0;
  }
  .field > span:first-child,
  legend {
    color: var(--secondary-text-color);
    font-size: var(--ha-font-size-s, 12px);
    padding: 0;
  }
  .field small {
    color: var(--secondary-text-color);
    font-size: var(--ha-font-size-s, 12px);
    line-height: 1.35;
  }
  input:not([type="checkbox"], [type="radio"]),
  select,
  textarea {
    width: 100%;
    min-height: 40px;
    padding: 8px 12px;
    border: 1px solid
      var(--ha-color-border-neutral-normal, var(--outline-color, var(--secondary-text-color)));
    border-radius: var(--ha-border-radius-md, 8px);
    background: var(--card-background-color);
    color: var(--primary-text-color);
    color-scheme: inherit;
    font: inherit;
  }
  input::placeholder {
    color: var(--secondary-text-color);
    opacity: 1;
  }
  input:disabled,
  select:disabled {
    opacity: 0.6;
  }
  input[type="checkbox"] {
    width: 20px;
    height: 20px;
    flex: none;
    margin: 0;
    accent-color: var(--primary-color);
  }
  .check {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 36px;
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    padding: 2px 10px;
    border-radius: 999px;
    background: color-mix(in srgb, var(--ae-tone, var(--secondary-text-color)) 16%, transparent);
    font-size: var(--ha-font-size-s, 12px);
    white-space: nowrap;
    --mdc-icon-size: 14px;
  }
  .chip .icon {
    color: var(--ae-tone);
  }
  .good {
    --ae-tone: var(--ae-good);
  }
  .bad {
    --ae-tone: var(--ae-bad);
  }
  .warn {
    --ae-tone: var(--ae-warn);
  }
  .notice {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 12px 16px;
    border-radius: var(--ha-border-radius-md, 8px);
    background: color-mix(in srgb, var(--ae-tone, var(--primary-color)) 14%, transparent);
  }
  .notice > .icon {
    color: var(--ae-tone);
  }
  .notice > span {
    flex: 1;
    overflow-wrap: anywhere;
  }
  .progress {
    height: 4px;
    overflow: hidden;
    border-radius: 2px;
    background: color-mix(in srgb, var(--primary-color) 20%, transparent);
  }
  .progress::before {
    content: "";
    display: block;
    width: 30%;
    height: 100%;
    border-radius: 2px;
    background: var(--primary-color);
    animation: progress 1.6s infinite ease-in-out;
  }
  @keyframes progress {
    from {
      transform: translateX(-100%);
    }
    to {
      transform: translateX(333%);
    }
  }
  .empty {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 8px;
    padding: 48px 24px;
    color: var(--secondary-text-color);
    text-align: center;
    --mdc-icon-size: 40px;
  }
  .page {
    max-width: 1200px;
    margin: 0 auto;
    padding: 16px max(16px, var(--safe-area-inset-right, 0px)) 32px
      max(16px, var(--safe-area-inset-left, 0px));
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  th {
    color: var(--secondary-text-color);
    font-weight: var(--ha-font-weight-medium, 500);
    font-size: var(--ha-font-size-s, 12px);
    text-align: start;
  }
  tbody th {
    color: inherit;
    font-size: inherit;
    font-weight: inherit;
  }
  th,
  td {
    padding: 8px 12px;
    border-bottom: 1px solid var(--divider-color);
  }
  .number {
    text-align: end;
  }
  dialog {
    width: min(560px, calc(100vw - 32px));
    max-width: none;
    max-height: calc(100dvh - 32px);
    padding: 0;
    border: 0;
    border-radius: var(--ha-dialog-border-radius, var(--ha-border-radius-3xl, 24px));
    background: var(--ha-dialog-surface-background, var(--card-background-color, #fff));
    color: var(--primary-text-color);
    color-scheme: inherit;
    box-shadow: 0 8px 40px rgb(0 0 0 / 35%);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 45%);
  }
  dialog form,
  dialog .body {
    display: flex;
    flex-direction: column;
    gap: 16px;
    padding: 8px 24px 16px;
  }
  dialog header {
    position: sticky;
    top: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 12px 12px 8px;
    background: inherit;
  }
  dialog footer {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
    padding-top: 8px;
  }
  dialog header h2 {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  @media (max-width: 600px) {
    dialog {
      width: 100vw;
      height: 100dvh;
      max-height: none;
      border-radius: 0;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
    }
  }
`;
