import type { ReactNode } from "react";

import type { Content } from "../../knowledge/entries";
import { compared } from "./compare";

const FIELDS: readonly [keyof Content, string][] = [
  ["title", "标题"],
  ["answer", "答复内容"],
  ["questions", "口语问法"],
  ["unit", "责任单位"],
  ["categories", "诉求分类"],
  ["region", "适用地区"],
  ["valid_from", "生效日期"],
  ["valid_to", "失效日期"],
  ["review_by", "复核日期"],
];

/** What a version changes; of a new entry all of it. */
export function Differences({ before, after }: { before: Content | null; after: Content }) {
  const changed = FIELDS.filter(([name]) => before === null || text(before[name]) !== text(after[name]));
  if (changed.length === 0) return <p>内容没有变化</p>;
  return (
    <dl className="knowledge-differences">
      {changed.map(([name, label]) => (
        <Row key={name} label={label}>
          {before === null
            ? text(after[name]) || "（无）"
            : compared(text(before[name]), text(after[name])).map(({ kind, text }, place) =>
                kind === "same" ? (
                  <span key={place}>{text}</span>
                ) : kind === "gone" ? (
                  <del key={place}>{text}</del>
                ) : (
                  <ins key={place}>{text}</ins>
                ),
              )}
        </Row>
      ))}
    </dl>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

function text(value: Content[keyof Content]): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join("\n") : value;
}
