import { css } from 'lit';

export const styles = css`
  ol {
    list-style: none;
    display: grid;
    gap: 1px;
  }
  h2 {
    padding: 0.5rem 0.75rem;
  }
  .entry {
    inline-size: 100%;
    text-align: start;
    border: 0;
    border-radius: 0;
    border-block-end: 1px solid var(--_line);
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 0 0.5rem;
    padding: 0.375rem 0.75rem;
  }
  .entry:hover {
    background: var(--_soft);
  }
  .entry .wide {
    grid-column: 1 / -1;
  }
  p,
  .more {
    margin: 0.5rem 0.75rem;
  }
`;
