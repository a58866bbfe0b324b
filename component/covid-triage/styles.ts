import { css } from 'lit';

export const styles = css`
  :host {
    padding: 0.75rem;
    min-width: 0;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0.25rem 0.75rem;
    margin-block-end: 0.5rem;
  }
  .label {
    border: 1px solid var(--_line);
    border-radius: 4px;
    padding: 0 0.375rem;
    font-size: 0.75rem;
    color: var(--_quiet);
  }
  .findings {
    list-style: none;
    display: grid;
    gap: 0.375rem;
  }
  .findings li {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 0 0.5rem;
  }
  .findings .value {
    font-weight: 600;
  }
  .findings li:first-child {
    font-size: 1rem;
  }
  .findings svg {
    grid-column: 1 / -1;
    inline-size: 100%;
    block-size: 10px;
    display: block;
  }
  .findings .interval {
    grid-column: 1 / -1;
  }
  .ground {
    fill: var(--_soft);
    stroke: var(--_line);
  }
  .bar {
    fill: var(--_accent);
  }
  .range {
    fill: var(--_text);
  }
  progress {
    inline-size: 100%;
    accent-color: var(--_accent);
  }
  .zones {
    border-collapse: collapse;
    margin-block-start: 0.25rem;
  }
  .zones th,
  .zones td {
    border: 1px solid var(--_line);
    padding: 0.125rem 0.5rem;
    text-align: center;
    font-weight: 400;
  }
  .course {
    inline-size: 100%;
    border-collapse: collapse;
    font-size: 0.8125rem;
  }
  .course th,
  .course td {
    text-align: start;
    padding: 0.1875rem 0.25rem;
    border-block-end: 1px solid var(--_line);
  }
  .course button {
    padding: 0 0.25rem;
    min-height: 1.5rem;
    border: 0;
    background: none;
    color: var(--_accent);
    text-decoration: underline;
  }
  .facts {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0 0.75rem;
    margin-block-start: 0.75rem;
    font-size: 0.8125rem;
    color: var(--_quiet);
  }
  canvas.picture {
    display: block;
    inline-size: 100%;
    margin-block: 0.5rem;
  }
  .lungs {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    align-items: center;
    margin-block: 0.25rem;
  }
  .diagram,
  .lung-map {
    inline-size: 7.5rem;
    max-block-size: 8rem;
    object-fit: contain;
  }
  .lung {
    fill: var(--_soft);
  }
  .share {
    fill: var(--_accent);
  }
  .outline {
    fill: none;
    stroke: var(--_quiet);
    stroke-width: 1.5;
  }
  .thin {
    stroke-width: 0.5;
    stroke-dasharray: 3 2;
  }
  .slices {
    display: grid;
    gap: 0.25rem;
  }
  .slices button {
    inline-size: 100%;
    display: grid;
    grid-template-columns: 6.5em 4em 1fr;
    gap: 0.5rem;
    text-align: start;
    font-variant-numeric: tabular-nums;
  }
  .slices button[aria-current='true'] {
    border-inline-start: 4px solid var(--_accent);
    background: var(--_soft);
  }
  label.overlay {
    margin-block-start: 0.5rem;
  }
  @media (forced-colors: active) {
    .ground,
    .lung {
      fill: Canvas;
      stroke: CanvasText;
    }
    .bar,
    .share {
      fill: Highlight;
    }
    .range {
      fill: CanvasText;
    }
    .outline {
      stroke: CanvasText;
    }
    .slices button[aria-current='true'] {
      border-color: Highlight;
    }
  }
  form {
    display: grid;
    gap: 0.5rem;
    margin-block-start: 0.5rem;
  }
  form label {
    display: grid;
    gap: 0.125rem;
  }
`;
