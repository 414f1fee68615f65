import { useQuery } from "@tanstack/react-query";

import { api, got } from "../api/client";
import { URGENCIES } from "../words";
import "./urgency-hint.css";

/** What acceptance on a basis makes of the urgency (受理依据 6.5), told before it is filed. */
export function UrgencyHint({ basis, urgency }: { basis: unknown; urgency: string | null | undefined }) {
  const bases = useQuery({
    queryKey: ["bases"],
    queryFn: async () => got(await api.GET("/api/bases")),
    staleTime: Infinity,
  });
  const raised = bases.data?.find(({ code }) => code === basis)?.urgency;
  if (raised === undefined || raised === "normal" || (urgency ?? "normal") !== "normal") return null;
  return (
    <span aria-live="polite" className="urgency-hint">
      按受理依据 {String(basis)}，将按“{URGENCIES[raised]}”办理
    </span>
  );
}
