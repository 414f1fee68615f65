import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";

import { api, got } from "../api/client";
import { textOf } from "../api/errors";
import type { components } from "../api/schema";

export type PersonalSettings = components["schemas"]["PersonalSettings"];

const KEY = ["session", "settings"];

/** What one has chosen for one's pages (个人设置), kept by the server; undefined until it is known. */
export function usePersonalSettings() {
  const { message } = App.useApp();
  const client = useQueryClient();
  const { data: settings } = useQuery({
    queryKey: KEY,
    queryFn: async () => got(await api.GET("/api/session/settings")),
    staleTime: Infinity,
  });
  const { mutate } = useMutation({
    mutationFn: async (body: PersonalSettings) => got(await api.PUT("/api/session/settings", { body })),
    // What was chosen counts at once, also for the next choice.
    onMutate: (body) => client.setQueryData(KEY, body),
    onError: (error) => {
      void message.error(textOf(error));
      void client.invalidateQueries({ queryKey: KEY });
    },
  });
  const choose = (changes: Partial<PersonalSettings>) => {
    if (settings) mutate({ ...settings, ...changes });
  };
  return { settings, choose };
}
