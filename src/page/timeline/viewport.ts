/** What part of the timeline is seen. Zooming stretches the axis of order only; lanes keep their height. */
export interface Extent {
  layers: number;
  lanes: number;
  /** pixels */
  width: number;
  height: number;
  laneHeight: number;
}

/** left of the axis: the names of the lanes */
export const GUTTER = 148;
export const TOP = 10;
const PAD = 40;
/** the name of what stands last has room */
const PAD_END = 116;
/** pixels a layer, where there is room */
const ROOMY = 132;
const READABLE = 46;
const CLOSEST = 240;

export class Viewport {
  extent: Extent;
  /** pixels a layer */
  unit = READABLE;
  left = 0;
  top = 0;

  constructor(extent: Extent) {
    this.extent = extent;
  }

  x(layer: number): number {
    return GUTTER + PAD + layer * this.unit - this.left;
  }

  y(lane: number): number {
    return TOP + (lane + 0.5) * this.extent.laneHeight - this.top;
  }

  /** the layers in sight, fractions and all */
  get range(): [first: number, last: number] {
    return [(this.left - PAD) / this.unit, (this.left + this.extent.width - GUTTER - PAD) / this.unit];
  }

  /** All of it, if dots can be told apart then; else what is around `layer`. */
  start(layer: number): void {
    this.unit = Math.min(ROOMY, Math.max(READABLE, this.#fitting()));
    this.centre(layer);
    if (this.unit <= this.#fitting()) this.left = 0;
    this.clamp();
  }

  fit(): void {
    this.unit = Math.min(ROOMY, this.#fitting());
    this.left = 0;
    this.clamp();
  }

  #fitting(): number {
    return Math.max(0.01, (this.extent.width - GUTTER - PAD - PAD_END) / Math.max(1, this.extent.layers - 1));
  }

  centre(layer: number): void {
    this.left = layer * this.unit + PAD - (this.extent.width - GUTTER) / 2;
    this.clamp();
  }

  /** @param at the x that stays where it is */
  zoom(factor: number, at: number): void {
    const layer = (at - GUTTER - PAD + this.left) / this.unit;
    this.unit = Math.min(CLOSEST, Math.max(Math.min(this.#fitting(), READABLE), this.unit * factor));
    this.left = layer * this.unit - (at - GUTTER - PAD);
    this.clamp();
  }

  /** @returns whether anything moved */
  pan(dx: number, dy: number): boolean {
    const before = [this.left, this.top];
    this.left += dx;
    this.top += dy;
    this.clamp();
    return before[0] !== this.left || before[1] !== this.top;
  }

  /** Brings a node into sight, with some room around it. */
  reveal(layer: number, lane: number): void {
    const { width, height, laneHeight } = this.extent;
    const x = this.x(layer);
    if (x < GUTTER + PAD || x > width - PAD) this.centre(layer);
    const y = this.y(lane);
    if (y < TOP + laneHeight / 2) this.top += y - TOP - laneHeight / 2;
    else if (y > height - laneHeight / 2) this.top += y - height + laneHeight / 2;
    this.clamp();
  }

  clamp(): void {
    const { layers, lanes, width, height, laneHeight } = this.extent;
    const wide = (layers - 1) * this.unit + PAD + PAD_END - (width - GUTTER);
    // what is narrower than the view stands in its middle
    this.left = wide <= 0 ? wide / 2 : Math.min(Math.max(this.left, 0), wide);
    this.top = Math.min(Math.max(this.top, 0), Math.max(0, lanes * laneHeight + 2 * TOP - height));
  }
}
