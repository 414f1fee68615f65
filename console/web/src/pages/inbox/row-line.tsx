import { Checkbox, Tag } from "antd";
import dayjs from "dayjs";
import type { MouseEvent } from "react";
import { Link } from "react-router";

import { useCategories, useUnits } from "../../tickets/queries";
import { opensRow } from "../../tickets/row-click";
import { TimeLeft } from "../../tickets/time-left";
import { DEADLINES, KINDS, REQUEST_STATUSES } from "../../tickets/words";
import { TAG } from "../../theme";
import { URGENCIES } from "../../words";
import type { Line } from "./use-inbox";

interface Props {
  line: Line;
  isChosen: boolean;
  /** null: it cannot be marked. */
  isMarked: boolean | null;
  onMark: () => void;
  onOpen: () => void;
}

/** One task of a work list: a click anywhere opens its ticket; its number is the link for keys and screen readers. */
export function RowLine({ line, isChosen, isMarked, onMark, onOpen }: Props) {
  const { row, readAt, isDone } = line;
  const units = useUnits();
  const categories = useCategories();
  const { extension, holder } = row;
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
    event.preventDefault();
    onOpen();
  };
  const classes = ["row-line", isChosen && "row-line-chosen", isDone && "row-line-done"];
  return (
    <li
      className={classes.filter(Boolean).join(" ")}
      aria-current={isChosen}
      onClick={(event) => {
        if (opensRow(event)) onOpen();
      }}
    >
      {isMarked !== null && (
        <Checkbox checked={isMarked} onChange={onMark} aria-label={`选择${row.ticket_no}`} />
      )}
      <div className="row-line-body">
        <span className="row-line-head">
          <Tag color="blue">{KINDS[row.kind]}</Tag>
          {row.urgency !== "normal" && <Tag color={TAG.bad}>{URGENCIES[row.urgency]}</Tag>}
          <span className="row-line-title">{row.title ?? "（无标题）"}</span>
        </span>
        <span className="row-line-facts">
          <TimeLeft
            name={DEADLINES[row.deadline]}
            left={row.left_s}
            readAt={readAt}
            isPaused={row.is_paused && row.queue === "unit"}
          />
          {row.unit != null && row.queue !== "unit" && <span>{units.get(row.unit) ?? row.unit}</span>}
          {row.category_l2 != null && <span>{categories.get(row.category_l2) ?? row.category_l2}</span>}
          {extension != null && (
            <span>
              延期{REQUEST_STATUSES[extension.status]} {extension.asked_days} 天，累计{" "}
              {extension.used_days}/{extension.most_days} 天
            </span>
          )}
          {row.returns > 0 && <span>退单 {row.returns} 次</span>}
          {row.repeat_after != null && (extension != null || row.returns > 0) && (
            <span>{dayjs(row.repeat_after).format("M月D日 HH:mm")} 后为重复投诉</span>
          )}
          {row.callback != null && (
            <span>
              未接通 {row.callback.attempts}/{row.callback.needed} 次
            </span>
          )}
          {holder != null && (
            <Tag color={holder.is_mine ? TAG.good : TAG.busy}>
              {holder.is_mine ? "我在处理" : `${holder.full_name ?? holder.name} 在处理`}
            </Tag>
          )}
          {isDone && <Tag>已办理</Tag>}
          <Link
            to={`/tickets/${row.ticket_no}`}
            className="row-line-open"
            aria-label={`${row.ticket_no} ${row.title ?? ""}`.trim()}
            onClick={follow}
          >
            {row.ticket_no}
          </Link>
        </span>
      </div>
    </li>
  );
}
