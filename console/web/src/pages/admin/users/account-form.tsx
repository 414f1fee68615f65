import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Checkbox, Form, Input, Modal, Select } from "antd";

import { api, got } from "../../../api/client";
import { ApiError, textOf } from "../../../api/errors";
import { namedList } from "../../../forms/named-list";
import { ROLE_NAMES, UNIT_ROLES } from "../../../session/roles";
import type { Role } from "../../../session/session";
import { type Account, PEOPLE_ROLES, useUnitNames } from "./words";

interface Typed {
  name: string;
  full_name?: string;
  roles: Role[];
  unit?: string;
  agent_no?: string;
}

interface Props {
  /** null: a new one. */
  account: Account | null;
  onClose: () => void;
  onMade: (name: string, password: string) => void;
}

/** A new account, or who somebody is and what he may do. */
export function AccountForm({ account, onClose, onMade }: Props) {
  const client = useQueryClient();
  const units = useUnitNames();
  const [form] = Form.useForm<Typed>();
  const roles = Form.useWatch("roles", form) ?? account?.roles ?? [];
  const isUnit = roles.some((role) => UNIT_ROLES.includes(role));
  const save = useMutation({
    mutationFn: async (typed: Typed) => {
      const body = {
        full_name: typed.full_name?.trim() || null,
        roles: typed.roles,
        unit: isUnit ? (typed.unit ?? null) : null,
        agent_no: typed.agent_no?.trim() || null,
      };
      if (account !== null) {
        const { name } = account;
        await api.PUT("/api/accounts/{name}", { params: { path: { name } }, body });
        return;
      }
      const name = typed.name.trim();
      onMade(name, got(await api.POST("/api/accounts", { body: { name, ...body } })).password);
    },
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ["accounts"] });
    },
    onError: (error) => {
      const field = error instanceof ApiError ? error.field : null;
      if (field !== null && isField(field)) form.setFields([{ name: field, errors: [textOf(error)] }]);
    },
  });
  const isPlaced = save.error instanceof ApiError && isField(save.error.field);

  return (
    <Modal
      open
      title={account === null ? "新建账号" : `修改账号 ${account.name}`}
      okText="保存"
      cancelText="取消"
      confirmLoading={save.isPending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={(typed) => save.mutate(typed)}
        initialValues={account === null ? {} : initial(account)}
      >
        {account === null && (
          <Form.Item name="name" label="账号" rules={[{ required: true, message: "请填写账号" }]}>
            <Input autoFocus maxLength={40} autoComplete="off" placeholder="登录用，建立后不能更改" />
          </Form.Item>
        )}
        <Form.Item name="full_name" label="姓名">
          <Input autoFocus={account !== null} maxLength={100} autoComplete="off" />
        </Form.Item>
        <Form.Item name="roles" label="角色" rules={[{ required: true, message: "请选择角色" }]}>
          <Roles />
        </Form.Item>
        {isUnit && (
          <Form.Item name="unit" label="承办单位" rules={[{ required: true, message: "请选择单位" }]}>
            <Select
              showSearch={{ optionFilterProp: "label" }}
              popupRender={namedList("承办单位")}
              options={[...units].map(([value, label]) => ({ value, label }))}
            />
          </Form.Item>
        )}
        <Form.Item
          name="agent_no"
          label="工号（接听电话的人）"
          rules={[{ pattern: /^\d{1,10}$/, message: "请填写数字" }]}
        >
          <Input inputMode="numeric" maxLength={10} autoComplete="off" />
        </Form.Item>
        {save.isError && !isPlaced && <Alert showIcon type="error" title={textOf(save.error)} />}
      </Form>
    </Modal>
  );
}

/** Ticked one by one: going through them with Tab chooses none. */
function Roles({ value, onChange }: { value?: Role[]; onChange?: (roles: Role[]) => void }) {
  return (
    <Checkbox.Group
      aria-label="角色"
      className="users-roles"
      options={PEOPLE_ROLES.map((role) => ({ value: role, label: ROLE_NAMES[role] }))}
      value={value}
      onChange={onChange}
    />
  );
}

function initial(account: Account): Partial<Typed> {
  const { full_name, roles, unit, agent_no } = account;
  return {
    roles,
    full_name: full_name ?? undefined,
    unit: unit ?? undefined,
    agent_no: agent_no ?? undefined,
  };
}

const FIELDS = ["name", "full_name", "roles", "unit", "agent_no"] as const;

function isField(field: string | null): field is (typeof FIELDS)[number] {
  return FIELDS.some((known) => known === field);
}
