import type { Component } from '../model/component.ts';
import type { Logger } from '../self/logger.ts';

/**
 * Components in the order in which they start; they stop in the reverse order. If one fails to start, those that
 * already run are stopped and the failure goes on.
 */
export class Lifecycle {
  private readonly running: { readonly name: string; readonly component: Pick<Component, 'stop'> }[] = [];
  private readonly logger: Logger;
  private stopping: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  async start(name: string, component: Component): Promise<void> {
    this.add(name, component);
    try {
      await component.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** For what runs already. */
  add(name: string, component: Pick<Component, 'stop'>): void {
    this.running.push({ name, component });
  }

  /** Stops everything; one that fails to stop does not keep the others from it. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const { name, component } of this.running.reverse()) {
      try {
        await component.stop();
      } catch (err) {
        this.logger.error({ err, component: name }, 'a component did not stop cleanly');
      }
    }
  }
}
