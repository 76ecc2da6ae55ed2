/** The times an expression is evaluated at: `steps` of them, from `startMs` on, each `stepMs` after the last. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

export function timeAt(grid: Grid, step: number): number {
  return grid.startMs + step * grid.stepMs;
}

export function endOf(grid: Grid): number {
  return timeAt(grid, grid.steps - 1);
}

/** The grid from `startMs` up to at most `endMs`. */
export function gridOf(startMs: number, endMs: number, stepMs: number): Grid {
  return { startMs, stepMs, steps: endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1 };
}
