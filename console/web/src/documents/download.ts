import { errorOf } from "../api/client";
import { ApiError } from "../api/errors";

/** Saves what the API gives as a file, under the name that it says. Throws ApiError. */
export async function download(url: string): Promise<void> {
  const response = await fetch(url, { credentials: "same-origin" }).catch(() => null);
  if (response === null) {
    throw new ApiError(0, "unreachable", null, "连不上服务器", "请检查网络后再试");
  }
  if (!response.ok) throw await errorOf(response, new URL(response.url).pathname);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = nameOf(response.headers.get("Content-Disposition"));
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function nameOf(disposition: string | null): string {
  const found = /filename\*=UTF-8''([^;]+)/.exec(disposition ?? "")?.[1];
  return found === undefined ? "文件" : decodeURIComponent(found);
}
