import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Checkbox, Skeleton, Tag, Typography } from "antd";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import type { components } from "../../api/schema";
import { hasRole, useSession } from "../../session/session";
import { REVEALERS } from "../../session/roles";
import { TAG } from "../../theme";

type Removed = components["schemas"]["RemovedWords"];

const KINDS: Record<Removed["kind"], string> = {
  name: "姓名",
  phone: "电话",
  id_number: "证件号",
  plate: "车牌",
  house: "门牌",
  email: "邮箱",
  account: "账号",
  relation: "身份",
};

/** The proposed text for a unit, made anew from the ticket each time that the form is opened. */
export function useUnitContent(no: string, isWanted: boolean) {
  const { user } = useSession();
  return useQuery({
    queryKey: ["ticket", no, "unit-content"],
    queryFn: async () =>
      got(await api.GET("/api/tickets/{ticket_no}/unit-content", { params: { path: { ticket_no: no } } })),
    enabled: isWanted && hasRole(user, REVEALERS),
    staleTime: Infinity, // what is being read does not change under the eyes
    gcTime: 0,
  });
}

interface Props {
  /** Of the checkbox. */
  id: string;
  found: ReturnType<typeof useUnitContent>;
  isRead: boolean;
  isAsked: boolean;
  onRead: (isRead: boolean) => void;
}

/** 脱敏核对: what the proposal leaves out, and the word of whoever dispatches that he has read it. */
export function UnitContentCheck({ id, found, isRead, isAsked, onRead }: Props) {
  return (
    <section aria-label="脱敏核对" className="command-form-wide unit-content">
      {found.isLoading && <Skeleton active title={false} paragraph={{ rows: 1 }} />}
      {found.isError && (
        <Alert
          showIcon
          type="warning"
          title={`没有脱敏建议：${textOf(found.error)}`}
          action={
            <Button size="small" onClick={() => void found.refetch()}>
              重试
            </Button>
          }
        />
      )}
      {found.data !== undefined && <RemovedWords removed={found.data.removed} />}
      <Checkbox
        id={id}
        checked={isRead}
        aria-describedby={isAsked ? `${id}-error` : undefined}
        onChange={(event) => onRead(event.target.checked)}
      >
        已通读，承办单位看不出诉求人是谁
      </Checkbox>
      {isAsked && (
        <Typography.Text type="danger" id={`${id}-error`} role="alert" className="unit-content-asked">
          请通读脱敏内容并勾选后再派单
        </Typography.Text>
      )}
    </section>
  );
}

function RemovedWords({ removed }: { removed: readonly Removed[] }) {
  if (removed.length === 0) {
    return <Typography.Text type="secondary">没有找到要隐去的文字，请通读全文。</Typography.Text>;
  }
  return (
    <>
      <Typography.Text type="secondary">建议隐去 {removed.length} 处，多删、漏删请改正：</Typography.Text>
      <ul aria-label="隐去的文字">
        {removed.map(({ start, kind, text }) => (
          <li key={start}>
            <Tag variant="solid" color={TAG.none}>{KINDS[kind]}</Tag>
            {text}
          </li>
        ))}
      </ul>
    </>
  );
}
