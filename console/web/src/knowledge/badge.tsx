import { type Entry, ENTRY_STATES, STANDINGS } from "./entries";
import "./knowledge.css";

/** Whether an entry may be relied on today (有效、待复核、未生效、已过期), else where it stands. */
export function Badge({ entry }: { entry: Entry }) {
  const { standing, state } = entry;
  return (
    <span className="knowledge-badge">
      {standing === null ? (
        <span className={`knowledge-tag ${state}`}>{ENTRY_STATES[state]}</span>
      ) : (
        <span className={`knowledge-tag ${standing}`}>{STANDINGS[standing]}</span>
      )}
      {standing !== null && entry.pending !== null && (
        <span className="knowledge-tag proposed">有修订待审核</span>
      )}
    </span>
  );
}

/** Why an entry cannot be cited; null: it can. */
export function whyNotCited(entry: Entry): string | null {
  if (entry.ref !== null) return null;
  if (entry.standing === "expired") return `已于 ${entry.valid_to} 到期，不能作为答复依据`;
  if (entry.standing === "not_yet") return `自 ${entry.valid_from} 起施行，现在还不能引用`;
  if (entry.state === "retired") return `已停用：${entry.retired_because}`;
  return "尚未发布，不能引用";
}
