import { Alert, Button, Flex, Input, Space, Spin, Table, Tag, Typography } from "antd";
import { useState } from "react";

import { textOf } from "../../../api/errors";
import { TAG } from "../../../theme";
import { type Prompt, useEntries, usePrompts } from "./city-api";
import { HistoryDrawer, told } from "./history-drawer";
import { PromptForm } from "./prompt-form";

/** 提示音文字: what callers hear, listened to before it is published. */
export function PromptsView() {
  const page = useEntries("prompts", "");
  const prompts = usePrompts();
  const [q, setQ] = useState("");
  const [opened, setOpened] = useState<Prompt | null>(null);
  const [isHistory, setHistory] = useState(false);
  if (page.isError) return <Alert showIcon type="error" title={textOf(page.error)} />;
  if (prompts.isError) return <Alert showIcon type="error" title={textOf(prompts.error)} />;
  if (page.data?.kind !== "prompts" || prompts.data === undefined) return <Spin description="正在读取" />;
  const about = page.data;
  const listed = prompts.data.filter(({ key, text }) => key.includes(q) || text.includes(q));
  return (
    <section aria-label={about.title} className="city-main">
      <Flex justify="space-between" align="center" wrap gap={8}>
        <div>
          <Typography.Title level={1} className="city-title">
            {about.title} <small>{prompts.data.length} 条，改过 {about.total} 条</small>
          </Typography.Title>
          <Typography.Text type="secondary">{told(about.current)}</Typography.Text>
        </div>
        <Space wrap>
          <Input.Search
            allowClear
            aria-label="查找提示音"
            placeholder="代码或文字"
            maxLength={40}
            onSearch={(typed) => setQ(typed.trim())}
          />
          <Button onClick={() => setHistory(true)}>历史版本</Button>
        </Space>
      </Flex>
      <Table<Prompt>
        size="small"
        rowKey="key"
        dataSource={listed}
        pagination={{ pageSize: 12, hideOnSinglePage: true, showSizeChanger: false }}
        locale={{ emptyText: "没有符合条件的提示音" }}
        columns={[
          { title: "代码", dataIndex: "key", width: 190 },
          {
            title: "文字",
            render: (_, one) => (
              <span className="city-prompt-text">
                {one.text} {one.text !== one.default && <Tag variant="solid" color={TAG.busy}>已改</Tag>}
                {!one.is_heard && <Tag variant="solid" color={TAG.waiting}>正在配音，暂播默认</Tag>}
              </span>
            ),
          },
          {
            title: "操作",
            width: 80,
            render: (_, one) => (
              <Button size="small" aria-label={`打开 ${one.key}`} onClick={() => setOpened(one)}>
                {about.may_edit ? "修改" : "查看"}
              </Button>
            ),
          },
        ]}
      />
      {opened !== null && (
        <PromptForm prompt={opened} page={about} onClose={() => setOpened(null)} />
      )}
      {isHistory && <HistoryDrawer page={about} onClose={() => setHistory(false)} />}
    </section>
  );
}
