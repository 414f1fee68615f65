import { api, got } from "../api/client";
import { ApiError, textOf } from "../api/errors";
import type { components } from "../api/schema";
import { type Aside, type Fields, isEmpty, merge, printable, same } from "./merge";

/** Milliseconds after the last key until the text is sent, and at most, while typing goes on. */
const PAUSE = 500;
const LONGEST = 2_000;
/** Milliseconds until the next try where the server was not reached or nobody was signed in. */
const RETRIES = [1_000, 2_000, 4_000, 8_000];
/** Under this name the texts of other pages are kept with the draft. */
const ASIDE = "~aside";
/** Bytes that a browser still sends when a page is closed. */
const KEEPALIVE = 60_000;

type Kept = components["schemas"]["DraftView"];

export type Saving =
  | { state: "loading" }
  | { state: "empty" }
  | { state: "typed" }
  | { state: "saved"; at: string }
  /** Not saved; `text` says why. It is tried again, unless the server refused the text. */
  | { state: "failed"; text: string };

export interface Shown {
  fields: Fields;
  aside: readonly Aside[];
  saving: Saving;
}

/**
 * Keeps one draft on the server: what is typed is there within a second of the last key.
 *
 * Knows nothing of React. Nothing that the server says takes away what the user typed.
 */
export class DraftKeeper {
  private shown: Shown = { fields: {}, aside: [], saving: { state: "loading" } };
  /** What the server has, and its version (0: nothing). */
  private base: Fields = {};
  private version = 0;
  private loaded = false;
  private busy: Promise<void> | null = null;
  private timer: number | undefined;
  private typedSince: number | null = null;
  private failures = 0;
  private closed = false;
  private readonly listeners = new Set<() => void>();

  constructor(readonly key: string) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = () => this.shown;

  /** Begins or goes on; the other end of `close`. */
  open() {
    this.closed = false;
    if (this.loaded) this.schedule();
    else void this.load();
  }

  /** The page goes away: what is not saved yet is sent at once. */
  close() {
    this.closed = true;
    this.flush();
  }

  readonly edit = (changes: Fields) => {
    this.show({ fields: { ...this.shown.fields, ...changes }, saving: { state: "typed" } });
    this.typedSince ??= Date.now();
    this.failures = 0;
    this.schedule();
  };

  /** The text was used: the draft is forgotten here and on the server. */
  readonly discard = async () => {
    this.stopTimer();
    await this.busy;
    this.stopTimer();
    const version = this.version;
    this.version = 0;
    this.base = {};
    this.show({ fields: {}, aside: [], saving: { state: "empty" } });
    if (version === 0) return;
    try {
      await this.remove(version);
    } catch (error) {
      // What another page typed meanwhile stays; it is found again at the next opening.
      if (!(error instanceof ApiError && [404, 409].includes(error.status))) throw error;
    }
  };

  /** The user has seen what another page had typed. */
  readonly dropAside = (one: Aside) => {
    this.show({ aside: this.shown.aside.filter((other) => other !== one) });
    this.edit({});
  };

  /** Sends what is not saved yet, also while the page is being closed. */
  readonly flush = () => {
    if (!this.loaded || this.busy !== null || !this.isDirty()) return;
    this.stopTimer();
    this.save(true);
  };

  private async load() {
    try {
      const params = { path: { key: this.key } };
      const kept = got(await api.GET("/api/drafts/{key}", { params }));
      this.loaded = true;
      this.adopt(kept);
      this.settle();
    } catch (error) {
      this.failed(error, () => void this.load());
    }
  }

  private schedule() {
    if (!this.loaded || this.busy !== null || !this.isDirty()) {
      if (this.loaded && this.busy === null) this.settle();
      return;
    }
    this.stopTimer();
    const typed = this.typedSince ?? Date.now();
    const wait = Math.min(PAUSE, Math.max(0, typed + LONGEST - Date.now()));
    this.timer = window.setTimeout(() => this.save(false), wait);
  }

  private save(keepalive: boolean) {
    this.busy = this.send(keepalive).finally(() => {
      this.busy = null;
    });
    void this.busy.then(
      () => {
        this.failures = 0;
        if (!this.closed || this.isDirty()) this.schedule();
      },
      (error: unknown) => this.failed(error, () => this.save(false)),
    );
  }

  private async send(keepalive: boolean) {
    const sent = this.document();
    this.typedSince = null;
    try {
      if (Object.keys(sent).length === 0) {
        if (this.version > 0) await this.remove(this.version);
        this.version = 0;
      } else {
        this.version = await this.put(sent, keepalive);
      }
      this.base = sent;
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "stale_version")) throw error;
      this.adopt(error.more.draft as Kept);
    }
  }

  /** Takes in what another page saved, or that it used the draft. */
  private adopt(kept: Kept) {
    if (kept.version === 0) {
      // Used elsewhere. What was typed here since is a draft of its own.
      const changed = !same(this.document(), this.base);
      this.version = 0;
      this.base = {};
      if (!changed) this.show({ fields: {}, aside: [] });
      return;
    }
    const { [ASIDE]: aside, ...theirs } = kept.fields;
    const merged = merge(this.base, this.shown.fields, theirs, kept.saved_at ?? "");
    const known = Array.isArray(aside) ? (aside as Aside[]) : [];
    const others = [...known, ...this.shown.aside.filter((one) => !known.some((two) => same(one, two)))];
    this.version = kept.version;
    this.base = kept.fields;
    this.show({ fields: merged.fields, aside: [...others, ...merged.aside] });
  }

  /** What belongs on the server now; {} where nothing stands in the text boxes. */
  private document(): Fields {
    const { fields, aside } = this.shown;
    const filled = Object.entries(printable(fields)).filter(([, value]) => !isEmpty(value));
    return { ...Object.fromEntries(filled), ...(aside.length > 0 ? { [ASIDE]: aside } : {}) };
  }

  private isDirty() {
    return !same(sorted(this.document()), sorted(this.base));
  }

  private settle() {
    if (this.isDirty()) {
      this.schedule();
      return;
    }
    if (this.version === 0) this.show({ saving: { state: "empty" } });
    else this.show({ saving: { state: "saved", at: new Date().toISOString() } });
  }

  private failed(error: unknown, again: () => void) {
    const status = error instanceof ApiError ? error.status : 0;
    this.show({ saving: { state: "failed", text: textOf(error) } });
    if (status === 422 || status === 413 || this.closed) return;
    const wait = RETRIES[Math.min(this.failures++, RETRIES.length - 1)];
    this.stopTimer();
    this.timer = window.setTimeout(again, wait);
  }

  private async put(fields: Fields, keepalive: boolean): Promise<number> {
    const isSmall = JSON.stringify(fields).length * 3 < KEEPALIVE;
    const saved = await api.PUT("/api/drafts/{key}", {
      params: { path: { key: this.key }, header: { "If-Match": `"${this.version}"` } },
      body: { fields },
      keepalive: keepalive && isSmall,
    });
    return got(saved).version;
  }

  private async remove(version: number) {
    await api.DELETE("/api/drafts/{key}", {
      params: { path: { key: this.key }, header: { "If-Match": `"${version}"` } },
    });
  }

  private stopTimer() {
    window.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private show(changes: Partial<Shown>) {
    this.shown = { ...this.shown, ...changes };
    this.listeners.forEach((listener) => listener());
  }
}

function sorted(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1)));
}
