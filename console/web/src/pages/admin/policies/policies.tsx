import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Flex, Spin, Table, Tag, Typography } from "antd";
import dayjs from "dayjs";
import { useState } from "react";

import { api, got } from "../../../api/client";
import { textOf } from "../../../api/errors";
import type { components } from "../../../api/schema";
import { actorWords } from "../../../session/actor-words";
import { hasRole, useSession } from "../../../session/session";
import { TAG } from "../../../theme";
import { PolicyForm } from "./policy-form";
import { Withdraw } from "./withdraw";
import "./policies.css";
import { nameOf, shown } from "./words";

export type PolicyVersion = components["schemas"]["PolicyVersion"];

/** 政策版本: every limit in numbers, from when, and in what a version differs from the one before. */
export default function PoliciesPage() {
  const { user } = useSession();
  const [isChanging, setChanging] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const policies = useQuery({
    queryKey: ["policies"],
    queryFn: async () => got(await api.GET("/api/policies")),
  });
  if (policies.isError) return <Alert showIcon type="error" title={textOf(policies.error)} />;
  if (policies.data === undefined) return <Spin description="正在读取" />;
  const { versions, choices } = policies.data;
  const at = Math.max(0, versions.findIndex((one) => (chosen === null ? one.in_force : one.policy_id === chosen)));
  const version = versions[at];
  const newest = versions.find(({ withdrawn }) => withdrawn === null);
  if (version === undefined || newest === undefined) return null;
  return (
    <div className="policies">
      <section aria-label="版本" className="policies-list">
        <Flex justify="space-between" align="center">
          <h1>政策版本</h1>
          {hasRole(user, ["admin", "center_head", "supervisor"]) && (
            <Button type="primary" size="small" onClick={() => setChanging(true)}>
              演练与发布
            </Button>
          )}
        </Flex>
        {versions.map((one) => (
          <button
            key={one.policy_id}
            type="button"
            aria-pressed={one === version}
            onClick={() => setChosen(one.policy_id)}
          >
            <strong>{one.policy_id}</strong>
            <span>{dayjs(one.effective_from).format("YYYY-MM-DD HH:mm")} 起</span>
            {one.in_force && (
              <Tag variant="solid" color={TAG.good}>
                执行中
              </Tag>
            )}
            {isToCome(one) && (
              <Tag variant="solid" color={TAG.waiting}>
                未生效
              </Tag>
            )}
            {one.withdrawn !== null && <Tag variant="solid">已撤回</Tag>}
          </button>
        ))}
        <Typography.Paragraph type="secondary">已受理的工单按受理时的版本计时。</Typography.Paragraph>
      </section>
      <Switches
        version={version}
        before={
          // Those that were withdrawn stand at the end, each beside what it would have changed.
          versions
            .slice(version.withdrawn === null ? at + 1 : 0)
            .find((one) => one.withdrawn === null && one.effective_from <= version.effective_from) ?? null
        }
        mayBeWithdrawn={version === newest && isToCome(version) && hasRole(user, ["admin", "center_head"])}
      />
      {isChanging && <PolicyForm newest={newest} choices={choices} onClose={() => setChanging(false)} />}
    </div>
  );
}

function isToCome(one: PolicyVersion): boolean {
  return !one.in_force && one.withdrawn === null && dayjs(one.effective_from).isAfter(dayjs());
}

interface Shown {
  version: PolicyVersion;
  before: PolicyVersion | null;
  mayBeWithdrawn: boolean;
}

function Switches({ version, before, mayBeWithdrawn }: Shown) {
  const rows = Object.entries(version.switches).map(([key, value]) => ({
    key,
    value,
    was: before?.switches[key],
  }));
  const isChanged = ({ value, was }: (typeof rows)[number]) =>
    was !== undefined && JSON.stringify(was) !== JSON.stringify(value);
  return (
    <section aria-label={`版本 ${version.policy_id}`} className="policies-shown">
      <Typography.Text type="secondary">
        {version.by === null || version.at === null
          ? version.source
          : `${dayjs(version.at).format("YYYY-MM-DD HH:mm")} ${actorWords(version.by, version.by_name)}发布：${version.source}`}
      </Typography.Text>
      {version.withdrawn !== null && (
        <p>
          {dayjs(version.withdrawn.at).format("YYYY-MM-DD HH:mm")}{" "}
          {actorWords(version.withdrawn.by, version.withdrawn.by_name)}撤回，从未生效：{version.withdrawn.reason}
        </p>
      )}
      {mayBeWithdrawn && <Withdraw key={version.policy_id} policyId={version.policy_id} />}
      <Table
        size="small"
        pagination={false}
        dataSource={[...rows.filter(isChanged), ...rows.filter((row) => !isChanged(row))]}
        rowClassName={(row) => (isChanged(row) ? "policies-changed" : "")}
        columns={[
          { title: "参数", render: (_, row) => nameOf(row.key) },
          { title: "值", render: (_, row) => <strong>{shown(row.value)}</strong> },
          {
            title: before === null ? "上一版" : `上一版 ${before.policy_id}`,
            render: (_, row) => (isChanged(row) && row.was !== undefined ? shown(row.was) : ""),
          },
        ]}
      />
    </section>
  );
}
