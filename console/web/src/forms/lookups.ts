import { useQuery } from "@tanstack/react-query";

import { api, got } from "../api/client";

/** What a Select offers. */
export interface Choice {
  value: string;
  label: string;
}

/** Units that take tickets. */
export function useUnits(): Choice[] {
  const units = useQuery({
    queryKey: ["units"],
    queryFn: async () => got(await api.GET("/api/units", { params: { query: { limit: 500 } } })),
    staleTime: 60_000,
  });
  return (units.data ?? []).map(({ code, name }) => ({ value: code, label: name }));
}

/** Categories of matters, with those above them. */
export function useCategories(): Choice[] {
  const categories = useQuery({
    queryKey: ["categories"],
    queryFn: async () => got(await api.GET("/api/categories")),
    staleTime: 60_000,
  });
  return (categories.data ?? []).map(({ code, name, l1_name }) => ({ value: code, label: `${l1_name} · ${name}` }));
}

export function useRegions(): Choice[] {
  const regions = useQuery({
    queryKey: ["regions"],
    queryFn: async () => got(await api.GET("/api/regions")),
    staleTime: 60_000,
  });
  return (regions.data ?? []).map(({ code, name }) => ({ value: code, label: name }));
}
