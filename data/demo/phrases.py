"""Who speaks in the demo's events, and the reasons given: data, not words of a screen."""

from dataclasses import dataclass

from data.states import ACTIONS
from data.terms import Kind, State

BY_UNIT = frozenset(
    {
        Kind.ACCEPT,
        Kind.RETURN,
        Kind.ESCALATE,
        Kind.PAUSE,
        Kind.RESUME,
        Kind.REQUEST_EXTENSION,
        Kind.RESOLVE,
        Kind.REPLY,
        Kind.FEED_BACK,
        Kind.MEDIATE,
    }
)
ACTORS = {
    Kind.REPORT: "demo.intake",
    Kind.PASS_CHECK: "demo.checker",
    Kind.FAIL_CHECK: "demo.checker",
    Kind.CALL_BACK: "demo.caller",
    Kind.SUPERVISE: "demo.leader",
    Kind.NOTE: "demo.leader",
    Kind.APPROVE_EXTENSION: "demo.leader",
    Kind.REFUSE_EXTENSION: "demo.leader",
}
REASONS = {
    Kind.RETURN: ("不属本单位职责", "地址不在辖区内", "内容不清，需补充"),
    Kind.REASSIGN: ("职责在对方单位", "需专业力量处置", "属地应为对方", "原单位无执法权"),
    Kind.ESCALATE: ("超出本级处置能力", "涉及多个单位，需统筹", "同一地点反复出现"),
    Kind.PAUSE: ("等待材料到货", "等待当事方到场", "连续降雨无法施工", "等待鉴定结论"),
    Kind.RESUME: ("条件已具备", "材料已到", "天气转好"),
    Kind.REQUEST_EXTENSION: ("施工工期不足", "需走招标程序", "当事双方需再协商"),
    Kind.APPROVE_EXTENSION: ("情况属实，同意",),
    Kind.REFUSE_EXTENSION: ("理由不充分", "已临近时限，应先行处置"),
    Kind.FAIL_CHECK: ("现场仍有残留", "照片与地点不符", "只作临时处理"),
    Kind.REOPEN: ("回访反映未解决", "问题再次出现", "处置不彻底"),
    Kind.REJECT: ("不属受理范围", "已进入诉讼程序", "内容无法核实"),
    Kind.WITHDRAW: ("反映方撤回", "问题已自行消除", "误报"),
    Kind.MERGE: ("同一地点同一事项，并案处理",),
    Kind.SUPERVISE: ("已超时限，限期办结", "临近时限，请加快", "群众反映强烈"),
}
NOTES = {
    Kind.REPLY: ("已安排人员，两日内办结", "正在施工，完成后即报", "已与当事方约定时间"),
    Kind.FEED_BACK: ("已到现场查看", "已联系养护队伍", "已处理一部分，继续推进"),
    Kind.NOTE: ("请分管单位跟进，举一反三", "列入本周调度", "请说明多次发生的原因"),
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How events of a kind speak: `actor` empty means the unit that holds the case."""

    to_state: State | None
    actor: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


MANNERS = {  # one look-up for each of a million events
    kind: Manner(
        action.to_state,
        "" if kind in BY_UNIT else ACTORS.get(kind, "demo.dispatcher"),
        REASONS.get(kind, ()),
        NOTES.get(kind, ()),
    )
    for kind, action in ACTIONS.items()
}
