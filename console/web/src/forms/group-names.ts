import { useQuery } from "@tanstack/react-query";

import { api, got } from "../api/client";

/** What a skill group (技能组) is called; its code until that is known. */
export function useGroupNames(): (code: string) => string {
  const groups = useQuery({
    queryKey: ["groups"],
    queryFn: async () => got(await api.GET("/api/groups")),
    staleTime: 60_000,
  });
  return (code) => groups.data?.find((one) => one.code === code)?.title ?? code;
}
