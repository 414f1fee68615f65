import { Alert, Descriptions, Typography } from "antd";

import { whyNotCited } from "./badge";
import type { Entry } from "./entries";
import "./knowledge.css";

/** What an entry says, and how far it may be relied on. */
export function EntryText({ entry, compact = false }: { entry: Entry; compact?: boolean }) {
  const reason = whyNotCited(entry);
  return (
    <>
      {reason !== null && <Alert type={entry.state === "proposed" ? "info" : "error"} showIcon title={reason} />}
      {entry.standing === "review_due" && (
        <Alert type="warning" showIcon title={`应于 ${entry.review_by} 前复核，答复前请再核对`} />
      )}
      <Typography.Paragraph className="knowledge-answer">{entry.answer}</Typography.Paragraph>
      {compact ? (
        <Typography.Paragraph type="secondary">
          {entry.unit_name} · {entry.valid_to === null ? "长期有效" : `有效至 ${entry.valid_to}`}
        </Typography.Paragraph>
      ) : (
        <Descriptions
          size="small"
          column={{ xs: 1, sm: 2 }}
          className="knowledge-facts"
          items={[
            { key: "unit", label: "责任单位", children: entry.unit_name },
            { key: "review", label: "复核日期", children: entry.review_by },
            { key: "categories", label: "诉求分类", children: entry.category_names.join("、") },
            {
              key: "valid",
              label: "有效期",
              children: `${entry.valid_from} 起${entry.valid_to === null ? "" : `，至 ${entry.valid_to}`}`,
            },
          ]}
        />
      )}
    </>
  );
}
