import { createContext } from "react";

import { DraftKeeper } from "./keeper";

/** Milliseconds that somebody waits for his text to be saved before he goes. */
const SETTLE = 3_000;

/**
 * The drafts of one person that a form shows, or that are not on the server yet.
 *
 * A form that is closed while the server is away leaves its text here; it is sent as soon as the
 * server answers, and stands in the form when that is opened again before.
 */
export class Keepers {
  private readonly held = new Map<string, { keeper: DraftKeeper; release: () => void }>();

  /** The draft of that key as it stands here, else one that is to be read. */
  of(key: string): DraftKeeper {
    return this.held.get(key)?.keeper ?? new DraftKeeper(key);
  }

  /** A form shows it, until what is returned is called. */
  open(keeper: DraftKeeper): () => void {
    const { key } = keeper;
    if (this.held.get(key)?.keeper !== keeper) {
      this.held.set(key, { keeper, release: keeper.subscribe(() => this.letGo(key)) });
    }
    keeper.open();
    return () => {
      keeper.close();
      this.letGo(key);
    };
  }

  readonly flush = () => this.held.forEach(({ keeper }) => keeper.flush());

  /** Saves what is not saved yet; whether all of it is, after a few seconds at the most. */
  async settle(): Promise<boolean> {
    const until = Date.now() + SETTLE;
    for (;;) {
      this.flush();
      if (![...this.held.values()].some(({ keeper }) => keeper.isPending())) return true;
      if (Date.now() >= until) return false;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Whether a text could not be saved until now. */
  hasUnsaved(): boolean {
    return [...this.held.values()].some(({ keeper }) => keeper.isUnsaved());
  }

  /** Another person signs in: nothing is sent in his name. */
  stop() {
    this.held.forEach(({ keeper, release }) => {
      release();
      keeper.stop();
    });
    this.held.clear();
  }

  private letGo(key: string) {
    const one = this.held.get(key);
    if (one === undefined || one.keeper.isNeeded()) return;
    one.release();
    this.held.delete(key);
  }
}

export const KeepersContext = createContext<Keepers | null>(null);
