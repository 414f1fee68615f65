import createClient, { type Middleware } from "openapi-fetch";

import { isAttended } from "./attended";
import { ApiError, isErrorDocument } from "./errors";
import type { paths } from "./schema";

/** Who is told when a request finds that nobody is signed in any longer. */
type SignedOut = () => void;

let csrfToken: string | null = null;
let signedOut: SignedOut = () => undefined;

/** The token that every change needs; it comes with the session. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

export function onSignedOut(tell: SignedOut): void {
  signedOut = tell;
}

/** The live connection found that the session is over. */
export function sessionEnded(): void {
  signedOut();
}

/** Headers for requests that the typed client cannot make (uploads of files). */
export function changeHeaders(): Record<string, string> {
  return csrfToken === null ? {} : { "X-CSRF-Token": csrfToken };
}

const answers: Middleware = {
  onRequest({ request }) {
    if (csrfToken !== null && request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken);
    // What pages ask by themselves does not keep the session of somebody who has gone away.
    if (!isAttended()) request.headers.set("X-Background", "1");
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return response;
    throw await errorOf(response, new URL(request.url).pathname);
  },
  onError({ request }) {
    const fix = request.method === "GET" ? "请检查网络，稍后会自动重试" : "内容没有丢失，请检查网络后再试一次";
    return new ApiError(0, "unreachable", null, "连不上服务器", fix);
  },
};

/** The error document of an answer from 400 on, as an ApiError. */
export async function errorOf(response: Response, path: string): Promise<ApiError> {
  const told: unknown = await response.json().catch(() => null);
  const error = isErrorDocument(told)
    ? ApiError.of(response.status, told)
    : new ApiError(response.status, "unreadable", null, "服务器没有正常回答", "请稍后再试");
  if (error.code === "unauthenticated" && path !== "/api/session") signedOut();
  return error;
}

/** The API, typed from its OpenAPI document. Answers from 400 on are thrown as ApiError. */
export const api = createClient<paths>({ baseUrl: "/" });
api.use(answers);

/** The data of an answer; `data` is never missing where nothing was thrown. */
export function got<T>(answer: { data?: T }): T {
  return answer.data as T;
}
