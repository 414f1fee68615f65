/** Switches of the rules (政策参数), as people call them; the others stand as they are. */
const NAMES: Record<string, string> = {
  "sla.calendar": "计时方式",
  "sla.answer_hours": "直接答复时限",
  "sla.sign_hours": "签收时限",
  "sla.resolve_hours": "办理时限",
  "sla.resolve_anchor": "办理计时起点",
  "sla.direct_anchor": "直接答复计时起点",
  "sla.review_pause": "审核期间是否停表",
  "ext.max_days": "延期合计最长",
  "ext.anchor": "延期起算点",
  "ext.review_sla": "延期审核时限",
  "ext.dispatcher_days": "派单员可批延期",
  "return.window_hours": "退单期限",
  "return.max_per_unit": "每单位退单次数",
  "return.review_sla": "退单审核时限",
  "audit.review_sla": "答复审核时限",
  "audit.supplement_floor": "补充答复最短时限",
  "rectify.hours": "整改时限",
  "rectify.ext_budget": "整改延期额度",
  "repeat.month": "重复投诉的“一个月”",
  "repeat.scope_a": "重复投诉认定范围",
  "repeat.types": "计入重复投诉的类型",
  "sms.wait": "短信回访等待",
  "callback.wait": "人工回访时限",
  "callback.attempts": "回访拨打次数",
  "accept.target": "受理目标",
  "refer.target": "转紧急目标",
  "dispatch.target": "派单目标",
  "followup.wait": "紧急跟进等待",
  "answer.source": "直接答复依据",
  "answered.wait": "答复后反馈期",
  "coordinate.wait": "专题协调时限",
  "recheck.wait": "回访复核时限",
  "unmerge.wait": "撤销并单期限",
};

const VALUES: Record<string, string> = {
  natural: "自然时间",
  dispatched: "派单时",
  accepted: "受理时",
  unit_only: "停表",
  strict: "不停表",
  original_due: "原到期时间",
  first_complaint: "首次投诉",
  separate: "单独计算",
  shared: "合并计算",
  civil: "自然月",
  "30d": "30天",
  anyone: "任何人",
  same_citizen: "同一诉求人",
  any: "不限",
  entry: "知识库条目",
  complaint: "投诉",
  report: "举报",
  help: "求助",
};

const TIMERS: Record<string, string> = {
  tm_answer: "直接答复",
  tm_sign: "签收",
  tm_resolve: "办理",
  tm_supplement: "补充答复",
  tm_rectify: "整改",
};

/** Clocks of a ticket, with their due times. */
const CLOCKS: Record<string, string> = {
  answer: "直接答复",
  sign: "签收",
  resolve: "办理",
  supplement: "补充答复",
  rectify: "整改",
  sms: "短信回访",
  manual: "人工回访",
  original: "原办理",
};

const UNITS: Record<string, string> = { h: "小时", m: "分钟", d: "天" };

export function nameOf(key: string): string {
  return NAMES[key] ?? key;
}

export function timerOf(name: string): string {
  return TIMERS[name] ?? name;
}

export function clockOf(name: string): string {
  return CLOCKS[name] ?? name;
}

/** A value for people: `12h` is 12 小时. */
export function shown(value: string | number | readonly string[]): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return value.map(shown).join("、");
  const word = VALUES[value];
  if (word !== undefined) return word;
  const [, number, unit] = /^([\d.]+)([hmd])$/.exec(value) ?? [];
  return number === undefined || unit === undefined ? value : `${number} ${UNITS[unit] ?? unit}`;
}
