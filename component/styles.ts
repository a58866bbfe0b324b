import { css } from 'lit';

/** Colours and type of both elements; every colour can be set from outside by `--covid-triage-*`. */
export const shared = css`
  :host {
    --_ground: var(--covid-triage-background, #ffffff);
    --_text: var(--covid-triage-color, #1b2733);
    --_quiet: var(--covid-triage-muted-color, #4d5b69);
    --_line: var(--covid-triage-border-color, #c3ccd5);
    --_soft: var(--covid-triage-soft-background, #f1f4f7);
    --_accent: var(--covid-triage-accent-color, #0b5cad);
    --_on-accent: var(--covid-triage-on-accent-color, #ffffff);
    --_alert: var(--covid-triage-alert-color, #9a4200);
    display: block;
    color-scheme: light;
    box-sizing: border-box;
    color: var(--_text);
    background: var(--_ground);
    font: var(--covid-triage-font, 0.875rem / 1.45 system-ui, sans-serif);
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  :host([theme='dark']) {
    color-scheme: dark;
    --_ground: var(--covid-triage-background, #131a21);
    --_text: var(--covid-triage-color, #e8edf2);
    --_quiet: var(--covid-triage-muted-color, #aebac5);
    --_line: var(--covid-triage-border-color, #41505e);
    --_soft: var(--covid-triage-soft-background, #1e2832);
    --_accent: var(--covid-triage-accent-color, #7fbcff);
    --_on-accent: var(--covid-triage-on-accent-color, #08223d);
    --_alert: var(--covid-triage-alert-color, #ffb37a);
  }
  @media (prefers-color-scheme: dark) {
    :host([theme='auto']) {
      color-scheme: dark;
      --_ground: var(--covid-triage-background, #131a21);
      --_text: var(--covid-triage-color, #e8edf2);
      --_quiet: var(--covid-triage-muted-color, #aebac5);
      --_line: var(--covid-triage-border-color, #41505e);
      --_soft: var(--covid-triage-soft-background, #1e2832);
      --_accent: var(--covid-triage-accent-color, #7fbcff);
      --_on-accent: var(--covid-triage-on-accent-color, #08223d);
      --_alert: var(--covid-triage-alert-color, #ffb37a);
    }
  }
  :host([hidden]) {
    display: none;
  }
  * {
    box-sizing: border-box;
  }
  h2,
  h3,
  p,
  dl,
  dd,
  ol,
  ul {
    margin: 0;
    padding: 0;
  }
  h2 {
    font-size: 1rem;
  }
  h3 {
    font-size: 0.8125rem;
    color: var(--_quiet);
    font-weight: 600;
    margin-block: 0.75rem 0.25rem;
  }
  .quiet {
    color: var(--_quiet);
    font-size: 0.8125rem;
  }
  ul {
    list-style: none;
  }
  .alert {
    border-inline-start: 4px solid var(--_alert);
    padding: 0.25rem 0.625rem;
    background: var(--_soft);
    margin-block-end: 0.5rem;
  }
  /* The margin of the last line stays on the element's ground. */
  section {
    display: flow-root;
  }
  button,
  select,
  textarea {
    font: inherit;
    color: inherit;
    background: var(--_ground);
    border: 1px solid var(--_quiet);
    border-radius: 4px;
    padding: 0.3125rem 0.75rem;
    min-height: 2rem;
  }
  button {
    cursor: pointer;
  }
  button.main {
    background: var(--_accent);
    border-color: var(--_accent);
    color: var(--_on-accent);
    font-weight: 600;
  }
  button[aria-disabled='true'] {
    opacity: 0.6;
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    align-items: center;
  }
  .hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
