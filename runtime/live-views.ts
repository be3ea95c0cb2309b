/**
 * The views of a realm that look at lanes of the thread, and those whose hooks see a range: until the lanes are no longer its
 * own, and until the epoch ends. They are held meanwhile, and the program may have dropped them.
 */
import type { Detector } from './core/detector.ts';

export interface LiveView {
  /** From now on it looks at no lane, until it is accessed again. */
  leave(): void;
  /** From now on its hooks see no range. */
  hideRange(): void;
}

/** Views that look at lanes at a time. */
const MOST_ACTIVE = 4096;

export class LiveViews {
  private readonly detector: Detector;
  private readonly active: LiveView[] = [];
  private readonly shown: LiveView[] = [];

  /** Other realms of the thread may have their own. */
  constructor(detector: Detector) {
    this.detector = detector;
    const { onNewTid, onPause, hideRanges } = detector;
    detector.hideRanges = () => {
      hideRanges();
      this.hide();
    };
    detector.onNewTid = () => {
      onNewTid();
      this.leave();
    };
    detector.onPause = () => {
      onPause();
      this.leave();
    };
  }

  /** A view begins to look at a lane. */
  enter(view: LiveView): void {
    this.detector.expect();
    if (this.active.length === MOST_ACTIVE) this.leave();
    this.active.push(view);
  }

  /** The hooks of a view begin to see a range. */
  show(view: LiveView): void {
    this.shown.push(view);
    this.detector.rangesShown = true;
  }

  private hide(): void {
    const { shown, detector } = this;
    for (let i = 0; i < shown.length; i++) (shown[i] as LiveView).hideRange();
    shown.length = 0;
    detector.rangesShown = false;
  }

  private leave(): void {
    this.detector.hideRanges();
    for (const view of this.active) view.leave();
    this.active.length = 0;
  }
}
