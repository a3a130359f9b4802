"""What the demo cases are about: the category tree, its limits, who handles what, and titles."""

from collections.abc import Iterator
from dataclasses import dataclass

from data.calendar import Limit, LimitUnit

SEASONS = {
    "": (),  # all year
    "WINTER": (11, 12, 1, 2, 3),
    "SUMMER": (5, 6, 7, 8, 9),
    "FIELD_FIRES": (6, 9, 10),
}
ROOTS = {"1": "城市管理", "2": "平安建设", "3": "民生服务"}
GROUPS = {
    "11": "市容环境",
    "12": "市政公用",
    "13": "交通秩序",
    "14": "生态环境",
    "21": "安全隐患",
    "22": "矛盾纠纷",
    "31": "小区管理",
    "32": "公共服务",
    "33": "农业农村",
    "34": "市场监管",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """A leaf of the category tree. `weights` are for channels in the order of CHANNELS."""

    code: str
    name: str
    limit: Limit
    acceptance: Limit
    needs_check: bool
    department: str
    at_department: float  # share that goes straight to the department
    weights: tuple[int, int, int, int, int]
    phrases: tuple[str, ...]
    months: tuple[int, ...] = ()  # when it mostly happens; empty: all year

    @property
    def is_dispute(self) -> bool:
        """Whether it can be mediated."""
        return self.code.startswith("22")


# group|name|limit|accept hours|! needs a check|department|its share|weights|titles|season
_TABLE = """
11|垃圾清运|24|2||chengguan|.1|150 30 0 6 20|垃圾满溢未及时清运/垃圾桶破损外溢/路边堆放生活垃圾
11|占道经营|24|2||chengguan|.4|80 26 4 10 16|流动摊贩占道经营/商户出店经营/早市结束后占道未清
11|乱堆乱放|48|4||chengguan|.1|90 12 0 3 8|楼下堆放杂物/人行道堆放建材
11|违规张贴广告|48|4||chengguan|.2|50 4 0 1 2|墙面乱贴小广告/电线杆张贴广告
11|油烟扰民|96|4|!|chengguan|.7|12 26 0 6 18|餐饮油烟直排/烧烤摊油烟扰民|SUMMER
11|建筑垃圾偷倒|48|4|!|chengguan|.5|22 8 2 8 6|路边倾倒建筑垃圾/空地堆放装修垃圾
12|供热|48|2|!|reli|.9|10 60 0 10 50|暖气不热/供热管道漏水/换热站噪声大|WINTER
12|供水|48|2||zhujian|.8|14 18 0 4 18|自来水压力不足/停水未通知/水管爆裂
12|路面破损|168|4|!|zhujian|.6|46 16 2 8 12|路面坑洼/人行道砖松动/路沿石缺失
12|井盖缺损|24|2|!|zhujian|.5|30 8 6 4 6|井盖破损/井盖松动异响
12|路灯照明|72|4||zhujian|.7|36 14 0 3 10|路灯不亮/路灯常亮不灭
12|燃气隐患|24|2|!|zhujian|.7|10 4 3 6 4|燃气管道旁施工/疑似燃气异味
12|排水积水|72|2|!|shuili|.5|26 14 2 8 10|雨后积水严重/下水道堵塞返水|SUMMER
13|违规停车|24|2||gongan|.5|70 24 60 8 18|车辆占用盲道/路口违规停车/消防通道停车
13|信号灯故障|24|2||gongan|.9|12 4 14 2 4|红绿灯不亮/信号灯配时不合理
13|交通设施损坏|96|4||jiaotong|.7|22 6 10 4 4|护栏损坏/标志牌倾斜
13|公交站点|168|8||jiaotong|.9|6 10 0 1 12|站亭破损/站牌信息有误
14|噪声扰民|72|4|!|shengtai|.4|20 50 40 6 30|夜间施工噪声/广场音响噪声大/空调外机噪声
14|河道污染|120|4|!|shuili|.6|16 6 0 6 4|河面漂浮垃圾/河水颜色异常
14|秸秆焚烧|24|2||shengtai|.2|14 4 6 4 3|田间焚烧秸秆/露天焚烧落叶|FIELD_FIRES
14|扬尘污染|72|4||shengtai|.6|22 10 0 6 6|工地未覆盖扬尘/渣土车抛洒
21|消防通道堵塞|24|2|!|yingji|.3|60 10 12 10 6|疏散通道堆放杂物/消防通道上锁
21|电动自行车违规充电|24|2|!|yingji|.2|70 10 6 6 6|楼道内充电/飞线充电
21|施工安全|72|4|!|zhujian|.6|20 4 4 8 3|脚手架未防护/基坑无围挡
21|危房险情|120|2|!|zhujian|.6|14 6 2 8 4|外墙砖脱落/房屋墙体开裂
21|经营场所隐患|96|4|!|yingji|.4|40 3 6 10 2|安全出口堵塞/灭火器过期
21|地质灾害隐患|72|2|!|ziran|.6|10 1 1 4 1|边坡落石/山体局部滑移|SUMMER
22|邻里纠纷|168|4||sifa|.05|60 12 60 6 6|楼上楼下漏水纠纷/宅基地边界纠纷/公共部位使用纠纷
22|物业纠纷|240|4||zhujian|.3|30 30 14 8 18|物业收费纠纷/物业服务不到位
22|劳资纠纷|360|4|!|renshe|.7|14 16 18 10 12|工资拖欠纠纷/劳动合同纠纷
22|土地权属纠纷|360|8||ziran|.5|16 6 8 6 3|承包地界址纠纷/征地补偿纠纷
22|消费纠纷|168|4||shichang|.7|8 22 20 2 20|退货退款纠纷/预付卡纠纷
31|电梯故障|24|2|!|shichang|.5|20 16 4 4 10|电梯停运/电梯异响
31|小区停车|168|4||zhujian|.2|28 22 6 2 8|车位被占用/停车收费有异议
31|绿化养护|168|8||zhujian|.2|40 8 0 1 4|树枝遮挡窗户/绿地枯死未补种
31|楼道渗漏|240|4||zhujian|.3|26 20 0 3 8|屋顶渗水/楼道漏水
31|公共设施损坏|168|8||zhujian|.2|44 8 2 2 4|健身器材损坏/休闲座椅破损
32|养老助餐|168|8||minzheng|.4|24 8 0 2 6|助餐点停业/老年食堂排队过长
32|入学入托|360|8||jiaoyu|.9|4 12 0 1 10|入学划片咨询/托育机构收费异议|SUMMER
32|就医服务|240|8||weijian|.8|6 12 0 1 10|社区门诊停诊/预约挂号不畅
32|社保办理|240|8||renshe|.8|12 14 0 1 14|社保窗口等候过长/材料要求不一致
32|病媒消杀|96|4||weijian|.4|18 6 0 1 3|积水容器孳生蚊虫/鼠洞未封堵|SUMMER
33|农田水利|240|8||shuili|.5|22 2 0 4 1|渠道淤塞/泵站停用
33|农村污水|240|8|!|nongye|.4|20 3 0 4 2|污水直排沟渠/化粪池满溢
33|动物防疫|96|4||nongye|.5|16 2 1 1 1|禽舍消毒不到位/死亡畜禽未处理
34|食品卫生|120|4|!|shichang|.8|18 20 2 4 22|餐馆后厨卫生差/售卖过期食品
34|价格异议|168|8||shichang|.9|4 12 0 0 16|明码标价不规范/收费与公示不符
34|无照经营|168|8||shichang|.7|16 6 2 4 4|无照经营小作坊/流动无证摊点
"""


def _limit(hours: int) -> Limit:
    """Up to two days round the clock; what takes longer is counted in working days."""
    if hours <= 48:
        return Limit(hours, LimitUnit.URGENT_HOURS)
    return Limit(hours // 24, LimitUnit.WORKING_DAYS)


def _matters() -> Iterator[Matter]:
    numbers = dict.fromkeys(GROUPS, 0)
    for line in _TABLE.strip().splitlines():
        group, name, limit, accept, check, department, share, weights, phrases, *season = (
            line.split("|")
        )
        numbers[group] += 1
        grid, residents, police, whistle, hotline = map(int, weights.split())
        yield Matter(
            f"{group}{numbers[group]:02}",
            name,
            _limit(int(limit)),
            Limit(int(accept), LimitUnit.WORKING_HOURS),
            check == "!",
            department,
            float(share),
            (grid, residents, police, whistle, hotline),
            tuple(phrases.split("/")),
            SEASONS["".join(season)],
        )


MATTERS = tuple(_matters())
