import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, DatePicker, Drawer, Form, Input, Select, Space } from "antd";
import dayjs, { type Dayjs } from "dayjs";

import { api, got } from "../../../api/client";
import { textOf } from "../../../api/errors";
import { DraftStatus } from "../../../drafts/draft-status";
import { useDraft } from "../../../drafts/use-draft";
import { namedList } from "../../../forms/named-list";
import { hasRole, useSession } from "../../../session/session";
import { ReasonItem } from "../city/reason-input";
import type { PolicyVersion } from "./policies";
import { TrialReport } from "./trial-report";
import { nameOf, shown } from "./words";

interface Props {
  newest: PolicyVersion;
  /** What switches that are words may be. */
  choices: Record<string, string[]>;
  onClose: () => void;
}

type Switches = Record<string, string>;

const TRIED_DAYS = 30;

/** A version that differs from the newest one: tried on last month's tickets, then enacted. */
export function PolicyForm({ newest, choices, onClose }: Props) {
  const { user } = useSession();
  const { message, modal } = App.useApp();
  const queries = useQueryClient();
  const draft = useDraft("admin:policy:new");
  const switches = (draft.fields.switches ?? {}) as Switches;
  const set = (changed: Switches) => draft.edit({ switches: changed });
  const from = draft.text("effective_from");
  const reason = draft.text("reason").trim();
  const trial = useMutation({
    mutationFn: async () => {
      const until = dayjs();
      const body = {
        switches: sent(switches),
        since: until.subtract(TRIED_DAYS, "day").format(),
        until: until.format(),
      };
      return got(await api.POST("/api/policies/trial", { body }));
    },
  });
  const enact = useMutation({
    mutationFn: async () => {
      const body = { policy_id: draft.text("policy_id").trim(), effective_from: from, switches: sent(switches), reason };
      return got(await api.POST("/api/policies", { body }));
    },
    onSuccess: (made) => {
      void draft.discard();
      void queries.invalidateQueries({ queryKey: ["policies"] });
      void message.success(`已发布 ${made.policy_id}，${dayjs(made.effective_from).format("M月D日 HH:mm")} 起执行`);
      onClose();
    },
  });
  const ask = () =>
    modal.confirm({
      title: `发布政策版本 ${draft.text("policy_id").trim()}？`,
      width: 520,
      content: (
        <>
          <ul className="policies-asked">
            {Object.entries(switches).map(([key, value]) => (
              <li key={key}>
                {nameOf(key)}：{shown(newest.switches[key] ?? "")} → {shown(value)}
              </li>
            ))}
          </ul>
          <p>
            {dayjs(from).format("YYYY-MM-DD HH:mm")} 起执行。之后受理的工单按新版本计时，已受理的不变；版本发布后不能修改；生效前可以撤回，生效后只能再发布新版本。
          </p>
          <p>原因：{reason}</p>
        </>
      ),
      okText: "确定发布",
      cancelText: "再看看",
      onOk: () => enact.mutate(),
    });
  const failed = enact.error ?? trial.error;
  const isEmpty = Object.keys(switches).length === 0;
  return (
    <Drawer
      open
      size="min(640px, 100vw)"
      title={`在 ${newest.policy_id} 的基础上修改`}
      onClose={onClose}
      footer={
        <Space wrap>
          {failed !== null && <Alert showIcon type="error" role="alert" title={textOf(failed)} />}
          <Button loading={trial.isPending} disabled={isEmpty} onClick={() => trial.mutate()}>
            用近 {TRIED_DAYS} 天工单演练
          </Button>
          {hasRole(user, ["admin", "center_head"]) && (
            <Button
              type="primary"
              loading={enact.isPending}
              disabled={isEmpty || from === "" || reason === "" || draft.text("policy_id").trim() === ""}
              onClick={ask}
            >
              发布
            </Button>
          )}
          <DraftStatus draft={draft} names={{ switches: "参数", policy_id: "版本号", effective_from: "生效时间", reason: "变更原因" }} />
        </Space>
      }
    >
      <Form layout="vertical">
        <Form.Item label="修改哪些参数" htmlFor="policy-switches">
          <Select
            id="policy-switches"
            mode="multiple"
            showSearch={{ optionFilterProp: "search" }}
            popupRender={namedList("参数")}
            value={Object.keys(switches)}
            onChange={(keys: string[]) =>
              set(Object.fromEntries(keys.map((key) => [key, switches[key] ?? textIn(newest.switches[key])])))
            }
            options={Object.keys(newest.switches).map((key) => ({ value: key, label: nameOf(key), search: `${nameOf(key)} ${key}` }))}
          />
        </Form.Item>
        {Object.entries(switches).map(([key, value]) => {
          const words = choices[key];
          const change = (typed: string) => set({ ...switches, [key]: typed });
          return (
            <div key={key} className="policies-switch">
              <label htmlFor={`policy-${key}`}>{nameOf(key)}</label>
              {words === undefined ? (
                <Input
                  id={`policy-${key}`}
                  maxLength={60}
                  placeholder="如 12h、30m、6d"
                  value={value}
                  onChange={(event) => change(event.target.value)}
                />
              ) : (
                <Select
                  id={`policy-${key}`}
                  popupRender={namedList(nameOf(key))}
                  value={value}
                  onChange={change}
                  options={words.map((one) => ({ value: one, label: shown(one) }))}
                />
              )}
              <span>现为 {shown(newest.switches[key] ?? "")}</span>
            </div>
          );
        })}
        <Space wrap>
          <Form.Item label="新版本号" htmlFor="policy-id">
            <Input
              id="policy-id"
              maxLength={40}
              placeholder="如 2027-01"
              value={draft.text("policy_id")}
              onChange={(event) => draft.edit({ policy_id: event.target.value })}
            />
          </Form.Item>
          <Form.Item label="生效时间" htmlFor="policy-from">
            <DatePicker
              id="policy-from"
              showTime={{ format: "HH:mm" }}
              format="YYYY-MM-DD HH:mm"
              placeholder="年-月-日 时:分"
              value={from === "" ? null : dayjs(from)}
              onChange={(chosen: Dayjs | null) => draft.edit({ effective_from: chosen?.format() ?? "" })}
            />
          </Form.Item>
        </Space>
        <ReasonItem id="policy-reason" draft={draft} isMissing={false} />
      </Form>
      {trial.data !== undefined && <TrialReport result={trial.data} days={TRIED_DAYS} />}
    </Drawer>
  );
}

/** Numbers are sent as numbers, times and words as they are written. */
function sent(switches: Switches): Record<string, string | number> {
  const plain = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text) : text.trim());
  return Object.fromEntries(Object.entries(switches).map(([key, value]) => [key, plain(value)]));
}

function textIn(value: string | number | readonly string[] | undefined): string {
  return typeof value === "object" ? value.join("、") : String(value ?? "");
}
