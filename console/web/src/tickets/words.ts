import type { components } from "../api/schema";
import { REQUEST_TYPES, URGENCIES } from "../words";

export type Queue = components["schemas"]["Count"]["queue"];
export type Kind = components["schemas"]["InboxRow"]["kind"];
type Deadline = components["schemas"]["InboxRow"]["deadline"];

/** Work lists (待办). */
export const QUEUES: Record<Queue, string> = {
  agent: "我的草稿",
  messages: "留言",
  emergency: "紧急跟进",
  dispatcher: "派单审核",
  callback: "回访",
  supervisor: "班长",
  unit: "承办",
};

/** What is to be done. */
export const KINDS: Record<Kind, string> = {
  accept: "受理",
  follow_up: "紧急跟进",
  dispatch: "派单",
  return: "退单审核",
  extension: "延期审核",
  audit: "答复审核",
  callback: "回访",
  unsatisfied: "两次不满意",
  recheck: "回访复核",
  coordinate: "专题协调",
  late: "热线超时",
  overdue: "承办超期",
  sign: "签收",
  handle: "办理",
  extension_asked: "延期待批",
  extended: "延期中",
  supplement: "补充答复",
  rectify: "整改",
  child_sign: "加派签收",
  child_handle: "加派办理",
  assist: "协办",
};

/** Whose time runs. */
export const DEADLINES: Record<Deadline, string> = {
  accept: "受理",
  follow_up: "跟进",
  refer_up: "上报处理",
  dispatch: "派单",
  return_review: "退单审核",
  ext_review: "延期审核",
  audit: "答复审核",
  manual: "回访",
  recheck: "复核",
  coordinate: "协调",
  answer: "答复",
  sign: "签收",
  resolve: "办理",
  supplement: "补充",
  rectify: "整改",
  child: "加派",
};

/** Commands of the workflow, as buttons and in the journal. */
export const COMMANDS: Record<string, string> = {
  create: "登记",
  accept: "受理",
  reject: "不予受理",
  refer_up: "上报班长",
  emergency_transfer: "转紧急服务",
  follow_up: "紧急跟进",
  answer_direct: "直接解答",
  close_answered: "解答归档",
  not_answered: "解答未解决",
  withdraw: "撤回",
  complain_again: "再次投诉",
  dispatch: "派单",
  sign: "签收",
  request_return: "申请退单",
  approve_return: "同意退单",
  refuse_return: "不同意退单",
  coordinate: "提请协调",
  designate_lead: "指定主办",
  request_extension: "申请延期",
  approve_extension: "同意延期",
  refuse_extension: "不同意延期",
  sub_dispatch: "加派",
  submit_reply: "提交答复",
  audit_pass: "审核通过",
  audit_fail: "退回补充",
  child_sign: "签收加派",
  child_reply: "答复加派",
  child_return: "退回加派",
  assist_reply: "提交协办意见",
  sms_score: "短信评价",
  sms_timeout: "短信未回复",
  sms_failed: "短信未送达",
  callback_ok: "回访满意",
  callback_unsatisfied: "回访不满意",
  unreachable: "未接通",
  close_explained: "说明情况归档",
  recheck: "回访复核",
  recheck_ok: "复核属实",
  recheck_false: "复核不实",
  merge: "并单",
  unmerge: "撤销并单",
  amend: "更正",
  add_statement: "补充诉求",
  add_note: "备注",
  attach: "上传附件",
  release_attachment: "附件放行",
  tracking: "跟踪",
  urge: "催办",
  supervise: "督办",
  special_coordination: "专题协调督办",
  interview: "约谈",
  notice: "通报",
  special_report: "信息专报",
  discipline_referral: "移送纪检监察",
  accountability: "问责",
  exemption: "容错",
  leader_instruction: "领导批示",
  link_call: "关联通话",
  transcribe: "通话转写",
  timer: "时限提醒",
  erase_personal: "删除个人信息",
  import: "导入",
};

/** Fields of a ticket and of its commands. */
export const FIELDS: Record<string, string> = {
  acceptance_basis: "受理依据",
  address_text: "地址",
  answer: "答复内容",
  answer_type: "答复类型",
  assist_units: "协办单位",
  category_l1: "一级分类",
  category_l2: "诉求分类",
  channel: "来源渠道",
  child_due: "加派期限",
  comment: "说明",
  confidential: "要求保密",
  contact_phone: "联系电话",
  contacted: "是否联系群众",
  contacted_at: "联系时间",
  content: "诉求内容",
  defects: "不合格情形",
  disputed: "职责有争议",
  emergency_record: "紧急引导记录",
  expected_result: "诉求目的",
  explanation: "不予受理说明",
  ground: "退单依据",
  grounds: "约谈通报情形",
  guidance: "引导建议",
  handling_note: "办理情况",
  identity_checked: "已核实身份",
  is_true: "是否属实",
  key_categories: "重点督办类别",
  knowledge_ref: "知识库依据",
  lead_unit: "主办单位",
  leader_action: "领导跟进情况",
  leader_name_role: "领导姓名职务",
  master_ticket: "主工单",
  new_due: "新的期限",
  occurred_at: "发生时间",
  public_reply: "公开答复",
  reason: "理由",
  region_code: "行政区划",
  reject_code: "不予受理情形",
  repeat_of: "原工单",
  reply: "办理情况",
  request_type: "诉求类型",
  requester_name: "诉求人",
  score: "评价",
  second_approver: "另一位审批人",
  service: "紧急服务",
  shared: "承办单位可见",
  solved: "是否解决",
  suggested_unit: "建议单位",
  suggestion: "处理建议",
  target_unit: "被反映单位",
  title: "标题",
  unit: "承办单位",
  unit_content: "给承办单位的脱敏内容",
  unsolved_reason: "未解决原因",
  urgency: "紧急程度",
  written_opinion: "书面意见",
  written_opinion_required: "要求书面意见",
};

export const ANSWER_TYPES: Record<string, string> = {
  direct: "直接答复（4 小时）",
  investigate: "调查办理（12 小时）",
};

/** Art. 6. */
export const BASES: Record<string, string> = {
  "6.1": "6.1 行政管理、服务、政策咨询",
  "6.2": "6.2 热点难点问题和建议",
  "6.3": "6.3 对部门和工作人员的批评投诉举报",
  "6.4": "6.4 城市发展的意见建议",
  "6.5": "6.5 突发民生问题和非紧急求助",
  "6.6": "6.6 国务院、省平台交办",
  "6.7": "6.7 政风热线、好差评",
  "6.8": "6.8 放管服协调",
  "6.9": "6.9 市委市政府交办",
};

/** Art. 7. */
export const REJECTIONS: Record<string, string> = {
  N1: "N1 不属于本市管辖",
  N2: "N2 应经信访、仲裁、复议、诉讼",
  N3: "N3 涉及国家秘密、商业秘密、隐私",
  N4: "N4 恶意侮辱，或内容不清、无依据",
  N5: "N5 属于 110、119、120、水上救助",
  N6: "N6 其他",
};

/** Art. 18. */
export const KEY_CATEGORIES: Record<string, string> = {
  K1: "K1 重大民生、中心工作",
  K2: "K2 办理质量差、推诿敷衍",
  K3: "K3 指定办理、上级交办、媒体曝光",
  K4: "K4 跨层级、跨部门、难度较大",
  K5: "K5 应解决而未解决",
};

/** Art. 21. */
export const GROUNDS: Record<string, string> = {
  G1: "G1 多次协调仍责任不清",
  G2: "G2 督办后仍推诿、不作为",
  G3: "G3 职责明确而无正当理由拒不办理",
};

/** Art. 10(4). */
export const DEFECTS: Record<string, string> = {
  irregular: "不规范",
  unspecific: "不具体",
  incomplete: "不完整",
};

export const SERVICES: Record<string, string> = {
  "110": "110 报警",
  "119": "119 火警",
  "120": "120 急救",
  "122": "122 交通事故",
  "12395": "12395 水上求救",
};

export const SCORES: Record<string, string> = {
  "1": "1 非常满意",
  "2": "2 满意",
  "3": "3 基本满意",
  "4": "4 不满意",
  "5": "5 非常不满意",
};

export const CHANNELS: Record<string, string> = {
  phone: "电话",
  web: "网站",
  wechat: "微信",
  app: "手机应用",
  sms: "短信",
  email: "邮件",
  province_12345: "省 12345",
  national_platform: "国家平台",
  zf_hotline: "政风热线",
  good_bad_review: "好差评",
  call_110: "110 转来",
  walk_in: "来访",
  other: "其他",
};

/** What a call is to a ticket. */
export const RELATIONS: Record<string, string> = {
  origin: "首次来电",
  statement: "补充诉求",
  urge: "催办来电",
  callback: "回拨",
  relay: "联系诉求人",
};

export const REQUEST_STATUSES: Record<string, string> = {
  pending: "待审核",
  approved: "已同意",
  refused: "未同意",
  lapsed: "已失效",
};

export const CLOSE_RESULTS: Record<string, string> = {
  satisfied: "满意",
  unsatisfied: "不满意",
  unsatisfied_explained: "不满意，已说明情况",
  not_rated: "未评价",
  unreachable: "联系不上",
  answered_in_call: "通话中解答",
};

export const CALLBACK_RESULTS: Record<string, string> = {
  satisfied: "满意",
  unsatisfied: "不满意",
  unclear: "意思不清",
  unreachable: "未接通",
};

/** States that nothing follows. */
export const ENDED: ReadonlySet<string> = new Set(["rejected", "emergency_transferred", "closed", "merged", "withdrawn"]);

/** What the values of fields are called in the journal. */
export const VALUES: Record<string, Record<string, string>> = {
  acceptance_basis: BASES,
  answer_type: ANSWER_TYPES,
  channel: CHANNELS,
  reject_code: REJECTIONS,
  request_type: REQUEST_TYPES,
  score: SCORES,
  service: SERVICES,
  urgency: URGENCIES,
};
