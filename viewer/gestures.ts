import type { ImageView } from './image-view.js';
import type { StackView } from './stack-view.js';

/** Pixels of a wheel that are one slice: a trackpad sends many small moves. */
const slicePixels = 30;

/**
 * Mouse, touch and keyboard on the picture. In a stack the wheel goes through the slices, and zooms with Ctrl.
 * `onToggle` shows or hides the heatmap.
 */
export function connectGestures(
  canvas: HTMLCanvasElement,
  view: ImageView,
  stack: StackView,
  onToggle: () => void,
): void {
  let scrolled = 0;
  const pointers = new Map<number, { x: number; y: number }>();

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.x;
    const dy = event.clientY - before.y;
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const [other] = others;
    if (other) {
      const apart = (p: { x: number; y: number }) => Math.hypot(p.x - other.x, p.y - other.y);
      const box = canvas.getBoundingClientRect();
      const at = { x: (other.x + event.clientX) / 2 - box.left, y: (other.y + event.clientY) / 2 - box.top };
      view.zoomBy(apart({ x: event.clientX, y: event.clientY }) / Math.max(1, apart(before)), at);
      view.moveBy(dx / 2, dy / 2);
    } else if (event.shiftKey || (event.buttons & 6) !== 0) {
      view.moveBy(dx, dy);
    } else {
      // Dragging up brightens: a lower level makes every grey lighter.
      view.windowBy(dy / 400, dx / 250);
    }
  });
  const release = (event: PointerEvent) => pointers.delete(event.pointerId);
  canvas.addEventListener('pointerup', release);
  canvas.addEventListener('pointercancel', release);
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  canvas.addEventListener('dblclick', () => view.reset());
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      if (stack.isOpen && !event.ctrlKey) {
        scrolled +=
          event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * slicePixels;
        const steps = Math.trunc(scrolled / slicePixels);
        scrolled -= steps * slicePixels;
        // A notch of a wheel is one slice, whatever distance the system makes of it.
        if (steps !== 0) stack.step(Math.abs(event.deltaY) >= slicePixels ? Math.sign(steps) : steps);
        return;
      }
      view.zoomBy(Math.exp(-event.deltaY * 0.0015), { x: event.offsetX, y: event.offsetY });
    },
    { passive: false },
  );

  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = (stack.isOpen ? sliceAction(event, stack) : null) ?? keyAction(event, view, onToggle);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** Through a stack by keys, as through a list. */
function sliceAction({ key, shiftKey }: KeyboardEvent, stack: StackView): (() => void) | null {
  if (shiftKey) return null;
  switch (key) {
    case 'ArrowUp':
      return () => stack.step(-1);
    case 'ArrowDown':
      return () => stack.step(1);
    case 'PageUp':
      return () => stack.step(-10);
    case 'PageDown':
      return () => stack.step(10);
    case 'Home':
      return () => stack.goTo(0);
    case 'End':
      return () => stack.goTo(Infinity);
    default:
      return null;
  }
}

function keyAction(event: KeyboardEvent, view: ImageView, onToggle: () => void): (() => void) | null {
  const step = 40;
  switch (event.key) {
    case '+':
    case '=':
      return () => view.zoomBy(1.25);
    case '-':
      return () => view.zoomBy(0.8);
    case '0':
      return () => view.reset();
    case 'h':
    case 'H':
      return onToggle;
    case 'ArrowUp':
      return event.shiftKey ? () => view.windowBy(-0.05, 0) : () => view.moveBy(0, step);
    case 'ArrowDown':
      return event.shiftKey ? () => view.windowBy(0.05, 0) : () => view.moveBy(0, -step);
    case 'ArrowLeft':
      return event.shiftKey ? () => view.windowBy(0, -0.1) : () => view.moveBy(step, 0);
    case 'ArrowRight':
      return event.shiftKey ? () => view.windowBy(0, 0.1) : () => view.moveBy(-step, 0);
    default:
      return null;
  }
}

/** What the buttons of the toolbar do, by their `data-tool`. */
export const toolActions: Record<string, (view: ImageView) => void> = {
  zoomIn: (view) => view.zoomBy(1.25),
  zoomOut: (view) => view.zoomBy(0.8),
  brighter: (view) => view.windowBy(-0.05, 0),
  darker: (view) => view.windowBy(0.05, 0),
  moreContrast: (view) => view.windowBy(0, -0.15),
  lessContrast: (view) => view.windowBy(0, 0.15),
  reset: (view) => view.reset(),
};
