import { useQuery } from "@tanstack/react-query";
import { Modal } from "antd";
import { useCallback, useEffect, useRef } from "react";

import { api, got } from "../../api/client";
import { AGENT_STATES } from "../../words";
import type { AgentState } from "../../live/messages";
import { type Option, Picker } from "./picker";
import { searchUnits } from "./searches";

export type Asked = "transfer" | "consult" | "three_way";

const TITLES: Record<Asked, string> = {
  transfer: "转接给谁",
  consult: "咨询谁（来电人听音乐等待）",
  three_way: "邀请哪个单位加入通话",
};

/** Whom a caller is passed on to, or who is asked: typed, ↑ ↓, Enter. */
export function TargetDialog({
  asked,
  suggestedUnit,
  onChoose,
  onClose,
}: {
  asked: Asked;
  suggestedUnit: Option | null;
  onChoose: (target: string) => void;
  onClose: () => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  const targets = useQuery({
    queryKey: ["desk-targets"],
    queryFn: async () => got(await api.GET("/api/desk/targets")),
    enabled: asked !== "three_way",
    staleTime: 0,
  });
  const people: Option[] = (targets.data ?? []).map((one) => ({
    value: one.target,
    label:
      one.kind === "supervisors"
        ? "班长"
        : one.kind === "group"
          ? `${one.name ?? one.target}组`
          : `${one.target} ${one.name ?? ""}`,
    more:
      one.kind === "agent" && one.state !== null
        ? AGENT_STATES[one.state as AgentState]
        : `空闲 ${one.free} 人`,
  }));
  const search = useCallback(
    async (typed: string) => {
      const fitting = people.filter((one) => one.label.includes(typed));
      return asked === "transfer" ? fitting : [...fitting, ...(await searchUnits(typed))];
    },
    // The list is small and read anew with each opening.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [asked, targets.data],
  );
  useEffect(() => {
    const timer = window.setTimeout(() => field.current?.focus(), 50);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <Modal open title={TITLES[asked]} footer={null} onCancel={onClose} width={460}>
      <Picker
        label={asked === "three_way" ? "单位" : "对象"}
        value={null}
        suggestion={
          asked === "three_way" && suggestedUnit !== null ? { ...suggestedUnit, confidence: 1 } : null
        }
        candidates={people}
        search={search}
        onChoose={(option) => onChoose(option.value)}
        onDone={onClose}
        inputRef={field}
      />
      <p className="target-help">输入汉字、拼音首字母或分机号，↑↓ 选择，回车确认。</p>
    </Modal>
  );
}
