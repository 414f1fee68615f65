import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";

import { api } from "../../../api/client";

/** Speaks a prompt, with another text where one is given; `data` is where the sound is played from. */
export function useListen(key: string, text: string | null) {
  const listen = useMutation({
    mutationFn: async () => {
      const params = { path: { key } };
      const heard = await api.POST("/api/admin/prompts/{key}/listen", { params, body: { text }, parseAs: "blob" });
      return URL.createObjectURL(heard.data as unknown as Blob);
    },
  });
  useEffect(() => {
    const url = listen.data;
    return () => (url === undefined ? undefined : URL.revokeObjectURL(url));
  }, [listen.data]);
  return listen;
}
