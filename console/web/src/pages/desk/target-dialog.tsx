import { useQuery } from "@tanstack/react-query";
import { Modal } from "antd";
import { useCallback, useEffect, useRef } from "react";

import { api, got } from "../../api/client";
import type { components } from "../../api/schema";
import { AGENT_STATES } from "../../words";
import type { AgentState } from "../../live/messages";
import { type Option, Picker } from "./picker";

export type Asked = "transfer" | "consult" | "three_way";
type Target = components["schemas"]["Target"];

const TITLES: Record<Asked, string> = {
  transfer: "转接给谁",
  consult: "咨询谁（来电人听音乐等待）",
  three_way: "邀请哪个单位加入通话",
};

/** Whom a caller is passed on to, who is asked or brought in: all are listed, ↑ ↓ and Enter; or typed. */
export function TargetDialog({
  asked,
  suggestedUnit,
  onChoose,
  onClose,
}: {
  asked: Asked;
  suggestedUnit: Option | null;
  onChoose: (target: Option) => void;
  onClose: () => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  const all = useQuery({
    queryKey: ["desk-targets", asked],
    queryFn: () => find(asked),
    staleTime: 0,
  });
  const search = useCallback((typed: string) => find(asked, typed), [asked]);
  useEffect(() => {
    const timer = window.setTimeout(() => field.current?.focus(), 50);
    return () => window.clearTimeout(timer);
  }, []);
  const listed = all.data ?? [];
  const meant = asked === "three_way" ? listed.filter(({ value }) => value === suggestedUnit?.value) : [];
  const suggested = meant.map((one) => ({ ...one, more: `${one.more ?? ""} · 建议单位` }));
  return (
    <Modal open title={TITLES[asked]} footer={null} onCancel={onClose} width={460}>
      <div className="target-list">
        <Picker
          label={asked === "three_way" ? "单位" : "对象"}
          value={null}
          candidates={[...suggested, ...listed.filter((one) => !meant.includes(one))]}
          search={search}
          onChoose={onChoose}
          onDone={onClose}
          inputRef={field}
          opens
        />
      </div>
      {all.isSuccess && listed.length === 0 && <p className="target-help">{NOBODY[asked]}</p>}
      <p className="target-help">可输入分机号、姓名或名称、拼音、拼音首字母；↑↓ 选择，回车确认。</p>
    </Modal>
  );
}

const NOBODY: Record<Asked, string> = {
  transfer: "现在没有其他在岗人员。",
  consult: "现在没有可以咨询的对象。",
  three_way: "没有单位登记了值班电话，请系统管理员登记。",
};

async function find(asked: Asked, q?: string): Promise<Option[]> {
  const query = { purpose: asked, ...(q === undefined ? {} : { q }) };
  return got(await api.GET("/api/desk/targets", { params: { query } })).map(option);
}

function option(one: Target): Option {
  const called = one.kind === "supervisors" ? "班长（任一空闲）" : one.kind === "group" ? `${one.name ?? one.target}组` : one.name;
  return { value: one.target, label: [one.number, called].filter(Boolean).join(" "), more: state(one) };
}

function state(one: Target): string {
  if (one.kind === "agent") return AGENT_STATES[one.state as AgentState];
  if (one.kind === "unit") return one.by_roster ? "按值班表有人值班" : "值班电话";
  return `空闲 ${one.free} 人`;
}
