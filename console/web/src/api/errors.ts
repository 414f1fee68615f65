interface ErrorDocument {
  error: { code: string; field: string | null; message: string; fix: string | null };
}

export function isErrorDocument(value: unknown): value is ErrorDocument {
  if (typeof value !== "object" || value === null || !("error" in value)) return false;
  const { error } = value;
  return typeof error === "object" && error !== null && "code" in error && "message" in error;
}

/** An answer from 400 on: what is wrong with which field, and what to do (docs/api.md). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly field: string | null,
    message: string,
    readonly fix: string | null,
    /** What else the answer says, e.g. the `draft` that another page saved. */
    readonly more: Record<string, unknown> = {},
  ) {
    super(message);
  }

  static of(status: number, told: ErrorDocument): ApiError {
    const { error, ...more } = told;
    const { code, field, message, fix } = error;
    return new ApiError(status, code, field, message, fix, more);
  }

  /** For people: what is wrong and what to do. */
  get text(): string {
    return this.fix === null ? this.message : `${this.message}（${this.fix}）`;
  }
}

/** A message as people say it: without the names of fields that programs know, with short times. */
export function spoken(message: string): string {
  const time = /\d{4}-(\d\d)-(\d\d)T(\d\d:\d\d)[\d:.]*(\+\d\d:\d\d)?/g;
  return message.replace(time, "$1-$2 $3 ").replace(/（[a-z_0-9]+）/g, "");
}

/** The text of anything that was thrown. */
export function textOf(error: unknown): string {
  return error instanceof ApiError ? error.text : "操作没有完成，请再试一次";
}
