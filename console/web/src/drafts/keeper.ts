import { api, got } from "../api/client";
import { ApiError, textOf } from "../api/errors";
import type { components } from "../api/schema";
import { type Aside, type Fields, isEmpty, merge, printable, same } from "./merge";

/** Milliseconds after the last key until the text is sent, and at most, while typing goes on. */
const PAUSE = 500;
const LONGEST = 2_000;
/** Milliseconds until the next try where the server was not reached or nobody was signed in. */
const RETRIES = [1_000, 2_000, 4_000, 8_000];
/** Milliseconds in which the page of a colleague who passed the call on saves his last words. */
const LAST_WORDS = 500;
/** Under this name the texts of other pages are kept with the draft. */
const ASIDE = "~aside";
/** When the colleague's text was saved that came into this one, so that it comes only once. */
const TAKEN = "~taken";
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
 * Knows nothing of React. Nothing that the server says takes away what the user typed, and where
 * it says nothing it is asked again, also after the form was closed.
 */
export class DraftKeeper {
  private shown: Shown = { fields: {}, aside: [], saving: { state: "loading" } };
  /** What the server has, and its version (0: nothing). */
  private base: Fields = {};
  private version = 0;
  private loaded = false;
  private reading: Promise<void> = Promise.resolve();
  private busy: Promise<void> | null = null;
  private timer: number | undefined;
  private typedSince: number | null = null;
  private failures = 0;
  /** How many forms show it. */
  private forms = 0;
  private stopped = false;
  private readonly listeners = new Set<() => void>();

  constructor(readonly key: string) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = () => this.shown;

  /** A form shows it; the other end of `close`. */
  open() {
    this.forms += 1;
    this.stopped = false;
    if (this.loaded) this.schedule();
    else this.reading = this.load();
  }

  /** A form went away: what is not saved yet is sent at once. */
  close() {
    this.forms -= 1;
    this.flush();
  }

  /** Nothing more is sent: whoever typed it is no longer the one who is signed in. */
  stop() {
    this.stopped = true;
    this.stopTimer();
  }

  /** Whether something of it could not be saved until now. */
  isUnsaved() {
    return this.shown.saving.state === "failed" && this.isDirty();
  }

  /** Whether something in it is not on the server yet. */
  isPending() {
    return this.busy !== null || this.isDirty();
  }

  /** Whether a form shows it, or something in it is not on the server yet. */
  isNeeded() {
    return this.forms > 0 || this.isPending();
  }

  readonly edit = (changes: Fields) => {
    this.show({ fields: { ...this.shown.fields, ...changes }, saving: { state: "typed" } });
    this.typedSince ??= Date.now();
    this.failures = 0;
    this.schedule();
  };

  /** All of it was used: forgets it here and on the server. */
  readonly discard = () => this.discardSent(this.shown.fields);

  /**
   * These fields were used: forgets them, and keeps what was typed since they were sent.
   *
   * Never throws. Where the server is away it is told later.
   */
  readonly discardSent = async (sent: Fields) => {
    const left = Object.entries(this.shown.fields).filter(([name, value]) => !same(value, sent[name]));
    // Where nothing is left the form is done, and with it what another page had typed.
    if (left.length === 0) this.show({ fields: {}, aside: [], saving: { state: "empty" } });
    else this.show({ fields: Object.fromEntries(left) });
    await this.busy;
    if (this.busy === null && this.isDirty()) this.save(false);
    await this.busy;
  };

  /** The user has seen what another page had typed. */
  readonly dropAside = (one: Aside) => {
    this.show({ aside: this.shown.aside.filter((other) => other !== one) });
    this.edit({});
  };

  /**
   * Sends what is not saved yet, also while the page is being closed. Where the draft was not read
   * yet the server's answer brings it.
   */
  readonly flush = () => {
    if (this.stopped || this.busy !== null || !this.isDirty()) return;
    this.save(true);
  };

  /**
   * 接手: what another agent typed in this call comes into this draft, once he has left the call.
   *
   * Where something was begun here already, his text fills what is empty and lies beside the rest.
   * It is asked for again until there is an answer, or what made one ask is `over`.
   */
  readonly takeOver = async (over: AbortSignal) => {
    await this.reading; // what this agent had typed himself comes first
    await passed(LAST_WORDS);
    for (let tries = 0; this.forms > 0 && !this.stopped && !over.aborted; tries++) {
      if (this.loaded && (await this.tookOver())) return;
      // The line says that he has left a moment before its journal does.
      const wait = RETRIES[Math.min(tries, RETRIES.length - 1)];
      await passed(wait ?? 0);
    }
  };

  /** Whether there is nothing more to ask for. */
  private async tookOver(): Promise<boolean> {
    try {
      const params = { path: { key: this.key } };
      const theirs = got(await api.POST("/api/drafts/{key}/take", { params }));
      if (theirs.version > 0) {
        this.adopt(theirs);
        this.schedule();
      }
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const theirs = error.more.draft;
      if (isKept(theirs)) this.join(theirs);
      // 403: this agent is no longer in the call.
      return isKept(theirs) || error.status === 403;
    }
  }

  private join({ fields, saved_at: at }: Kept) {
    if (this.shown.fields[TAKEN] === at) return;
    const { [ASIDE]: others, ...theirs } = fields;
    const merged = merge({}, this.shown.fields, theirs, at ?? "");
    const known = Array.isArray(others) ? (others as Aside[]) : [];
    const his = [...known, ...merged.aside].map((one) => ({ ...one, isColleagues: true }));
    this.show({ aside: [...this.shown.aside, ...his] });
    this.edit({ ...merged.fields, [TAKEN]: at });
  }

  private async load() {
    try {
      const params = { path: { key: this.key } };
      const kept = got(await api.GET("/api/drafts/{key}", { params }));
      if (this.loaded) return; // an answer to what was typed meanwhile was faster
      this.loaded = true;
      this.adopt(kept);
      this.schedule();
    } catch (error) {
      if (!this.loaded) this.failed(error, () => void this.load());
    }
  }

  private schedule() {
    if (!this.loaded || this.busy !== null) return;
    if (!this.isDirty()) {
      this.settle();
      return;
    }
    const typed = this.typedSince ?? Date.now();
    this.later(Math.min(PAUSE, Math.max(0, typed + LONGEST - Date.now())), () => this.save(false));
  }

  private save(keepalive: boolean) {
    this.stopTimer();
    this.busy = this.send(keepalive).then(
      () => {
        this.busy = null;
        this.failures = 0;
        this.schedule();
      },
      (error: unknown) => {
        this.busy = null;
        this.failed(error, () => (this.loaded ? this.save(false) : void this.load()));
      },
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
    this.loaded = true;
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
    if (this.version === 0) this.show({ saving: { state: "empty" } });
    else this.show({ saving: { state: "saved", at: new Date().toISOString() } });
  }

  private failed(error: unknown, again: () => void) {
    const status = error instanceof ApiError ? error.status : 0;
    this.show({ saving: { state: "failed", text: textOf(error) } });
    if (status === 422 || status === 413 || !this.isNeeded()) return;
    this.later(RETRIES[Math.min(this.failures++, RETRIES.length - 1)] ?? 0, again);
  }

  private later(wait: number, run: () => void) {
    this.stopTimer();
    if (!this.stopped) this.timer = window.setTimeout(run, wait);
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
    const params = { path: { key: this.key }, header: { "If-Match": `"${version}"` } };
    try {
      await api.DELETE("/api/drafts/{key}", { params });
    } catch (error) {
      // Another page used it as well.
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
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

function passed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
}

function isKept(draft: unknown): draft is Kept {
  return typeof draft === "object" && draft !== null && "fields" in draft;
}

function sorted(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1)));
}
