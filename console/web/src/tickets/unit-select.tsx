import { Select } from "antd";
import { useEffect, useState } from "react";

import { api, got } from "../api/client";
import { namedList } from "../forms/named-list";
import { useUnits } from "./queries";

interface Entry {
  value: string;
  label: string;
}

/** The units that a search found. */
interface Found {
  q: string;
  units: Entry[];
}

const NOTHING: Found = { q: "", units: [] };

interface Props {
  id?: string;
  label: string;
  value: unknown;
  many?: boolean;
  onChange: (value: unknown) => void;
}

/** Units as one types: 水利, shuili, slj. */
export function UnitSelect({ id, label, value, many = false, onChange }: Props) {
  const units = useUnits();
  const [typed, setTyped] = useState("");
  const [found, setFound] = useState<Found>(NOTHING);
  const q = typed.trim().slice(0, 40);
  useEffect(() => {
    if (q === "") return;
    let isStale = false;
    const timer = window.setTimeout(() => {
      void api.GET("/api/units", { params: { query: { q, limit: 20 } } }).then((answer) => {
        const units = got(answer).map(({ code, name }) => ({ value: code, label: name }));
        if (!isStale) setFound({ q, units });
      });
    }, 120);
    return () => {
      isStale = true;
      window.clearTimeout(timer);
    };
  }, [q]);
  const all = [...units].map(([value, label]) => ({ value, label }));
  // Until the answer is there nothing is listed: Enter must not choose what stood there before.
  const listed = q === "" ? all : found.q === q ? found.units : [];
  // What is chosen keeps its name while another one is looked for.
  const chosen = (Array.isArray(value) ? (value as string[]) : [value])
    .filter((one): one is string => typeof one === "string" && one !== "")
    .map((code) => ({ value: code, label: units.get(code) ?? code }));
  const rest = chosen.filter((one) => !listed.some((other) => other.value === one.value));
  const common = {
    id,
    "aria-label": label,
    popupRender: namedList(label),
    allowClear: true,
    showSearch: { filterOption: false, onSearch: setTyped },
    options: q === "" ? [...listed, ...rest] : listed,
    notFoundContent: q !== "" && found.q !== q ? "正在查找" : "没有这样的单位",
    placeholder: "名称、拼音或首字母",
  } as const;
  return many ? (
    <Select
      {...common}
      mode="multiple"
      labelInValue
      value={chosen}
      onChange={(all: Entry[]) => onChange(all.map((one) => one.value))}
    />
  ) : (
    <Select
      {...common}
      labelInValue
      value={chosen[0] ?? null}
      onChange={(one: Entry | null | undefined) => onChange(one?.value ?? "")}
    />
  );
}
