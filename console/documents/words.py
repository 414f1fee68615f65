"""Codes in the words that stand on paper (domain.md §2, §3.4)."""

from collections.abc import Mapping

from ticketing.workflow.diagram import NAMES as STATES

CHANNELS = {
    "phone": "电话",
    "web": "网站",
    "wechat": "微信",
    "app": "手机应用",
    "sms": "短信",
    "email": "电子邮件",
    "province_12345": "省12345平台",
    "national_platform": "国家平台",
    "zf_hotline": "政风热线",
    "good_bad_review": "好差评",
    "call_110": "110转办",
    "walk_in": "来访",
    "other": "其他",
}
REQUEST_TYPES = {
    "consult": "咨询",
    "help": "求助",
    "complaint": "投诉",
    "report": "举报",
    "suggestion": "建议",
    "praise": "表扬",
    "other": "其他",
}
URGENCIES = {"emergency": "突发紧急", "urgent": "紧急", "normal": "一般"}
KINDS = {"person": "个人", "enterprise": "企业", "organisation": "单位团体"}
ANSWER_TYPES = {"direct": "直接答复", "investigate": "调查办理"}
CLOSE_RESULTS = {
    "satisfied": "满意",
    "unsatisfied": "不满意",
    "unsatisfied_explained": "不满意，已说明",
    "not_rated": "未评价",
    "unreachable": "无法联系",
    "answered_in_call": "通话中已解答",
}
REJECTIONS = {
    "N1": "不属于本市管辖",
    "N2": "已进入或应通过信访、仲裁、复议、诉讼等途径",
    "N3": "涉及国家秘密、商业秘密、个人隐私",
    "N4": "恶意侮辱诽谤，或诉求不明、没有依据",
    "N5": "属于110、119、120、水上救援等紧急事项",
    "N6": "其他不予受理的情形",
}
"""Article 7 of the Measures."""
DEFECTS = {"irregular": "不规范", "unspecific": "不具体", "incomplete": "不完整"}
CALLBACK_RESULTS = {
    "satisfied": "满意",
    "unsatisfied": "不满意",
    "unclear": "未明确表态",
    "unreachable": "未接通",
}
CALLBACK_CHANNELS = {"sms": "短信", "manual": "人工"}
REQUESTS = {"pending": "待审批", "approved": "同意", "refused": "不同意", "lapsed": "已失效"}
MEASURES = {
    "tracking": "跟踪",
    "urge": "催办",
    "supervise": "督办",
    "special_coordination": "专题协调",
    "interview": "约谈",
    "notice": "通报",
    "special_report": "专报",
    "discipline_referral": "移送作风监督",
    "accountability": "问责",
    "exemption": "容错免责",
    "leader_instruction": "领导批示",
    "false_reply": "复核发现虚假办结",
}
ROLES = {
    "citizen": "诉求人",
    "agent": "话务员",
    "dispatcher": "派单审核员",
    "callback_agent": "回访员",
    "supervisor": "班长",
    "center_head": "热线负责人",
    "unit_handler": "承办单位",
    "unit_leader": "承办单位负责人",
    "auditor": "审计员",
    "inspector": "质检员",
    "kb_editor": "知识库编辑",
    "leader": "市领导",
    "security_admin": "安全管理员",
    "admin": "系统管理员",
    "system": "系统",
}
STEPS = {
    "create": "登记诉求",
    "accept": "受理",
    "reject": "不予受理",
    "refer_up": "上报班长",
    "emergency_transfer": "转紧急救援",
    "answer_direct": "直接解答",
    "not_answered": "解答未果",
    "close_answered": "解答办结",
    "dispatch": "派单",
    "sign": "签收",
    "request_return": "申请退单",
    "approve_return": "同意退单",
    "refuse_return": "不同意退单",
    "coordinate": "启动专题协调",
    "designate_lead": "指定主办单位",
    "request_extension": "申请延期",
    "approve_extension": "同意延期",
    "refuse_extension": "不同意延期",
    "sub_dispatch": "加派",
    "child_sign": "加派签收",
    "child_reply": "加派答复",
    "child_return": "加派退回",
    "assist_reply": "协办答复",
    "submit_reply": "提交答复",
    "audit_pass": "答复审核通过",
    "audit_fail": "答复退回补充",
    "sms_score": "短信评价",
    "sms_timeout": "短信回访到期",
    "sms_failed": "短信未送达",
    "callback_ok": "人工回访",
    "callback_unsatisfied": "回访不满意",
    "unreachable": "回访未接通",
    "close_explained": "说明后办结",
    "recheck": "回访复核",
    "recheck_ok": "复核属实",
    "recheck_false": "复核不实",
    "complain_again": "再次投诉",
    "merge": "并单",
    "unmerge": "撤销并单",
    "withdraw": "撤回",
    "amend": "更正",
    "add_statement": "补充诉求",
    "add_note": "备注",
    "attach": "上传附件",
    "release_attachment": "开放附件",
    "link_call": "关联通话",
    "transcribe": "通话转写",
    "timer": "时限提醒",
    "import": "导入",
    "follow_up": "紧急跟进",
    "erase_personal": "删除个人信息",
    **{key: name for key, name in MEASURES.items() if key != "false_reply"},
}
"""Events of a ticket's journal; the names of measures are those of the ladder of supervision."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "state": {state.value: name for state, name in STATES.items()},
    "channel": CHANNELS,
    "request_type": REQUEST_TYPES,
    "urgency": URGENCIES,
    "requester_kind": KINDS,
    "answer_type": ANSWER_TYPES,
    "close_result": CLOSE_RESULTS,
}
"""By field of the ticket."""
